/* SPDX-License-Identifier: MIT */
/* Direct calls: doubly recursive Fibonacci. */
#include "bench.h"

__attribute__((noinline)) static uint32_t fibonacci(uint32_t n) {
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static uint64_t bench(uint32_t rounds) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < rounds; i++) {
        sum += fibonacci(30 + (i & 1));
    }
    return sum;
}
