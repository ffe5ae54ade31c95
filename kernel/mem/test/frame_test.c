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
    CHECK(strstr(panic_text, "8 of heap") != nullptr);
    CHECK_ENSURE(frames_release(&frames, block + PAGE_SIZE, 0));
    CHECK_ENSURE(frames_release(&frames, 255 * PAGE_SIZE + 1, 0));
    CHECK_ENSURE(frames_release(&frames, 300 * PAGE_SIZE, 0));
    CHECK(strstr(panic_text, "never handed out") != nullptr);
    CHECK_ENSURE(frames_release(&frames, (physical_t)ARENA_FRAMES * PAGE_SIZE, 0));
    CHECK_ENSURE(frames_release(&frames, block, FRAME_ORDER_MAX + 1));
    frames_release(&frames, block, 3);
    CHECK_ENSURE(frames_release(&frames, block, 3));
    char expected[80];
    snprintf(expected, sizeof(expected), "frames %lx + 8 are released twice: free since heap",
             (unsigned long)block);
    CHECK(strstr(panic_text, expected) != nullptr);
    CHECK(frames_allocate(&frames, FRAME_ORDER_MAX + 1, FRAME_OWNER_HEAP, &block) == ERR_NO_MEMORY);
    arena_destroy(&frames);
}

/* A write to a free frame, be it a byte, is found when the frame is handed out. */
static void test_poison(void) {
    struct frames frames;
    arena_create(&frames, 64);
    physical_t block;
    CHECK(frames_allocate(&frames, 0, FRAME_OWNER_HEAP, &block) == OK);
    frames_release(&frames, block, 0);
    ((uint8_t *)memory_at(block))[PAGE_SIZE - 1] = 0;
    CHECK_ENSURE(for (unsigned i = 0; i < 64;
                      i++) { (void)frames_allocate(&frames, 0, FRAME_OWNER_HEAP, &block); });
    CHECK(strstr(panic_text, "free memory was written to") != nullptr);
    arena_destroy(&frames);
}

/* ---- runs ---- */

struct run {
    physical_t start;
    size_t count;
};

static bool run_hold(struct run run, uint8_t value) {
    for (size_t i = 0; i < run.count; i++) {
        if (!hold((struct block){run.start + i * PAGE_SIZE, 0}, value)) {
            return false;
        }
    }
    return true;
}

static bool run_is_sound(const struct run *run, const struct frame_run *asked) {
    bool aligned = asked->alignment == 0 || run->start % asked->alignment == 0;
    bool low = asked->limit == 0 || run->start + run->count * PAGE_SIZE <= asked->limit;
    return run->start != 0 && run->start % PAGE_SIZE == 0 && aligned && low;
}

