/* SPDX-License-Identifier: MIT */
/* Floating point over arrays: the product of two matrices. */
#include "bench.h"

enum { SIZE = 128 };
static double a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

static uint64_t bench(uint32_t rounds) {
    uint32_t seed = 1;
    for (int i = 0; i < SIZE; i++) {
        for (int j = 0; j < SIZE; j++) {
            a[i][j] = next_random(&seed) % 1000 / 7.0;
            b[i][j] = next_random(&seed) % 1000 / 11.0;
        }
    }
    for (uint32_t round = 0; round < rounds; round++) {
        for (int i = 0; i < SIZE; i++) {
            for (int k = 0; k < SIZE; k++) {
                double factor = a[i][k] + round;
                for (int j = 0; j < SIZE; j++) {
                    c[i][j] += factor * b[k][j];
                }
            }
        }
    }
    uint64_t sum = 0, bits;
    for (int i = 0; i < SIZE; i++) {
        memcpy(&bits, &c[i][i], sizeof bits);
        sum = sum * 31 + bits;
    }
    return rounds == 0 ? 0 : sum;
}
