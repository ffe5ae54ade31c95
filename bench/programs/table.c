/* SPDX-License-Identifier: MIT */
/* Scattered memory: a hash table with linear probing; keys come and go. */
#include "bench.h"

enum { CAPACITY = 1 << 15, KEYS = 20000 };
struct entry {
    uint32_t key, value; /* key 0: free */
};
static struct entry entries[CAPACITY];

static uint32_t place_of(uint32_t key) {
    return (key * 0x9E3779B1u) >> 17;
}

static struct entry *find(uint32_t key) {
    uint32_t at = place_of(key);
    while (entries[at].key != key && entries[at].key != 0) {
        at = (at + 1) % CAPACITY;
    }
    return &entries[at];
}

/* Closes the gap: what stood behind it and belongs before it moves up. */
static void erase(uint32_t gap) {
    for (uint32_t at = (gap + 1) % CAPACITY; entries[at].key != 0; at = (at + 1) % CAPACITY) {
        uint32_t distance = (at - place_of(entries[at].key)) % CAPACITY;
        if (distance >= (at - gap) % CAPACITY) {
            entries[gap] = entries[at];
            gap = at;
        }
    }
    entries[gap] = (struct entry){0};
}

static uint64_t bench(uint32_t rounds) {
    uint64_t sum = 0;
    uint32_t seed = 9;
    for (uint32_t round = 0; round < rounds; round++) {
        for (uint32_t i = 0; i < KEYS; i++) {
            uint32_t key = next_random(&seed) % 50000 + 1;
            struct entry *entry = find(key);
            if (entry->key == 0) {
                *entry = (struct entry){key, i};
            } else if (entry->value % 3 == 0) {
                sum = sum * 5 + entry->value;
                erase((uint32_t)(entry - entries));
            } else {
                entry->value += i;
            }
            if (i % 8192 == 0) {
                memset(entries, 0, sizeof entries);
            }
        }
    }
    return sum;
}
