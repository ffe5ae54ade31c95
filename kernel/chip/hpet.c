/* SPDX-License-Identifier: MIT */
/* See chip/hpet.h. Registers are numbered in words of 32 bits. */
#include <chip/hpet.h>

enum : unsigned { REVISION = 0, PERIOD_FS = 1, CONFIGURATION = 4, COUNTER = 60 };
constexpr uint32_t ENABLE = 1, LEGACY_ROUTE = 2;
constexpr uint32_t PERIOD_MAX_FS = 100'000'000, PERIOD_MIN_FS = 1'000'000;
constexpr uint64_t SECOND_FS = 1'000'000'000'000'000;
constexpr unsigned PATIENCE = 100'000;

bool hpet_start(volatile uint32_t *registers, uint64_t *hz) {
    uint32_t period = registers[PERIOD_FS];
    if ((registers[REVISION] & 0xFF) == 0 || period < PERIOD_MIN_FS || period > PERIOD_MAX_FS) {
        return false;
    }
    registers[CONFIGURATION] = (registers[CONFIGURATION] & ~LEGACY_ROUTE) | ENABLE;
    *hz = (SECOND_FS + period / 2) / period;
    uint32_t start = registers[COUNTER];
    for (unsigned i = 0; i < PATIENCE; i++) {
        if (registers[COUNTER] != start) {
            return true;
        }
    }
    return false;
}

uint32_t hpet_read(const volatile uint32_t *registers) {
    return registers[COUNTER];
}
