/* SPDX-License-Identifier: MIT */
/* The lines that the log's server keeps: numbers, what is lost, room for whole lines only. */
#include "../keep.h"
#include <stdio.h>
#include <string.h>
#include <test/check.h>

static uint8_t room[2 * KEEP_BYTES];

static void put(unsigned number, size_t size) {
    static char line[KEEP_BYTES + 100];
    memset(line, 'x', size);
    int digits = snprintf(line, size, "%u ", number);
    line[digits] = 'x';
    line[size - 1] = '\n';
    keep_put((struct text){line, size});
}

/* Is this what is read from there? */
static bool reads(uint64_t from, uint32_t capacity, uint64_t lost, uint32_t size, uint64_t next) {
    uint64_t at = from, gone;
    uint32_t got = keep_read(&at, &gone, room, capacity);
    return got == size && gone == lost && at == next;
}

static void test_few(void) {
    CHECK(reads(0, 100, 0, 0, 0) && reads(UINT64_MAX, 100, 0, 0, 0));
    put(0, 10);
    put(1, 20);
    put(2, 30);
    CHECK(reads(0, 100, 0, 60, 3) && memcmp(room, "0 x", 3) == 0 && room[59] == '\n');
    CHECK(reads(0, 59, 0, 30, 2) && reads(1, 59, 0, 50, 3) && memcmp(room, "1 x", 3) == 0);
    CHECK(reads(0, 9, 0, 0, 0) && reads(3, 100, 0, 0, 3) && reads(4, 100, 0, 0, 3));
}

/* More lines than there are places for, and then more bytes. */
static void test_many(void) {
    for (unsigned i = 3; i < 10'000; i++) {
        put(i, 12);
    }
    uint64_t oldest = 10'000 - (KEEP_LINES - 1);
    CHECK(reads(0, sizeof room, oldest, 12 * (KEEP_LINES - 1), 10'000));
    CHECK(reads(9'999, 100, 0, 12, 10'000) && memcmp(room, "9999 x", 6) == 0);
    for (unsigned i = 0; i < 1000; i++) {
        put(10'000 + i, 1000);
    }
    constexpr uint32_t WHOLE = KEEP_BYTES / 1000;
    CHECK(reads(0, sizeof room, 11'000 - WHOLE, WHOLE * 1000, 11'000));
    CHECK(memcmp(room + (size_t)(WHOLE - 1) * 1000, "10999 x", 7) == 0);
    put(1, KEEP_BYTES + 50); /* cut, and alone */
    CHECK(reads(0, sizeof room, 11'000, KEEP_BYTES, 11'001));
    put(2, 5);
    CHECK(reads(0, sizeof room, 11'001, 5, 11'002));
}

int main(void) {
    test_few();
    test_many();
    return check_finish("user/log");
}
