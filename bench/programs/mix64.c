/* SPDX-License-Identifier: MIT */
/* 64-bit integers with many live words: sixteen lanes of multiply, rotate and xor. */
#include "bench.h"

static inline uint64_t left(uint64_t x, int n) {
    return x << n | x >> (64 - n);
}

static uint64_t bench(uint32_t rounds) {
    uint64_t v[8];
    for (int i = 0; i < 8; i++) {
        v[i] = 0x9E3779B97F4A7C15u * (uint64_t)(i + 1);
    }
    for (uint32_t round = 0; round < rounds * 200000; round++) {
        v[0] = left(v[0] + v[1], 13) ^ v[2];
        v[3] = left(v[3] * 0xD6E8FEB86659FD93u, 32) + v[4];
        v[5] = left(v[5] ^ v[6], 7) - v[7];
        v[1] += v[3] ^ round;
        v[2] = left(v[2], 21) + v[5];
        v[4] ^= v[0] >> 3;
        v[6] = left(v[6] + v[4], 44);
        v[7] ^= v[1] + v[2];
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3] ^ v[4] ^ v[5] ^ v[6] ^ v[7];
}
