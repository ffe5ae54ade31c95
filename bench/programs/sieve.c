/* SPDX-License-Identifier: MIT */
/* Byte stores in a loop: the sieve of Eratosthenes. */
#include "bench.h"

static uint8_t composite[1 << 20];

static uint64_t bench(uint32_t rounds) {
    uint64_t sum = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        memset(composite, 0, sizeof composite);
        for (uint32_t i = 2; i < sizeof composite; i++) {
            if (!composite[i]) {
                sum += i ^ round;
                for (uint32_t j = i * 2; j < sizeof composite; j += i) {
                    composite[j] = 1;
                }
            }
        }
    }
    return sum;
}
