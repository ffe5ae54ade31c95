/* SPDX-License-Identifier: MIT */
/*
 * Translations and several cores. In a round one core puts pages at some addresses, all read them,
 * and they are taken away; the next round has the same addresses with other frames. A core that had
 * kept a translation would read what its frame holds by now. The addresses are the same because
 * ranges are used again last in, first out, and the frames others because the last are held back
 * for a round.
 */
#include "probe.h"
#include <arch/core.h>
#include <base/checked.h>
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/log.h>
#include <kernel/memory.h>

constexpr unsigned ROUNDS = 36;
constexpr unsigned PAGES = 30; /* of a round */
constexpr unsigned CROWD_ROUNDS = 20;
constexpr uint64_t TOKEN = 0xC0FF'EE00'0000'0000;

static struct {
    unsigned waiting, turn;  /* atomic; of meet() */
    struct space *below;     /* a space of its own, in whose lower half every third round is */
    volatile uint64_t *page; /* of probe_stale() */
    unsigned moved;          /* pages at the address of an earlier one, with another frame */
    unsigned stale;          /* atomic; reads that found something else than the round's */
    unsigned spoilt;         /* atomic; in the crowd */
} probe;

/* All cores come here before any goes on. */
static void meet(void) {
    unsigned turn = __atomic_load_n(&probe.turn, __ATOMIC_ACQUIRE);
    if (__atomic_add_fetch(&probe.waiting, 1, __ATOMIC_ACQ_REL) == core_count()) {
        __atomic_store_n(&probe.waiting, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&probe.turn, turn + 1, __ATOMIC_RELEASE);
        return;
    }
    while (__atomic_load_n(&probe.turn, __ATOMIC_ACQUIRE) == turn) {
        core_pause();
    }
}

static void post_others(core_work *work) {
    for (unsigned i = 1; i < core_count(); i++) {
        while (!core_post(i, work, nullptr)) {
            core_pause();
        }
    }
}

/* ---- rounds ---- */

/* By turns: demand-zero, given, and demand-zero in a space of its own. */
constexpr size_t SIZE = 2 * PAGE_SIZE;

static struct place {
    volatile uint64_t *page;
    physical_t frame;
} places[PAGES], last[PAGES];

static struct frame_list held; /* frames of the round before, and what was taken to get them */

static struct space *space_of(unsigned index) {
    return index % 3 == 2 ? probe.below : &kernel_space;
}

static bool is_given(unsigned index) {
    return index % 3 == 1;
}

static void put_given(uintptr_t base) {
    physical_t frame;
    ensure(frames_allocate(&kernel_frames, 1, FRAME_OWNER_DEVICE, &frame) == OK);
    ensure(space_map(&kernel_space, base, frame, SIZE, MMU_WRITE) == OK);
    memset((void *)base, 0, SIZE);
}

static bool is_moved(const struct place *place) {
    for (unsigned i = 0; i < PAGES; i++) {
        if (last[i].page == place->page) {
            return last[i].frame != place->frame;
        }
    }
    return false;
}

static void put(unsigned index, uint64_t token) {
    struct space *space = space_of(index);
    uintptr_t base;
    uint32_t rights;
    ensure(space_reserve(space, SIZE, &base) == OK);
    if (is_given(index)) {
        put_given(base);
    } else {
        ensure(space_commit(space, base, SIZE) == OK);
    }
    struct place *place = &places[index];
    place->page = (volatile uint64_t *)base;
    *place->page = token;
    ensure(space_find(space, base, &place->frame, &rights));
    probe.moved += is_moved(place);
}

/* The token, and in the page behind it what nobody has written: there all cores fault at once. */
static void look(unsigned index, uint64_t token) {
    volatile uint64_t *page = places[index].page;
    bool good = *page == token && page[PAGE_SIZE / sizeof(*page)] == 0;
    __atomic_add_fetch(&probe.stale, good ? 0 : 1, __ATOMIC_RELAXED);
}

static void take(unsigned index) {
    uintptr_t base = (uintptr_t)places[index].page;
    if (is_given(index)) {
        ensure(space_unmap(&kernel_space, base, SIZE) == OK);
        frames_release(&kernel_frames, places[index].frame, 1);
    }
    space_release(space_of(index), base, SIZE);
}

/* A frame that is free now gets another owner, unless it has one already. */
static void use_anew(physical_t frame) {
    physical_t again;
    do {
        ensure(frames_allocate(&kernel_frames, 0, FRAME_OWNER_DEVICE, &again) == OK);
        memset(memory_at(again), 0xEE, PAGE_SIZE);
        frame_list_push(&kernel_frames, &held, again);
    } while (again > frame); /* the highest comes first */
}

static void take_all(void) {
    for (unsigned i = 0; i < PAGES; i++) {
        take(i);
    }
    space_settle(&kernel_space);
    space_settle(probe.below);
    memcpy(last, places, sizeof(last));
    struct frame_list released = held;
    held = (struct frame_list){0};
    for (unsigned i = 0; i < PAGES; i++) {
        use_anew(places[i].frame);
    }
    frame_list_release(&kernel_frames, &released);
}

