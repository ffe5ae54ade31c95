/* SPDX-License-Identifier: MIT */
/* <kernel/port.h>: the counter `time`, which Linux lets programs read. */
#include <kernel/port.h>

uint64_t port_ticks(void) {
    uint64_t ticks;
    __asm__ volatile("rdtime %0" : "=r"(ticks));
    return ticks;
}
