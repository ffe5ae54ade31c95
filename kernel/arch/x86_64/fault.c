/* SPDX-License-Identifier: MIT */
/* Exceptions that need more than C to be caused. Source: Intel SDM volume 3, 6.14.5 and 6.15. */
#include <arch/fault.h>
#include <stdint.h>

[[gnu::noinline]] void cpu_fault_stack(void) {
    __asm__ volatile("mov $0x1008, %%rsp\n\t"
                     "push %%rax"
                     :
                     :
                     : "memory");
}

/* A table of exceptions that ends behind the double fault: a page fault lies beyond it, and so does
 * the general protection fault that this makes. */
[[gnu::noinline]] void cpu_fault_double(void) {
    struct [[gnu::packed]] {
        uint16_t limit;
        uint64_t address;
    } table;
    __asm__ volatile("sidt %0" : "=m"(table));
    table.limit = 9 * 16 - 1;
    __asm__ volatile("lidt %0\n\t"
                     "movb $0, 8"
                     :
                     : "m"(table)
                     : "memory");
}
