/* SPDX-License-Identifier: MIT */
/* Calls through pointers and unpredictable branches: qsort's kind of quicksort over records. */
#include "bench.h"
#include <stddef.h>

struct record {
    uint32_t key;
    uint32_t place;
};

typedef int compare_function(const struct record *a, const struct record *b);

constexpr size_t COUNT = 20000;
static struct record records[COUNT];

static int by_key(const struct record *a, const struct record *b) {
    return a->key < b->key ? -1 : a->key > b->key;
}

static int by_place(const struct record *a, const struct record *b) {
    return a->place < b->place ? -1 : a->place > b->place;
}

static compare_function *const orders[] = {by_key, by_place};
static volatile size_t chosen; /* so that the comparison stays a call through a pointer */

static void sort(struct record *first, size_t count, compare_function *compare) {
    while (count > 1) {
        struct record pivot = first[count / 2];
        ptrdiff_t left = 0, right = (ptrdiff_t)count - 1;
        while (left <= right) {
            while (compare(&first[left], &pivot) < 0) {
                left++;
            }
            while (compare(&pivot, &first[right]) < 0) {
                right--;
            }
            if (left <= right) {
                struct record other = first[left];
                first[left++] = first[right];
                first[right--] = other;
            }
        }
        sort(first, (size_t)(right + 1), compare);
        first += left;
        count -= (size_t)left;
    }
}

static uint64_t bench(uint32_t rounds) {
    uint32_t seed = 12345;
    uint64_t checksum = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        for (uint32_t i = 0; i < COUNT; i++) {
            records[i] = (struct record){next_random(&seed), i};
        }
        chosen = round & 1;
        sort(records, COUNT, orders[chosen]);
        chosen = ~round & 1;
        sort(records, COUNT, orders[chosen]);
        checksum = checksum * 31 + records[COUNT / 2].key + records[COUNT / 3].place;
    }
    return checksum;
}