static void rounds(void *data) {
    space_enter(probe.below);
    for (unsigned round = 0; round < ROUNDS; round++) {
        bool mine = round % core_count() == core_index();
        for (unsigned i = 0; mine && i < PAGES; i++) {
            put(i, TOKEN + round);
        }
        meet();
        for (unsigned i = 0; i < PAGES; i++) {
            look(i, TOKEN + round);
        }
        meet();
        if ((round + 1) % core_count() == core_index()) { /* who puts the next */
            take_all();
        }
    }
    space_enter(&kernel_space);
    meet();
}

static void test_rounds(void) {
    ensure(space_create(&kernel_space, &kernel_heap, &probe.below) == OK);
    post_others(rounds);
    rounds(nullptr);
    space_destroy(probe.below);
    frame_list_release(&kernel_frames, &held);
    log_write(LOG_INFO, "test", "probe: %u pages, %u moved, %u stale", ROUNDS * PAGES, probe.moved,
              probe.stale);
}

/* ---- the crowd ---- */

static bool holds(const uint8_t *bytes, size_t size, uint8_t value) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != value) {
            return false;
        }
    }
    return true;
}

static bool crowd_heap(unsigned round) {
    size_t size = 1 + round * 4337 % 90'000;
    uint8_t *block = heap_allocate(&kernel_heap, size);
    ensure(block != nullptr);
    uint8_t value = (uint8_t)(core_index() + round);
    memset(block, value, size);
    core_pause();
    bool good = holds(block, size, value);
    heap_release(&kernel_heap, block, size);
    return good;
}

static bool crowd_space(unsigned round) {
    size_t size = (1 + 2 * round) * PAGE_SIZE;
    uintptr_t base;
    ensure(space_reserve(&kernel_space, size, &base) == OK);
    ensure(space_commit(&kernel_space, base, size) == OK);
    bool good = true;
    for (size_t at = 0; at < size; at += 3 * PAGE_SIZE) {
        volatile uint64_t *word = (volatile uint64_t *)(base + at);
        good = good && *word == 0;
        *word = base + at + core_index();
    }
    for (size_t at = 0; at < size; at += 3 * PAGE_SIZE) {
        good = good && *(volatile uint64_t *)(base + at) == base + at + core_index();
    }
    space_release(&kernel_space, base, size);
    return good;
}

static void crowd(void *data) {
    meet();
    for (unsigned round = 0; round < CROWD_ROUNDS; round++) {
        bool good = crowd_heap(round) && crowd_space(round);
        __atomic_add_fetch(&probe.spoilt, good ? 0 : 1, __ATOMIC_RELAXED);
    }
    meet();
}

/* What is in use before and after, slabs that are kept aside. */
static size_t available(void) {
    space_settle(&kernel_space);
    heap_trim(&kernel_heap);
    return kernel_frames.available;
}

static void test_crowd(void) {
    crowd_heap(1); /* so that what is made once is there */
    size_t before = available();
    post_others(crowd);
    crowd(nullptr);
    size_t after = available();
    log_write(LOG_INFO, "test", "crowd: %u rounds on %u cores, %u spoilt, %zu promised",
              CROWD_ROUNDS, core_count(), probe.spoilt, kernel_frames.promised);
    log_write(LOG_INFO, "test", "crowd: %zu KiB free before, %zu after", before * 4, after * 4);
}

void probe_memory(void) {
    test_rounds();
    test_crowd();
}

/* ---- stale ---- */

[[gnu::noinline]] static uint64_t probe_read(void) {
    return *probe.page;
}

static void read_twice(void *data) {
    ensure(probe_read() == TOKEN);
    meet();
    meet();
    log_write(LOG_ERROR, "test", "stale: core %u read %llx", core_index(),
              (unsigned long long)probe_read());
}

/* The other cores, if there are more than two, come to the meetings and do no more. */
static void meet_twice(void *data) {
    meet();
    meet();
}

void probe_stale(void) {
    uintptr_t base;
    physical_t frame;
    uint32_t rights;
    if (core_count() < 2) {
        log_write(LOG_ERROR, "test", "stale: there is one core only");
        return;
    }
    ensure(space_reserve(&kernel_space, PAGE_SIZE, &base) == OK);
    ensure(space_commit(&kernel_space, base, PAGE_SIZE) == OK);
    probe.page = (volatile uint64_t *)base;
    *probe.page = TOKEN;
    ensure(space_find(&kernel_space, base, &frame, &rights));
    for (unsigned i = 1; i < core_count(); i++) {
        ensure(core_post(i, i == 1 ? read_twice : meet_twice, nullptr));
    }
    meet();
    space_release(&kernel_space, base, PAGE_SIZE);
    space_settle(&kernel_space);
    use_anew(frame);
    log_write(LOG_INFO, "test", "stale: page %016lx is gone, its frame used again",
              (unsigned long)base);
    meet();
    for (;;) {
        core_pause();
    }
}
