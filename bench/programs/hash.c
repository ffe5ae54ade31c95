/* SPDX-License-Identifier: MIT */
/* Integer arithmetic in registers: the compression of SHA-256 (FIPS 180-4) over a counter. The
 * round constants come from a generator, so this is no hash to rely on. */
#include "bench.h"

static uint32_t constants[64];

static uint32_t rotate(uint32_t x, int by) {
    return x >> by | x << (32 - by);
}

static void compress(uint32_t state[8], const uint32_t block[16]) {
    uint32_t w[64], s[8];
    for (int i = 0; i < 64; i++) {
        if (i < 16) {
            w[i] = block[i];
            continue;
        }
        uint32_t x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) + w[i - 7] +
               (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
    }
    for (int i = 0; i < 8; i++) {
        s[i] = state[i];
    }
    for (int i = 0; i < 64; i++) {
        uint32_t e = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
        uint32_t one = s[7] + e + ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] + w[i];
        uint32_t top = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
        uint32_t two = top + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        for (int j = 7; j > 0; j--) {
            s[j] = s[j - 1];
        }
        s[4] += one;
        s[0] = one + two;
    }
    for (int i = 0; i < 8; i++) {
        state[i] += s[i];
    }
}

static uint64_t work(void) {
    uint32_t seed = 1, state[8] = {1, 2, 3, 4, 5, 6, 7, 8}, block[16];
    for (int i = 0; i < 64; i++) {
        constants[i] = seed = seed * 1664525 + 1013904223;
    }
    for (uint32_t n = 0; n < 40000; n++) {
        for (uint32_t i = 0; i < 16; i++) {
            block[i] = n * 16 + i;
        }
        compress(state, block);
    }
    return (uint64_t)state[0] << 32 | state[7];
}

static uint64_t bench(uint32_t rounds) {
    uint64_t sum = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        sum = sum * 31 + work();
    }
    return sum;
}
