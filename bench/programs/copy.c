/* SPDX-License-Identifier: MIT */
/* Moving memory: copies, moves that overlap, fills and comparisons from 1 byte to 64 KiB. */
#include "bench.h"

enum { SIZE = 1 << 18 };
static uint8_t from[SIZE], to[SIZE];

static uint64_t move(uint32_t *seed, uint32_t size_max) {
    uint32_t size = next_random(seed) % size_max + 1;
    uint32_t a = next_random(seed) % (SIZE - size), b = next_random(seed) % (SIZE - size);
    memcpy(to + a, from + b, size);
    memset(from + b, (int)(a & 0xFF), size / 2);
    memmove(to + a, to + a + size / 4, size - size / 4);
    return (uint64_t)memcmp(to + a, from + b, size) >> 63;
}

static uint64_t bench(uint32_t rounds) {
    uint64_t sum = 0;
    uint32_t seed = 21;
    for (uint32_t i = 0; i < SIZE; i++) {
        from[i] = (uint8_t)next_random(&seed);
    }
    for (uint32_t round = 0; round < rounds; round++) {
        for (uint32_t i = 0; i < 4000; i++) {
            sum = sum * 3 + move(&seed, 40);
        }
        for (uint32_t i = 0; i < 400; i++) {
            sum = sum * 3 + move(&seed, 1000);
        }
        for (uint32_t i = 0; i < 10; i++) {
            sum = sum * 3 + move(&seed, 65536);
        }
        sum += to[seed % SIZE];
    }
    return rounds == 0 ? 0 : sum;
}
