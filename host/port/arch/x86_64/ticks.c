/* SPDX-License-Identifier: MIT */
/* <kernel/port.h>: the time-stamp counter. */
#include <kernel/port.h>

uint64_t port_ticks(void) {
    return __builtin_ia32_rdtsc();
}
