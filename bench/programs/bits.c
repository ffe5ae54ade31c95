/* SPDX-License-Identifier: MIT */
/* Bit tricks: counts, rotates, swaps and the moves of sliding pieces; queens on sets of bits. */
#include "bench.h"

static uint32_t queens(uint32_t left, uint32_t taken, uint32_t right, uint32_t all) {
    if (taken == all) {
        return 1;
    }
    uint32_t count = 0;
    for (uint32_t free = all & ~(left | taken | right); free != 0;) {
        uint32_t place = free & -free;
        free ^= place;
        count += queens((left | place) << 1, taken | place, (right | place) >> 1, all);
    }
    return count;
}

static uint64_t rotate(uint64_t value, uint32_t count) {
    return value << (count & 63) | value >> (-count & 63);
}

static uint64_t reverse(uint64_t x) {
    x = (x >> 1 & 0x5555555555555555) | (x & 0x5555555555555555) << 1;
    x = (x >> 2 & 0x3333333333333333) | (x & 0x3333333333333333) << 2;
    x = (x >> 4 & 0x0F0F0F0F0F0F0F0F) | (x & 0x0F0F0F0F0F0F0F0F) << 4;
    return __builtin_bswap64(x);
}

static uint64_t bench(uint32_t rounds) {
    uint64_t value = 0x123456789ABCDEF1, sum = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        for (uint32_t i = 0; i < 20000; i++) {
            uint64_t lowest = value & -value;
            uint32_t first = (uint32_t)__builtin_clzll(value | 1);
            uint32_t last = (uint32_t)__builtin_ctzll(value | 1ull << 63);
            sum += (uint64_t)__builtin_popcountll(value ^ sum) + first * last;
            value = rotate(value * 0x9E3779B97F4A7C15, first + i) ^ reverse(value) ^ lowest;
        }
        sum += queens(0, 0, 0, 0x7F | (round & 1) << 7);
    }
    return sum;
}
