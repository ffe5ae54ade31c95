/* SPDX-License-Identifier: MIT */
/* Ranges of addresses: none overlap in a random run, released ones come again, books never fail. */
#include "../ranges.h"
#include "arena.h"

static size_t allowed, outstanding;

static void *allocate(void *data, size_t size) {
    if (allowed == 0) {
        return nullptr;
    }
    allowed--;
    outstanding++;
    return malloc(size);
}

static void release(void *data, void *books, size_t size) {
    outstanding--;
    free(books);
}

static const struct range_books books = {allocate, release, nullptr};

struct taken {
    uintptr_t start;
    size_t size;
};

constexpr uintptr_t START = 0x1'0000'0000;

static void test_round(void) {
    CHECK(ranges_round(1) == 64 * 1024);
    CHECK(ranges_round(65 * 1024) == 128 * 1024);
    CHECK(ranges_round(SIZE_MAX) == 0);
    size_t before = 0;
    bool sound = true;
    for (size_t size = 1; size < (size_t)1 << 46; size += size / 5 + 1) {
        size_t rounded = ranges_round(size);
        sound &= rounded >= size && rounded >= before && rounded % (64 * 1024) == 0;
        sound &= rounded <= size + size / 8 + 64 * 1024;
        sound &= ranges_round(rounded) == rounded;
        before = rounded;
    }
    CHECK(sound);
}

static bool overlaps(const struct taken *all, size_t count, struct taken one) {
    for (size_t i = 0; i < count; i++) {
        if (one.start < all[i].start + all[i].size && all[i].start < one.start + one.size) {
            return true;
        }
    }
    return false;
}

static void test_random(void) {
    constexpr size_t COUNT = 500;
    static struct taken all[COUNT];
    static struct ranges ranges;
    allowed = SIZE_MAX;
    ranges_init(&ranges, START, START + ((uintptr_t)1 << 44), &books);
    size_t count = 0;
    for (unsigned round = 0; round < 30'000; round++) {
        if (count < COUNT && random_next() % 2 == 0) {
            struct taken one = {.size = (size_t)1 + (random_next() >> random_next() % 32)};
            one.size <<= random_next() % 4;
            if (ranges_take(&ranges, one.size, &one.start) != OK || one.start % (64 * 1024) != 0 ||
                overlaps(all, count, one)) {
                CHECK(false);
                break;
            }
            all[count++] = one;
        } else if (count > 0) {
            size_t which = random_next() % count;
            ranges_give(&ranges, all[which].start, all[which].size);
            all[which] = all[--count];
        }
    }
    CHECK(ranges.next < ranges.end);
    ranges_fini(&ranges);
    CHECK(outstanding == 0);
}

static void test_reuse(void) {
    static struct ranges ranges;
    constexpr size_t SIZE = (size_t)8 << 30;
    allowed = SIZE_MAX;
    ranges_init(&ranges, START, START + 100 * SIZE, &books);
    uintptr_t starts[100];
    size_t count = 0;
    while (count < 100 && ranges_take(&ranges, SIZE, &starts[count]) == OK) {
        count++;
    }
    CHECK(count == 100);
    uintptr_t one;
    CHECK(ranges_take(&ranges, SIZE, &one) == ERR_NO_MEMORY);
    for (unsigned round = 0; round < 1000; round++) {
        for (size_t i = 0; i < count; i++) {
            ranges_give(&ranges, starts[i], SIZE);
        }
        for (size_t i = 0; i < count; i++) {
            if (ranges_take(&ranges, SIZE, &starts[i]) != OK) {
                CHECK(false);
            }
        }
    }
    CHECK(ranges_take(&ranges, (size_t)1 << 50, &one) == ERR_NO_MEMORY);
    ranges_fini(&ranges);
    CHECK(outstanding == 0);
}

static void test_books(void) {
    static struct ranges ranges;
    allowed = 1;
    ranges_init(&ranges, START, START + ((uintptr_t)1 << 40), &books);
    uintptr_t starts[64];
    size_t count = 0;
    while (count < 64 && ranges_take(&ranges, 4096, &starts[count]) == OK) {
        count++;
    }
    CHECK(count > 0 && count < 64); /* one chunk's places */
    for (size_t i = 0; i < count; i++) {
        ranges_give(&ranges, starts[i], 4096);
    }
    CHECK(ranges_take(&ranges, 4096, &starts[0]) == OK);
    ranges_fini(&ranges);
    CHECK(outstanding == 0);
}

int main(void) {
    test_round();
    test_random();
    test_reuse();
    test_books();
    return check_finish("ranges");
}
