/* SPDX-License-Identifier: MIT */
/*
 * Bringing the other harts up, one after the other, by SBI. Each finds what it needs in a struct
 * start; who comes first, the hart or the end of patience, takes that: a hart that is late stops
 * itself. What always holds: cores are numbered without gaps.
 */
#include "wake.h"
#include "frame.h"
#include "mmu.h"
#include "platform.h"
#include "stacks.h"
#include <abi/sbi.h>
#include <arch/timer.h>
#include <base/ensure.h>
#include <chip/cores.h>
#include <kernel/log.h>
#include <kernel/memory.h>
#include <kernel/panic.h>

constexpr size_t KERNEL_STACK_SIZE = 64 * 1024;
constexpr uint64_t PATIENCE_NS = 1'000'000'000;

/* Read by entry.S at its physical address. */
struct [[gnu::aligned(64)]] start {
    uint32_t taken; /* atomic */
    uint64_t satp;
    uintptr_t entry, stack;
    struct core *core;
};
static_assert(offsetof(struct start, satp) == 8 && offsetof(struct start, entry) == 16 &&
              offsetof(struct start, stack) == 24 && offsetof(struct start, core) == 32 &&
              sizeof(struct start) == 64);

extern const uint8_t hart_start[], hart_start_end[], hart_arrive[];
extern uint32_t parked_cores;

static struct start starts[CORES_MAX];
static struct stacks stacks[CORES_MAX];
static unsigned running = 1, listed = 1, left;

[[noreturn]] void core_main(void);

/* On the other core. */
void core_main(void) {
    struct core *core = core_here();
    core_modes_set(core);
    space_enter(&kernel_space);
    timer_core_start();
    __atomic_store_n(&core->online, true, __ATOMIC_RELEASE);
    core_idle();
}

static physical_t physical_of(const void *at) {
    physical_t physical;
    uint32_t rights;
    ensure(space_find(&kernel_space, (uintptr_t)at, &physical, &rights));
    return physical;
}

static bool core_prepare(unsigned index, uint64_t hart) {
    struct core *core = &cores[index];
    if (!stacks_create(&stacks[index], KERNEL_STACK_SIZE)) {
        return false;
    }
    core->index = index;
    core->hart = hart;
    core->exception = stacks[index].traps[STACK_EXCEPTION];
    core->twice = stacks[index].traps[STACK_TWICE];
    core->interrupt = stacks[index].traps[STACK_INTERRUPT];
    starts[index] = (struct start){
        .satp = mmu_satp(mmu_root_get()),
        .entry = (uintptr_t)hart_arrive,
        .stack = stacks[index].kernel,
        .core = core,
    };
    return true;
}

/* Waits until the hart is up; false when it does not come at all. */
static bool core_await(unsigned index) {
    uint64_t end = timer_now_ns() + PATIENCE_NS;
    while (!__atomic_load_n(&cores[index].online, __ATOMIC_ACQUIRE)) {
        if (timer_now_ns() > end) {
            if (__atomic_exchange_n(&starts[index].taken, 1, __ATOMIC_ACQ_REL) == 0) {
                return false;
            }
            panic("core %u hangs on its way up", index);
        }
        core_relax();
    }
    return true;
}

static bool hart_wake(uint64_t hart) {
    static unsigned prepared; /* a core whose hart did not come is the next one's */
    ensure(((uintptr_t)hart_start ^ (uintptr_t)(hart_start_end - 1)) < PAGE_SIZE);
    if (prepared < running && !core_prepare(running, hart)) {
        return false;
    }
    prepared = running;
    cores[running].hart = hart;
    starts[running].taken = 0;
    __asm__ volatile("fence rw, rw" : : : "memory");
    struct sbi_result result = sbi_call(SBI_HARTS, SBI_HART_START, hart, physical_of(hart_start),
                                        physical_of(&starts[running]));
    return result.error == 0 && core_await(running);
}

static void hart_try(void *data, device_node_t node, uint64_t hart) {
    if (hart == cores[0].hart) {
        return;
    }
    listed++;
    if (running == CORES_MAX) {
        left++;
    } else if (hart_wake(hart)) {
        running++;
    }
}

unsigned cores_parked(void) {
    return __atomic_load_n(&parked_cores, __ATOMIC_RELAXED);
}

unsigned cores_wake(void) {
    if (platform_tree() != nullptr && sbi_has(SBI_HARTS)) {
        device_tree_visit_cpus(platform_tree(), hart_try, nullptr);
    }
    if (left > 0) {
        log_write(LOG_WARNING, "core", "%u cores above the first %u are left asleep", left,
                  CORES_MAX);
    }
    log_write(running == listed ? LOG_INFO : LOG_WARNING, "core",
              "%u of %u cores run; the loader brought %u", running, listed, 1 + cores_parked());
    return running;
}
