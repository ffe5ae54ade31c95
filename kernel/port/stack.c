/* SPDX-License-Identifier: MIT */
/*
 * The boot core's kernel stack. Native servers and the compiler run on it, which is why it is not
 * small.
 */
#include <arch/cpu.h>
#include <kernel/machine.h>

constexpr size_t STACK_SIZE = 256 * 1024;

void stack_start(void (*function)(void)) {
    cpu_stack_switch(cpu_stacks_create(STACK_SIZE), function);
}
