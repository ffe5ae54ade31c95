/* SPDX-License-Identifier: MIT */
/* Floating point in registers: how long points of the plane stay near zero. */
#include "bench.h"

static uint32_t steps(double x, double y) {
    constexpr uint32_t LIMIT = 500;
    double real = 0, imaginary = 0;
    uint32_t count = 0;
    while (count < LIMIT && real * real + imaginary * imaginary <= 4) {
        double next = real * real - imaginary * imaginary + x;
        imaginary = 2 * real * imaginary + y;
        real = next;
        count++;
    }
    return count;
}

static uint64_t bench(uint32_t rounds) {
    uint64_t sum = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        for (int row = 0; row < 64; row++) {
            for (int column = 0; column < 96; column++) {
                sum = sum * 3 + steps(column / 32.0 - 2, (row + round % 5) / 32.0 - 1);
            }
        }
    }
    return sum;
}
