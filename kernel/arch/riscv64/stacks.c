/* SPDX-License-Identifier: MIT */
/*
 * A core's stacks lie in one range, in this order; an overflow of any touches the page below it.
 * The boot core begins on stacks in the kernel's image, which have no such page, and leaves them as
 * soon as there is memory.
 *
 *     | guard | kernel | guard | exceptions | guard | those within | guard | interrupts |
 */
#include "stacks.h"
#include "frame.h"
#include <arch/cpu.h>
#include <base/checked.h>
#include <base/ensure.h>
#include <kernel/memory.h>

static const char *const overflows[STACK_COUNT] = {
    "exception stack overflow",
    "second exception stack overflow",
    "interrupt stack overflow",
};

static const struct stacks *made[CORES_MAX];
static unsigned made_count; /* atomic */

static bool stack_create(uintptr_t *at, size_t size, uintptr_t *top) {
    *at += PAGE_SIZE;
    bool good = space_populate(&kernel_space, *at, size, FRAME_OWNER_STACK) == OK;
    *at += size;
    *top = *at;
    return good;
}

bool stacks_create(struct stacks *out, size_t kernel_size) {
    static_assert(TRAP_GUARD_SIZE == PAGE_SIZE);
    size_t size = PAGE_SIZE + kernel_size + STACK_COUNT * (PAGE_SIZE + TRAP_STACK_SIZE);
    uintptr_t base;
    if (made_count == CORES_MAX || space_reserve(&kernel_space, size, &base) != OK) {
        return false;
    }
    uintptr_t at = base;
    bool good = stack_create(&at, kernel_size, &out->kernel);
    for (unsigned i = 0; good && i < STACK_COUNT; i++) {
        good = stack_create(&at, TRAP_STACK_SIZE, &out->traps[i]);
    }
    if (!good) {
        space_release(&kernel_space, base, size);
        return false;
    }
    out->kernel_size = kernel_size;
    made[made_count] = out;
    __atomic_store_n(&made_count, made_count + 1, __ATOMIC_RELEASE);
    return true;
}

static bool is_below(uintptr_t address, uintptr_t top, size_t size) {
    return address - (top - size - PAGE_SIZE) < PAGE_SIZE;
}

const char *cpu_stack_overflow(uintptr_t address) {
    unsigned count = __atomic_load_n(&made_count, __ATOMIC_ACQUIRE);
    for (unsigned i = 0; i < count; i++) {
        if (is_below(address, made[i]->kernel, made[i]->kernel_size)) {
            return "kernel stack overflow";
        }
        for (unsigned j = 0; j < STACK_COUNT; j++) {
            if (is_below(address, made[i]->traps[j], TRAP_STACK_SIZE)) {
                return overflows[j];
            }
        }
    }
    return nullptr;
}

void *cpu_stacks_create(size_t size) {
    static struct stacks own;
    struct core *core = core_here();
    ensure(stacks_create(&own, size));
    core->exception = own.traps[STACK_EXCEPTION]; /* read at each trap */
    core->twice = own.traps[STACK_TWICE];
    core->interrupt = own.traps[STACK_INTERRUPT];
    return (void *)own.kernel;
}
