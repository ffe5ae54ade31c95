/* SPDX-License-Identifier: MIT */
/* <kernel/port.h>: the virtual counter, which Linux lets programs read. */
#include <kernel/port.h>

uint64_t port_ticks(void) {
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
}
