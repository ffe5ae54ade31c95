/* SPDX-License-Identifier: MIT */
/*
 * The heap: a long random run in which every block keeps its own pattern from allocation to
 * release, on frames that run out now and then; then everything must have come back. And that a
 * second release, or one with a wrong size, is found out.
 */
#include "../check.h"
#include "arena.h"
#include <base/checked.h>
#include <kernel/heap.h>
#include <string.h>

static size_t mapped;

static void *map(size_t size) {
    if (mapped + size > 8 * 1024 * 1024) {
        return nullptr;
    }
    mapped += size;
    void *block = aligned_alloc(PAGE_SIZE, size);
    check_heap_fill(block, size);
    return block;
}

static void unmap(void *block, size_t size) {
    mapped -= size;
    free(block);
}

static bool no_settle(void) {
    return false;
}

static const struct heap_source source = {map, unmap, no_settle};

static void start(struct frames *frames, struct heap *heap, size_t count) {
    arena_create(frames, count);
    heap_init(heap, frames, memory_direct + ARENA_FRAMES * PAGE_SIZE, &source);
    for (unsigned i = 0; i < HEAP_CLASSES; i++) {
        arena_watch(&heap->classes[i].lock);
    }
}

struct block {
    uint8_t *bytes;
    size_t size;
    uint8_t pattern;
};

/* Sizes of all kinds: mostly small, sometimes across the edges of classes. */
static size_t random_size(void) {
    switch (random_next() % 8) {
    case 0:
        return random_next() % 70'000;
    case 1:
        return random_next() % 5'000;
    case 2:
        return 2040 + random_next() % 20;
    case 3:
        return 65'530 + random_next() % 12;
    default:
        return random_next() % 300;
    }
}

static bool is_intact(const struct block *block) {
    for (size_t i = 0; i < block->size; i++) {
        if (block->bytes[i] != block->pattern) {
            return false;
        }
    }
    return true;
}

static void test_random(void) {
    constexpr size_t BLOCKS = 3000;
    static struct block blocks[BLOCKS];
    struct frames frames;
    struct heap heap;
    start(&frames, &heap, 1024);
    size_t all = frames.available;
    size_t count = 0, refused = 0, used = 0;
    for (unsigned round = 0; round < 500'000; round++) {
        if (count < BLOCKS && random_next() % 16 < (round / 5000 % 2 == 0 ? 10 : 6)) {
            struct block block = {.size = random_size(), .pattern = (uint8_t)random_next()};
            block.bytes = heap_allocate(&heap, block.size);
            if (block.bytes == nullptr) {
                refused++;
                continue;
            }
            if ((uintptr_t)block.bytes % 16 != 0) {
                CHECK((uintptr_t)block.bytes % 16 == 0);
            }
            memset(block.bytes, block.pattern, block.size);
            used += block.size;
            blocks[count++] = block;
        } else if (count > 0) {
            size_t which = random_next() % count;
            if (!is_intact(&blocks[which])) {
                CHECK(is_intact(&blocks[which]));
                break;
            }
            used -= blocks[which].size;
            heap_release(&heap, blocks[which].bytes, blocks[which].size);
            blocks[which] = blocks[--count];
        }
    }
    CHECK(heap.used == used);
    while (count > 0) {
        count--;
        CHECK(is_intact(&blocks[count]));
        heap_release(&heap, blocks[count].bytes, blocks[count].size);
    }
    CHECK(refused > 0);
    CHECK(heap.used == 0 && mapped == 0);
    CHECK(all - frames.available <= HEAP_CLASSES * 4); /* a slab of each class is kept */
    CHECK(heap_trim(&heap) && frames.available == all && !heap_trim(&heap));
    arena_destroy(&frames);
}

static bool told(const char *what) {
    return strstr(panic_text, what) != nullptr;
}

static void test_misuse(void) {
    struct frames frames;
    struct heap heap;
    start(&frames, &heap, 256);
    uint8_t *block = heap_allocate(&heap, 100);
    uint8_t *other = heap_allocate(&heap, 100);
    CHECK(block != nullptr && other != nullptr && block != other);
    CHECK_ENSURE(heap_release(&heap, block, 200));
    CHECK(told("of 100 bytes is released as 200"));
    CHECK_ENSURE(heap_release(&heap, block + 16, 100));
    heap_release(&heap, block, 100);
    CHECK_ENSURE(heap_release(&heap, block, 100));
    CHECK(told("is released twice"));
    CHECK(heap_allocate(&heap, SIZE_MAX) == nullptr);
    uint8_t *large = heap_allocate(&heap, 20'000);
    CHECK_ENSURE(heap_release(&heap, large, 3000));
    heap_release(&heap, large, 20'000);
    CHECK_ENSURE(heap_release(&heap, large, 20'000));
    CHECK(told("is released twice"));
    heap_release(&heap, nullptr, 100);
    arena_destroy(&frames);
}

/* One byte beyond, before, and after release, in blocks of each kind. */
static void test_overrun(void) {
    static const size_t sizes[] = {0, 1, 16, 100, 2000, 2048, 5000};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct frames frames;
        struct heap heap;
        start(&frames, &heap, 256);
        uint8_t *block = heap_allocate(&heap, sizes[i]);
        memset(block, 0, sizes[i]);
        block[sizes[i]] = 0;
        CHECK_ENSURE(heap_release(&heap, block, sizes[i]));
        char expected[80];
        snprintf(expected, sizeof(expected), "heap block %016lx of %zu bytes was overrun at byte",
                 (unsigned long)(uintptr_t)block, sizes[i]);
        CHECK(told(expected));
        block = heap_allocate(&heap, sizes[i]);
        block[-1] = 0;
        CHECK_ENSURE(heap_release(&heap, block, sizes[i]));
        CHECK(told("was underrun"));
        arena_destroy(&frames);
    }
    struct frames frames;
    struct heap heap;
    start(&frames, &heap, 256);
    uint8_t *block = heap_allocate(&heap, 100), *other = heap_allocate(&heap, 100);
    heap_release(&heap, block, 100);
    block[50] = 1;
    CHECK_ENSURE(for (unsigned n = 0; n < 200; n++) { (void)heap_allocate(&heap, 100); });
    CHECK(told("free heap memory was written to"));
    CHECK(other != nullptr);
    arena_destroy(&frames);
}

/* A kept slab of one class is there for another when nothing else is. */
static void test_trim(void) {
    struct frames frames;
    struct heap heap;
    start(&frames, &heap, 12); /* two slabs at most, at frames 4 and 8 */
    void *small = heap_allocate(&heap, 10), *large = heap_allocate(&heap, 1000);
    CHECK(small != nullptr && large != nullptr);
    heap_release(&heap, small, 10);
    CHECK(heap_allocate(&heap, 500) != nullptr);
    CHECK(heap_allocate(&heap, 10) == nullptr);
    arena_destroy(&frames);
}

int main(void) {
    test_random();
    test_misuse();
    test_overrun();
    test_trim();
    return check_finish("heap");
}
