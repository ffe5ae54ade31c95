/* SPDX-License-Identifier: MIT */
/*
 * Memory and several cores. First with one thread that plays all of them, to see when they are
 * asked to flush, and that nothing is used again before; then with four threads that work on the
 * same frames, heap and space at once.
 */
#include "../check.h"
#include "../space.h"
#include "arena.h"
#include <arch/core.h>
#include <base/checked.h>
#include <kernel/heap.h>
#include <pthread.h>

constexpr uintptr_t START = 0xFFFF'C000'0000'0000, END = 0xFFFF'F000'0000'0000;
constexpr size_t LARGE = (size_t)8 << 30;
constexpr unsigned CORES = 4;

static struct frames frames;
static struct space space;
static struct heap heap;

/* ---- the cores ---- */

static thread_local unsigned self;
static size_t rounds;            /* atomic */
static size_t used_when_asked;   /* of programs, at the last round */
static uintptr_t given_too_soon; /* a range that must not be handed out during a round */

unsigned core_index(void) {
    return self;
}

unsigned core_count(void) {
    return CORES;
}

void core_pause(void) {
    sched_yield();
}

/* Each other core makes the call in its turn. Locks are free: else somebody could wait for us. */
void cores_call(core_work *work, void *data) {
    __atomic_add_fetch(&rounds, 1, __ATOMIC_RELAXED);
    used_when_asked = frames.used[FRAME_OWNER_PROGRAM];
    for (unsigned i = 1; i < CORES; i++) {
        work(data);
    }
    if (given_too_soon != 0) {
        uintptr_t other;
        CHECK(space.lock.next == space.lock.serving);
        CHECK(space_reserve(&space, LARGE, &other) == OK && other != given_too_soon);
    }
}

/* ---- one thread ---- */

static void *heap_map(size_t size) {
    uintptr_t base;
    if (space_reserve(&space, size, &base) != OK) {
        return nullptr;
    }
    space_release(&space, base, size);
    return nullptr; /* what is mapped there no test can touch */
}

static void heap_unmap(void *block, size_t size) {
}

static bool heap_settle(void) {
    return space_settle(&space);
}

static void *books_allocate(void *data, size_t size) {
    return heap_try_allocate(&heap, size);
}

static void books_release(void *data, void *books, size_t size) {
    heap_release(&heap, books, size);
}

static void start(size_t count) {
    arena_create(&frames, count);
    physical_t root;
    CHECK(frames_allocate(&frames, 0, FRAME_OWNER_TABLE, &root) == OK);
    memset(memory_at(root), 0, PAGE_SIZE);
    const struct heap_source source = {heap_map, heap_unmap, heap_settle};
    heap_init(&heap, &frames, memory_direct + ARENA_FRAMES * PAGE_SIZE, &source);
    const struct range_books books = {books_allocate, books_release, nullptr};
    space_init(&space, root, &frames, START, END, &books);
    rounds = 0;
}

static uintptr_t touched(size_t size, size_t pages) {
    uintptr_t base;
    bool good = space_reserve(&space, size, &base) == OK &&
                space_commit(&space, base, pages * PAGE_SIZE) == OK;
    for (size_t i = 0; i < pages; i++) {
        good = good && space_resolve(&space, base + i * PAGE_SIZE);
    }
    CHECK(good);
    return base;
}

/* Many small ranges, or one large one: a round of calls for each lot. */
static void test_batches(void) {
    constexpr size_t SIZE = 4 * PAGE_SIZE;
    uintptr_t bases[FLUSH_PARTS_MAX];
    start(4096);
    for (size_t i = 0; i < FLUSH_PARTS_MAX; i++) {
        bases[i] = touched(SIZE, 2);
    }
    for (size_t i = 0; i + 1 < FLUSH_PARTS_MAX; i++) {
        space_release(&space, bases[i], SIZE);
    }
    CHECK(rounds == 0 && frames.used[FRAME_OWNER_PROGRAM] == 2 * FLUSH_PARTS_MAX);
    space_release(&space, bases[FLUSH_PARTS_MAX - 1], SIZE);
    CHECK(rounds == 1 && used_when_asked == 2 * FLUSH_PARTS_MAX);
    CHECK(frames.used[FRAME_OWNER_PROGRAM] == 0);

    uintptr_t large = touched(LARGE, 2000);
    given_too_soon = large;
    space_release(&space, large, LARGE);
    given_too_soon = 0;
    CHECK(rounds == 2 && used_when_asked == 2000 && frames.used[FRAME_OWNER_PROGRAM] == 0);

    /* Nothing was ever there: nobody need be asked. */
    CHECK(space_reserve(&space, LARGE, &large) == OK);
    space_release(&space, large, LARGE);
    CHECK(rounds == 2 && !space_settle(&space));
    arena_destroy(&frames);
}

