/* SPDX-License-Identifier: MIT */
/* Recursion with several parameters: Takeuchi's function, Ackermann's, and Hanoi's towers. */
#include "bench.h"

__attribute__((noinline)) static int32_t takeuchi(int32_t x, int32_t y, int32_t z) {
    if (y >= x) {
        return z;
    }
    return takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y));
}

__attribute__((noinline)) static uint32_t ackermann(uint32_t m, uint32_t n) {
    if (m == 0) {
        return n + 1;
    }
    return n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

__attribute__((noinline)) static uint64_t hanoi(uint32_t count, uint32_t from, uint32_t to,
                                                uint64_t sum) {
    if (count == 0) {
        return sum;
    }
    uint32_t other = 3 - from - to;
    sum = hanoi(count - 1, from, other, sum) * 3 + from * 4 + to;
    return hanoi(count - 1, other, to, sum);
}

static uint64_t bench(uint32_t rounds) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        int32_t less = (int32_t)(i & 1);
        sum = sum * 31 + (uint64_t)takeuchi(16 + less, 11, 5);
        sum += ackermann(2, 300 + i % 7) + ackermann(3, 5);
        sum += hanoi(15, 0, 2, i);
    }
    return sum;
}
