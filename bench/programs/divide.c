/* SPDX-License-Identifier: MIT */
/* Division of 64-bit integers: greatest common divisors, powers modulo, digits. */
#include "bench.h"

static uint64_t common_divisor(uint64_t a, uint64_t b) {
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static uint64_t power(uint64_t base, uint32_t exponent, uint64_t modulus) {
    uint64_t result = 1;
    for (; exponent != 0; exponent >>= 1) {
        result = (exponent & 1) != 0 ? result * base % modulus : result;
        base = base * base % modulus;
    }
    return result;
}

static uint32_t digit_sum(int64_t value) {
    uint32_t sum = 0;
    for (; value != 0; value /= 10) {
        sum += (uint32_t)(value % 10 + 9);
    }
    return sum;
}

static uint64_t bench(uint32_t rounds) {
    uint64_t sum = 0;
    uint32_t seed = 17;
    for (uint32_t round = 0; round < rounds; round++) {
        for (uint32_t i = 0; i < 500; i++) {
            uint64_t a = (uint64_t)next_random(&seed) << 20 | i, b = next_random(&seed);
            sum += common_divisor(a, b);
            sum = sum * 3 + power(b, next_random(&seed), 0xFFFFFFFB - 2 * (a & 0xFFF));
            sum += digit_sum((int64_t)(a * b));
        }
    }
    return sum;
}
