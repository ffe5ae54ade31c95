/* SPDX-License-Identifier: MIT */
/*
 * Spaces over the null CPU's page tables: promises are kept and counted, large pages are split, and
 * after a random run of everything all frames are back.
 */
#include "../space.h"
#include "arena.h"
#include <kernel/heap.h>
#include <string.h>

constexpr uintptr_t START = 0x4000'0000'0000, END = 0x5000'0000'0000;
constexpr size_t LARGE = (size_t)8 << 30;

static struct frames frames;
static struct space space;
static uint8_t books[64 * 1024];
static size_t books_used;

static void *books_allocate(void *data, size_t size) {
    void *memory = books + books_used;
    books_used += (size + 15) & ~(size_t)15;
    return books_used <= sizeof(books) ? memory : nullptr;
}

static void books_release(void *data, void *memory, size_t size) {
}

static const struct range_books range_books = {books_allocate, books_release, nullptr};

static void start(size_t count) {
    arena_create(&frames, count);
    physical_t root;
    CHECK(frames_allocate(&frames, 0, FRAME_OWNER_TABLE, &root) == OK);
    memset(memory_at(root), 0, PAGE_SIZE);
    books_used = 0;
    space_init(&space, root, &frames, START, END, &range_books);
    arena_watch(&space.lock);
}

static bool is_mapped(uintptr_t address) {
    physical_t physical;
    uint32_t rights;
    return space_find(&space, address, &physical, &rights);
}

static void test_promise(void) {
    start(1024);
    uintptr_t base;
    CHECK(space_reserve(&space, LARGE, &base) == OK);
    size_t before = frames.available; /* the highest table stays */
    CHECK(!space_resolve(&space, base));
    CHECK(space_commit(&space, base, 100 * PAGE_SIZE) == OK);
    CHECK(frames.promised == 100);
    CHECK(space_commit(&space, base + 50 * PAGE_SIZE, 100 * PAGE_SIZE) == OK);
    CHECK(frames.promised == 150);
    CHECK(space_commit(&space, base, 1000 * PAGE_SIZE) == ERR_NO_MEMORY);
    CHECK(frames.promised == 150);
    CHECK(!space_resolve(&space, base + 150 * PAGE_SIZE)); /* nothing was committed by that */
    CHECK(space_resolve(&space, base + 7 * PAGE_SIZE + 5));
    CHECK(space_resolve(&space, base + 7 * PAGE_SIZE + 5)); /* another core was quicker */
    CHECK(is_mapped(base + 7 * PAGE_SIZE) && !is_mapped(base + 8 * PAGE_SIZE));
    CHECK(frames.promised == 149 && frames.used[FRAME_OWNER_PROGRAM] == 1);
    space_release(&space, base, LARGE);
    CHECK(frames.promised == 0 && frames.available < before && space_settle(&space));
    CHECK(frames.available == before && !space_settle(&space));
    CHECK(!space_resolve(&space, base) && !is_mapped(base + 7 * PAGE_SIZE));
    arena_destroy(&frames);
}

/* What has been promised is there, whatever else is asked for meanwhile. */
static void test_never_fails(void) {
    start(512);
    uintptr_t base;
    CHECK(space_reserve(&space, LARGE, &base) == OK);
    CHECK(space_commit(&space, base, 300 * PAGE_SIZE) == OK);
    physical_t frame;
    while (frames_allocate(&frames, 0, FRAME_OWNER_HEAP, &frame) == OK) {
    }
    bool good = true;
    for (size_t i = 0; i < 300; i++) {
        good &= space_resolve(&space, base + i * PAGE_SIZE);
    }
    CHECK(good && frames.available == 0);
    arena_destroy(&frames);
}

static void test_map(void) {
    start(1024);
    uintptr_t base = START + ((uintptr_t)1 << 40); /* beside the ranges in use */
    CHECK(space_map(&space, base, 16 * LARGE_PAGE_SIZE, 4 * LARGE_PAGE_SIZE, MMU_WRITE) == OK);
    size_t tables = frames.used[FRAME_OWNER_TABLE];
    uintptr_t hole = base + LARGE_PAGE_SIZE + 3 * PAGE_SIZE;
    CHECK(space_unmap(&space, hole, 2 * PAGE_SIZE) == OK);
    CHECK(frames.used[FRAME_OWNER_TABLE] == tables + 1); /* one large page was split */
    CHECK(is_mapped(hole - 1) && !is_mapped(hole) && !is_mapped(hole + 2 * PAGE_SIZE - 1));
    physical_t physical;
    uint32_t rights;
    CHECK(space_find(&space, hole + 2 * PAGE_SIZE + 9, &physical, &rights));
    CHECK(physical == 17 * LARGE_PAGE_SIZE + 5 * PAGE_SIZE + 9 && rights == MMU_WRITE);
    CHECK(space_unmap(&space, base + LARGE_PAGE_SIZE / 2, LARGE_PAGE_SIZE / 2) == OK);
    CHECK(is_mapped(base) && !is_mapped(base + LARGE_PAGE_SIZE - 1));
    CHECK(is_mapped(base + LARGE_PAGE_SIZE));
    arena_destroy(&frames);
}

static void test_random(void) {
    constexpr size_t COUNT = 24;
    struct {
        uintptr_t base;
        size_t size;
    } regions[COUNT];
    start(2048);
    uintptr_t first;
    CHECK(space_reserve(&space, LARGE, &first) == OK); /* and with it the highest table */
    size_t before = frames.available, promised = 0;
    size_t count = 0;
    for (unsigned round = 0; round < 200'000; round++) {
        unsigned choice = random_next() % 8;
        size_t which = count > 0 ? random_next() % count : 0;
        if (choice == 0 && count < COUNT) {
            regions[count].size = LARGE + random_next() % 4 * LARGE_PAGE_SIZE;
            CHECK(space_reserve(&space, regions[count].size, &regions[count].base) == OK);
            count++;
        } else if (choice == 1 && count > 0) {
            space_release(&space, regions[which].base, regions[which].size);
            regions[which] = regions[--count];
        } else if (choice == 2 && count > 0) {
            size_t at = (random_next() % 8) * (LARGE_PAGE_SIZE / 2);
            (void)space_commit(&space, regions[which].base + at, random_next() % 64 * PAGE_SIZE);
        } else if (choice == 3 && count > 0) {
            /* Far from what is committed: populating wants empty pages. */
            size_t at = LARGE / 2 + random_next() % 1000 * PAGE_SIZE;
            (void)space_populate(&space, regions[which].base + at, random_next() % 8 * PAGE_SIZE,
                                 FRAME_OWNER_HEAP);
            space_release(&space, regions[which].base, regions[which].size);
            regions[which] = regions[--count];
        } else if (count > 0) {
            space_resolve(&space, regions[which].base + random_next() % (4 * LARGE_PAGE_SIZE));
        }
        promised += frames.promised > 0;
        if (frames.promised > frames.available) {
            CHECK(frames.promised <= frames.available);
            break;
        }
    }
    CHECK(promised > 10'000);
    while (count > 0) {
        count--;
        space_release(&space, regions[count].base, regions[count].size);
    }
    space_settle(&space);
    CHECK(frames.promised == 0);
    CHECK(frames.available == before);
    arena_destroy(&frames);
}

int main(void) {
    test_promise();
    test_never_fails();
    test_map();
    test_random();
    return check_finish("space");
}