/* What waits is not kept from those who need it. */
static void test_short(void) {
    start(512);
    size_t pages = frames.available - 16;
    uintptr_t base = touched(64 * PAGE_SIZE, 60);
    space_release(&space, base, 64 * PAGE_SIZE);
    CHECK(rounds == 0 && frames.used[FRAME_OWNER_PROGRAM] == 60);
    CHECK(space_reserve(&space, LARGE, &base) == OK);
    CHECK(space_commit(&space, base, pages * PAGE_SIZE) == OK && rounds == 1);
    space_release(&space, base, LARGE);

    base = touched(64 * PAGE_SIZE, 32);
    space_release(&space, base, 64 * PAGE_SIZE);
    CHECK(frames.used[FRAME_OWNER_PROGRAM] == 32);
    physical_t frame;
    while (frames_allocate(&frames, 2, FRAME_OWNER_CODE, &frame) == OK) {
    }
    CHECK(heap_allocate(&heap, 1000) != nullptr);
    arena_destroy(&frames);
}

/* An unmapped page is forgotten at once, not some time later. */
static void test_unmap(void) {
    start(512);
    uintptr_t base;
    CHECK(space_reserve(&space, LARGE, &base) == OK);
    CHECK(space_map(&space, base, PAGE_SIZE, 4 * PAGE_SIZE, MMU_READ) == OK);
    CHECK(space_unmap(&space, base, 4 * PAGE_SIZE) == OK && rounds == 1);
    arena_destroy(&frames);
}

static mmu_entry_t root_entry(const struct space *of, uintptr_t address) {
    return ((const mmu_entry_t *)memory_at(of->table.root))[address >> 39 & (MMU_ENTRIES - 1)];
}

static void test_spaces(void) {
    start(2048);
    uintptr_t before, after, low;
    CHECK(space_reserve(&space, LARGE, &before) == OK);
    size_t available = frames.available;
    struct space *one, *two;
    CHECK(space_create(&space, &heap, &one) == OK && space_create(&space, &heap, &two) == OK);
    /* What is reserved above from now on lies in both, wherever it is. */
    CHECK(space_reserve(&space, (size_t)1 << 40, &after) == OK);
    bool shared = root_entry(&space, after + ((uintptr_t)1 << 39)) != 0;
    for (uintptr_t at = before; at <= after + ((uintptr_t)1 << 39); at += (uintptr_t)1 << 39) {
        shared &= root_entry(one, at) == root_entry(&space, at) &&
                  root_entry(two, at) == root_entry(&space, at);
    }
    CHECK(shared);
    /* What is mapped below lies in one. */
    CHECK(space_reserve(one, LARGE, &low) == OK && low < page_table_low_end());
    CHECK(space_commit(one, low, 100 * PAGE_SIZE) == OK);
    CHECK(space_resolve(one, low + 5 * PAGE_SIZE) && !space_resolve(two, low + 5 * PAGE_SIZE));
    CHECK(space_map(two, low, 3 * PAGE_SIZE, PAGE_SIZE, MMU_READ) == OK);
    CHECK(space_unmap(two, low, PAGE_SIZE) == OK);
    CHECK(space_current() == nullptr);
    space_enter(one);
    CHECK(space_current() == one && mmu_root_get() == one->table.root);
    CHECK_ENSURE(space_destroy(one));
    space_enter(two);
    space_destroy(one);
    space_enter(&space);
    space_destroy(two);
    heap_trim(&heap);
    size_t tables = 3; /* of the upper half, which stay */
    CHECK(frames.promised == 0 && frames.available + tables + 4 >= available);
    CHECK(frames.used[FRAME_OWNER_PROGRAM] == 0);
    arena_destroy(&frames);
}

/* ---- four threads ---- */

struct worker {
    uint64_t random;
    unsigned core;
    bool good;
};

static uint32_t worker_random(struct worker *worker) {
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return (uint32_t)(worker->random >> 32);
}

