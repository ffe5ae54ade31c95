/* SPDX-License-Identifier: MIT */
/*
 * The heap: a long random run in which every block keeps its own pattern from allocation to
 * release, on frames that run out now and then; then everything must have come back. And that a
 * second release, or one with a wrong size, is found out.
 */
#include "arena.h"
#include <kernel/heap.h>
#include <string.h>

static size_t mapped;

static void *map(size_t size) {
    if (mapped + size > 8 * 1024 * 1024) {
        return nullptr;
    }
    mapped += size;
    return aligned_alloc(PAGE_SIZE, size);
}

static void unmap(void *block, size_t size) {
    mapped -= size;
    free(block);
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
    arena_create(&frames, 1024);
    size_t all = frames.available;
    heap_init(&heap, &frames, memory_direct + ARENA_FRAMES * PAGE_SIZE, map, unmap);
    size_t count = 0, refused = 0, used = 0;
    for (unsigned round = 0; round < 150'000; round++) {
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
    arena_destroy(&frames);
}

static void test_misuse(void) {
    struct frames frames;
    struct heap heap;
    arena_create(&frames, 256);
    heap_init(&heap, &frames, memory_direct + ARENA_FRAMES * PAGE_SIZE, map, unmap);
    uint8_t *block = heap_allocate(&heap, 100);
    uint8_t *other = heap_allocate(&heap, 100);
    CHECK(block != nullptr && other != nullptr && block != other);
    CHECK_ENSURE(heap_release(&heap, block, 200));
    CHECK_ENSURE(heap_release(&heap, block + 16, 100));
    heap_release(&heap, block, 100);
    CHECK_ENSURE(heap_release(&heap, block, 100));
    CHECK(heap_allocate(&heap, SIZE_MAX) == nullptr);
    uint8_t *large = heap_allocate(&heap, 20'000);
    CHECK_ENSURE(heap_release(&heap, large, 3000));
    heap_release(&heap, nullptr, 100);
    arena_destroy(&frames);
}

int main(void) {
    test_random();
    test_misuse();
    return check_finish("heap");
}
