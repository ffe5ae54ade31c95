/* SPDX-License-Identifier: MIT */
/* Time for drivers: the counter of the CPU, whose speed it tells. */
#include "bare.h"

constexpr uint64_t SECOND_US = 1'000'000;

uint64_t bare_now_us(void) {
    uint64_t ticks, hz;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tmrs %1, cntfrq_el0" : "=r"(ticks), "=r"(hz));
    return ticks / hz * SECOND_US + ticks % hz * SECOND_US / hz;
}
