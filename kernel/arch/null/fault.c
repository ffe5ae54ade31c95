/* SPDX-License-Identifier: MIT */
/* A CPU that does nothing cannot break. */
#include <arch/fault.h>

void cpu_fault_stack(void) {
}

void cpu_fault_double(void) {
}