/* Runs of any length, alignment and limit: none overlap, and all that is left is one again. */
static void test_runs(void) {
    constexpr size_t RUNS = 300;
    static struct run runs[RUNS];
    struct frames frames;
    memset(held, 0, sizeof(held));
    arena_create(&frames, ARENA_FRAMES);
    struct frames_usage before, after;
    frames_usage_get(&frames, &before);
    size_t count = 0, given = 0, used = 0;
    for (unsigned round = 0; round < 300'000; round++) {
        if (count < RUNS && random_next() % 2 == 0) {
            const struct frame_run asked = {
                .count = 1 + random_next() % 40,
                .alignment = random_next() % 3 == 0 ? PAGE_SIZE << random_next() % 6 : 0,
                .limit = random_next() % 3 == 0 ? random_next() % ARENA_FRAMES * PAGE_SIZE : 0};
            struct run run = {.count = asked.count};
            if (frames_allocate_run(&frames, &asked, FRAME_OWNER_DEVICE, &run.start) != OK) {
                continue;
            }
            if (!run_is_sound(&run, &asked) || !run_hold(run, 1)) {
                CHECK(false);
                break;
            }
            runs[count++] = run;
            used += run.count;
            given++;
        } else if (count > 0) {
            size_t which = random_next() % count;
            run_hold(runs[which], 0);
            frames_release_run(&frames, runs[which].start, runs[which].count);
            used -= runs[which].count;
            runs[which] = runs[--count];
        }
        if (frames.used[FRAME_OWNER_DEVICE] != used) {
            CHECK(frames.used[FRAME_OWNER_DEVICE] == used);
            break;
        }
    }
    CHECK(given > 100'000);
    while (count > 0) {
        count--;
        frames_release_run(&frames, runs[count].start, runs[count].count);
    }
    frames_usage_get(&frames, &after);
    CHECK(memcmp(&before, &after, sizeof(before)) == 0);
    arena_destroy(&frames);
}

static void test_limits(void) {
    struct frames frames;
    arena_create(&frames, 1024);
    physical_t start;
    struct frame_run run = {.count = 16, .limit = 32 * PAGE_SIZE};
    CHECK(frames_allocate_run(&frames, &run, FRAME_OWNER_DEVICE, &start) == OK);
    CHECK(start == 16 * PAGE_SIZE); /* the only place: frame 0 is not there */
    CHECK(frames_allocate_run(&frames, &run, FRAME_OWNER_DEVICE, &start) == ERR_NO_MEMORY);
    run.limit = 0;
    CHECK(frames_allocate_run(&frames, &run, FRAME_OWNER_DEVICE, &start) == OK);
    CHECK(start >= 512 * PAGE_SIZE); /* low memory is spared */
    CHECK_ENSURE(frames_release_run(&frames, start, 15));
    CHECK(frames.used[FRAME_OWNER_DEVICE] == 32);
    run = (struct frame_run){.count = 0};
    CHECK(frames_allocate_run(&frames, &run, FRAME_OWNER_DEVICE, &start) == ERR_NO_MEMORY);
    run.count = SIZE_MAX;
    CHECK(frames_allocate_run(&frames, &run, FRAME_OWNER_DEVICE, &start) == ERR_NO_MEMORY);
    CHECK(frames_promise(&frames, frames.available - 3) == OK);
    run.count = 4;
    CHECK(frames_allocate_run(&frames, &run, FRAME_OWNER_DEVICE, &start) == ERR_NO_MEMORY);
    arena_destroy(&frames);
}

/*
 * A million steps each at a steady fill of 16 MiB, single frames and small blocks that live long or
 * short: runs of 128 frames can be had at half fill, whenever they are asked for, of 32 at seven
 * tenths, and of 4 (a slab) at nine; and in the end memory is one again.
 */
static void wear(unsigned tenths, size_t run_count) {
    static struct block blocks[ARENA_FRAMES];
    struct frames frames;
    arena_create(&frames, ARENA_FRAMES);
    struct frames_usage before, after;
    frames_usage_get(&frames, &before);
    size_t goal = frames.total * tenths / 10, used = 0, count = 0, asked = 0, refused = 0;
    for (unsigned round = 0; round < 1'000'000; round++) {
        bool grow = used < goal ? random_next() % 8 != 0 : random_next() % 8 == 0;
        if (grow && used + 8 < frames.total) {
            struct block block = {.order = random_next() % 8 == 0 ? random_next() % 3 : 0};
            if (frames_allocate(&frames, block.order, FRAME_OWNER_PROGRAM, &block.address) == OK) {
                used += (size_t)1 << block.order;
                blocks[count++] = block;
            }
        } else if (count > 0) {
            /* The oldest live on: mostly one of the last quarter goes. */
            size_t young = count / 4 + 1;
            size_t which =
                random_next() % 4 != 0 ? count - 1 - random_next() % young : random_next() % count;
            used -= (size_t)1 << blocks[which].order;
            frames_release(&frames, blocks[which].address, blocks[which].order);
            blocks[which] = blocks[--count];
        }
        if (round > 10'000 && round % 100 == 0) {
            physical_t start;
            const struct frame_run run = {.count = run_count};
            asked++;
            if (frames_allocate_run(&frames, &run, FRAME_OWNER_DEVICE, &start) != OK) {
                refused++;
                continue;
            }
            frames_release_run(&frames, start, run_count);
        }
    }
    printf("fill %u/10: %zu runs of %zu asked for, %zu refused\n", tenths, asked, run_count,
           refused);
    CHECK(asked > 9'000 && refused == 0);
    while (count > 0) {
        count--;
        frames_release(&frames, blocks[count].address, blocks[count].order);
    }
    frames_usage_get(&frames, &after);
    CHECK(memcmp(&before, &after, sizeof(before)) == 0);
    arena_destroy(&frames);
}

static void test_wear(void) {
    wear(5, 128);
    wear(7, 32);
    wear(9, 4);
}

int main(void) {
    test_random();
    test_promise();
    test_misuse();
    test_poison();
    test_runs();
    test_limits();
    test_wear();
    return check_finish("frame");
}
