/* SPDX-License-Identifier: MIT */
/*
 * The kernel stack. Native servers and the compiler run on it, which is why it is not small. The
 * page below it is never mapped; the fault of an overflow is taken on another stack.
 */
#include <arch/cpu.h>
#include <base/ensure.h>
#include <kernel/machine.h>
#include <kernel/memory.h>

constexpr size_t STACK_SIZE = 256 * 1024;

static uintptr_t guard;

void stack_start(void (*function)(void)) {
    uintptr_t base;
    ensure(space_reserve(&kernel_space, STACK_SIZE + PAGE_SIZE, &base) == OK);
    ensure(space_populate(&kernel_space, base + PAGE_SIZE, STACK_SIZE, FRAME_OWNER_STACK) == OK);
    guard = base;
    cpu_stack_switch((void *)(base + PAGE_SIZE + STACK_SIZE), function);
}

bool stack_guard_holds(uintptr_t address) {
    return guard != 0 && address - guard < PAGE_SIZE;
}
