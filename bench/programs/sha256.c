/* SPDX-License-Identifier: MIT */
/* 32-bit rotates and adds: SHA-256 (FIPS 180-4) over a buffer; the round constants are computed
 * from the primes they are defined by. */
#include "bench.h"

static uint32_t constants[64], initial[8];

static uint32_t fraction_of_root(uint32_t prime, int cube) {
    /* the first 32 bits of the fraction of the root, by bisection in 128-bit integers */
    unsigned __int128 low = 0, high = (unsigned __int128)1 << 40;
    while (high - low > 1) {
        unsigned __int128 middle = (low + high) / 2;
        unsigned __int128 square = middle * middle;
        int below = cube ? square / ((uint64_t)1 << 32) * middle <= (unsigned __int128)prime << 64
                         : square <= (unsigned __int128)prime << 64;
        *(below ? &low : &high) = middle;
    }
    return (uint32_t)low;
}

static void make_constants(void) {
    uint32_t found = 0;
    for (uint32_t n = 2; found < 64; n++) {
        uint32_t d = 2;
        while (n % d != 0) {
            d++;
        }
        if (d == n) {
            if (found < 8) {
                initial[found] = fraction_of_root(n, 0);
            }
            constants[found++] = fraction_of_root(n, 1);
        }
    }
}

static inline uint32_t right(uint32_t x, int n) {
    return x >> n | x << (32 - n);
}

static void block(uint32_t *state, const uint8_t *data) {
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++) {
        w[i] = (uint32_t)data[4 * i] << 24 | (uint32_t)data[4 * i + 1] << 16 |
               (uint32_t)data[4 * i + 2] << 8 | data[4 * i + 3];
    }
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (right(a, 7) ^ right(a, 18) ^ a >> 3) + w[i - 7] +
               (right(b, 17) ^ right(b, 19) ^ b >> 10);
    }
    memcpy(s, state, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t e = s[4], a = s[0];
        uint32_t t1 = s[7] + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) +
                      ((e & s[5]) ^ (~e & s[6])) + constants[i] + w[i];
        uint32_t t2 =
            (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 7 * sizeof s[0]);
        s[4] += t1;
        s[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) {
        state[i] += s[i];
    }
}

static uint64_t bench(uint32_t rounds) {
    static uint8_t data[1 << 16];
    uint32_t state[8];
    if (rounds == 0) {
        return 0;
    }
    make_constants();
    memcpy(state, initial, sizeof state);
    for (uint32_t round = 0; round < rounds; round++) {
        data[round % sizeof data]++;
        for (uint32_t at = 0; at < sizeof data; at += 64) {
            block(state, data + at);
        }
    }
    return (uint64_t)state[0] << 32 | state[7];
}
