/* SPDX-License-Identifier: MIT */
/*
 * Frames: a long random run against a plain account of who holds what (no overlap, alignment,
 * everything comes back together in the end), promises, and that wrong releases are found out.
 */
#include "arena.h"
#include <string.h>

struct block {
    physical_t address;
    unsigned order;
};

static uint8_t held[ARENA_FRAMES];

static bool hold(struct block block, uint8_t value) {
    size_t first = block.address / PAGE_SIZE;
    for (size_t i = first; i < first + ((size_t)1 << block.order); i++) {
        if (i >= ARENA_FRAMES || held[i] == value) {
            return false;
        }
        held[i] = value;
    }
    return true;
}

static void test_random(void) {
    constexpr size_t BLOCKS = 600;
    static struct block blocks[BLOCKS];
    struct frames frames;
    arena_create(&frames, ARENA_FRAMES);
    size_t all = frames.available;
    size_t count = 0, used = 0, refused = 0;
    for (unsigned round = 0; round < 200'000; round++) {
        if (count < BLOCKS && random_next() % 2 == 0) {
            struct block block = {.order = random_next() % 4 == 0 ? random_next() % 9
                                                                  : random_next() % 3};
            if (frames_allocate(&frames, block.order, FRAME_OWNER_HEAP, &block.address) != OK) {
                refused++;
                continue;
            }
            bool sound = block.address != 0 && block.address % (PAGE_SIZE << block.order) == 0 &&
                         hold(block, 1);
            if (!sound) {
                CHECK(sound);
                break;
            }
            blocks[count++] = block;
            used += (size_t)1 << block.order;
        } else if (count > 0) {
            size_t which = random_next() % count;
            hold(blocks[which], 0);
            frames_release(&frames, blocks[which].address, blocks[which].order);
            used -= (size_t)1 << blocks[which].order;
            blocks[which] = blocks[--count];
        }
        if (frames.available != all - used || frames.used[FRAME_OWNER_HEAP] != used) {
            CHECK(frames.available == all - used);
            break;
        }
    }
    while (count > 0) {
        count--;
        frames_release(&frames, blocks[count].address, blocks[count].order);
    }
    CHECK(refused > 0);
    CHECK(frames.available == all);
    struct block large;
    CHECK(frames_allocate(&frames, 11, FRAME_OWNER_CODE, &large.address) == OK); /* half of all */
    arena_destroy(&frames);
}

static void test_promise(void) {
    struct frames frames;
    arena_create(&frames, 64);
    size_t all = frames.available;
    CHECK(frames_promise(&frames, all + 1) == ERR_NO_MEMORY);
    CHECK(frames_promise(&frames, all - 2) == OK);
    physical_t one, two, three;
    CHECK(frames_allocate(&frames, 0, FRAME_OWNER_HEAP, &one) == OK);
    CHECK(frames_allocate(&frames, 0, FRAME_OWNER_HEAP, &two) == OK);
    CHECK(frames_allocate(&frames, 0, FRAME_OWNER_HEAP, &three) == ERR_NO_MEMORY);
    for (size_t i = 0; i < all - 2; i++) {
        frames_take_promised(&frames, FRAME_OWNER_PROGRAM);
    }
    CHECK(frames.available == 0 && frames.promised == 0);
    CHECK(frames.used[FRAME_OWNER_PROGRAM] == all - 2);
    arena_destroy(&frames);
}

static void test_misuse(void) {
    struct frames frames;
    arena_create(&frames, 256);
    physical_t block;
    CHECK(frames_allocate(&frames, 3, FRAME_OWNER_HEAP, &block) == OK);
    CHECK_ENSURE(frames_release(&frames, block, 2));
    CHECK_ENSURE(frames_release(&frames, block + PAGE_SIZE, 0));
    CHECK_ENSURE(frames_release(&frames, 255 * PAGE_SIZE + 1, 0));
    CHECK_ENSURE(frames_release(&frames, (physical_t)ARENA_FRAMES * PAGE_SIZE, 0));
    frames_release(&frames, block, 3);
    CHECK_ENSURE(frames_release(&frames, block, 3));
    CHECK(frames_allocate(&frames, FRAME_ORDER_MAX + 1, FRAME_OWNER_HEAP, &block) == ERR_NO_MEMORY);
    arena_destroy(&frames);
}

/* A write to a free frame is found when the frame is handed out. */
static void test_poison(void) {
    struct frames frames;
    arena_create(&frames, 64);
    physical_t block;
    CHECK(frames_allocate(&frames, 0, FRAME_OWNER_HEAP, &block) == OK);
    frames_release(&frames, block, 0);
    memset((uint8_t *)memory_at(block) + 64, 0, 512);
    CHECK_ENSURE(for (unsigned i = 0; i < 64;
                      i++) { (void)frames_allocate(&frames, 0, FRAME_OWNER_HEAP, &block); });
    arena_destroy(&frames);
}

int main(void) {
    test_random();
    test_promise();
    test_misuse();
    test_poison();
    return check_finish("frame");
}
