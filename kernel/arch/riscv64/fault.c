/* SPDX-License-Identifier: MIT */
/* Exceptions that need more than C to be caused. */
#include "frame.h"
#include <arch/fault.h>

[[gnu::noinline]] void cpu_fault_stack(void) {
    __asm__ volatile("li sp, 0x1008\n\tsd zero, -8(sp)" : : : "memory");
}

/* The stack of exceptions is nowhere: the first has no place for its frame. */
[[gnu::noinline]] void cpu_fault_double(void) {
    core_here()->exception = 0x2000;
    *(volatile uint8_t *)8 = 0;
    __asm__ volatile("" : : : "memory");
}
