/* SPDX-License-Identifier: MIT */
/*
 * A core's stacks lie in one range, in this order; an overflow of any touches the page below it.
 * The boot core begins on stacks in the kernel's image, which have no such page, and leaves them as
 * soon as there is memory.
 *
 *     | guard | kernel stack | guard | exception stack | guard | emergency stack |
 */
#include "stacks.h"
#include "early.h"
#include "percpu.h"
#include <arch/cpu.h>
#include <base/ensure.h>
#include <kernel/memory.h>

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
    size_t size = PAGE_SIZE + kernel_size + 2 * (PAGE_SIZE + EXCEPTION_STACK_SIZE);
    uintptr_t base;
    if (made_count == CORES_MAX || space_reserve(&kernel_space, size, &base) != OK) {
        return false;
    }
    uintptr_t at = base;
    if (!stack_create(&at, kernel_size, &out->kernel) ||
        !stack_create(&at, EXCEPTION_STACK_SIZE, &out->exception) ||
        !stack_create(&at, EXCEPTION_STACK_SIZE, &out->emergency)) {
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
        if (is_below(address, made[i]->exception, EXCEPTION_STACK_SIZE)) {
            return "exception stack overflow";
        }
        if (is_below(address, made[i]->emergency, EXCEPTION_STACK_SIZE)) {
            return "emergency stack overflow";
        }
    }
    return nullptr;
}

void *cpu_stacks_create(size_t size) {
    static struct stacks own;
    early_low_release(); /* serial ports have moved */
    ensure(stacks_create(&own, size));
    bool enabled = cpu_interrupts_disable();
    core_here()->emergency_top = own.emergency;
    core_adopt(core_here(), own.exception);
    if (enabled) {
        cpu_interrupts_enable();
    }
    return (void *)own.kernel;
}