/* Two blocks that nobody else has. */
static void work_on_heap(struct worker *worker) {
    size_t sizes[2];
    uint8_t *blocks[2];
    for (unsigned i = 0; i < 2; i++) {
        sizes[i] = worker_random(worker) % 6000;
        blocks[i] = heap_allocate(&heap, sizes[i]);
        if (blocks[i] != nullptr) {
            memset(blocks[i], (int)(worker->core + 1), sizes[i]);
        }
    }
    sched_yield();
    for (unsigned i = 0; i < 2; i++) {
        for (size_t at = 0; blocks[i] != nullptr && at < sizes[i]; at++) {
            worker->good &= blocks[i][at] == worker->core + 1;
        }
        heap_release(&heap, blocks[i], sizes[i]);
    }
}

static void work_on_frames(struct worker *worker) {
    physical_t start;
    const struct frame_run run = {.count = 1 + worker_random(worker) % 20};
    if (frames_allocate_run(&frames, &run, FRAME_OWNER_DEVICE, &start) == OK) {
        memset(memory_at(start), (int)worker->core, run.count * PAGE_SIZE);
        sched_yield();
        for (size_t i = 0; i < run.count; i++) {
            worker->good &= *(uint8_t *)memory_at(start + i * PAGE_SIZE) == worker->core;
        }
        frames_release_run(&frames, start, run.count);
    }
}

static void work_on_space(struct worker *worker) {
    uintptr_t base;
    size_t size = (1 + worker_random(worker) % 100) * PAGE_SIZE;
    if (space_reserve(&space, size, &base) != OK) {
        return;
    }
    if (space_commit(&space, base, size) == OK) {
        for (size_t at = 0; at < size; at += 2 * PAGE_SIZE) {
            physical_t frame;
            uint32_t rights;
            worker->good &= space_resolve(&space, base + at);
            worker->good &= space_find(&space, base + at, &frame, &rights);
            *(unsigned *)memory_at(frame) = worker->core;
        }
        for (size_t at = 0; at < size; at += 2 * PAGE_SIZE) {
            physical_t frame;
            uint32_t rights;
            worker->good &= space_find(&space, base + at, &frame, &rights);
            worker->good &= *(unsigned *)memory_at(frame) == worker->core;
        }
    }
    space_release(&space, base, size);
}

static void *work(void *data) {
    struct worker *worker = data;
    self = worker->core;
    for (unsigned i = 0; i < 4000; i++) {
        work_on_heap(worker);
        work_on_frames(worker);
        work_on_space(worker);
    }
    return nullptr;
}

static void test_threads(void) {
    start(ARENA_FRAMES);
    uintptr_t base;
    CHECK(space_reserve(&space, LARGE, &base) == OK);
    pthread_t threads[CORES];
    struct worker workers[CORES];
    for (unsigned i = 0; i < CORES; i++) {
        workers[i] = (struct worker){0x9E37'79B9'7F4A'7C15 * (i + 1), i, true};
        CHECK(pthread_create(&threads[i], nullptr, work, &workers[i]) == 0);
    }
    for (unsigned i = 0; i < CORES; i++) {
        pthread_join(threads[i], nullptr);
        CHECK(workers[i].good);
    }
    space_settle(&space);
    heap_trim(&heap);
    CHECK(rounds > 100 && frames.promised == 0);
    CHECK(frames.used[FRAME_OWNER_PROGRAM] == 0 && frames.used[FRAME_OWNER_DEVICE] == 0);
    CHECK(frames.used[FRAME_OWNER_TABLE] == 2); /* the root, and the one that stays */
    CHECK(frames.used[FRAME_OWNER_HEAP] <= 64); /* books of ranges */
    arena_destroy(&frames);
}

/* ---- the order of locks ---- */

static void test_order(void) {
    struct lock outer = LOCK_INIT(LOCK_SPACE), inner = LOCK_INIT(LOCK_FRAMES);
    struct lock other = LOCK_INIT(LOCK_FRAMES);
    arena_lock_count = 0;
    arena_watch(&inner);
    lock_acquire(&inner);
    CHECK_ENSURE(lock_acquire(&outer));
    CHECK(strstr(panic_text, "lock order: space") != nullptr);
    lock_acquire(&inner);
    CHECK_ENSURE(lock_acquire(&other));
    lock_acquire(&inner);
    CHECK_ENSURE(check_lock_none());
    lock_acquire(&outer);
    lock_acquire(&inner);
    CHECK_ENSURE(lock_release(&outer));
    lock_release(&outer);
    check_lock_none();
}

int main(void) {
    test_order();
    test_batches();
    test_short();
    test_unmap();
    test_spaces();
    test_threads();
    return check_finish("cores");
}
