/* SPDX-License-Identifier: MIT */
/* Exceptions that need more than C to be caused. */
#include <arch/fault.h>
#include <stdint.h>

[[gnu::noinline]] void cpu_fault_stack(void) {
    __asm__ volatile("mov x0, #0x1000\n\t"
                     "mov sp, x0\n\t"
                     "str x0, [sp, #-16]!"
                     :
                     :
                     : "x0", "memory");
}

/* An exception's own stack that is not there: taking the exception faults, on the emergency stack.
 */
[[gnu::noinline]] void cpu_fault_double(void) {
    __asm__ volatile("msr spsel, #1\n\t"
                     "mov x0, #0x1000\n\t"
                     "mov sp, x0\n\t"
                     "msr spsel, #0\n\t"
                     "str x0, [x0]"
                     :
                     :
                     : "x0", "memory");
}
