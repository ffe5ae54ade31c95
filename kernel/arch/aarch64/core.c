/* SPDX-License-Identifier: MIT */
/*
 * Which core this is, and bringing the others up from where entry.S has them sleep: each is given a
 * root, a stack and where to go, in memory that it reads without its cache. The page of the entry
 * code is mapped at its physical address until they have come: there they switch translation on.
 */
#include "cache.h"
#include "percpu.h"
#include "stacks.h"
#include "timer.h"
#include <abi/bootinfo.h>
#include <arch/timer.h>
#include <base/checked.h>
#include <base/ensure.h>
#include <chip/cores.h>
#include <kernel/log.h>
#include <kernel/memory.h>

constexpr size_t KERNEL_STACK_SIZE = 64 * 1024;
constexpr uint64_t PARKING_NS = 200'000'000, ARRIVAL_NS = 5'000'000'000;
constexpr unsigned PLACES = 64;

/* One line of a cache each; entry.S knows both. */
struct [[gnu::aligned(64)]] order {
    uint64_t root; /* written last; 0: stay */
    uint64_t entry, stack, argument, attributes;
};
static_assert(offsetof(struct order, attributes) == 32 && sizeof(struct order) == 64);
struct [[gnu::aligned(64)]] arrival {
    uint64_t here;
};

extern struct order parking_orders[PLACES];
extern volatile struct arrival parking_arrivals[PLACES];
extern const uint8_t kernel_text_start[];

static struct stacks stacks[CORES_MAX];

[[noreturn]] void core_main(struct core *core);

unsigned core_index(void) {
    return (unsigned)core_here()->index;
}

void core_relax(void) {
    __asm__ volatile("yield" : : : "memory");
}

/* On the new core. */
[[noreturn]] void core_main(struct core *core) {
    core_adopt(core, stacks[core->index].exception);
    timer_core_start();
    __atomic_store_n(&core->online, true, __ATOMIC_RELEASE);
    core_idle();
}

static unsigned sleepers_count(void) {
    unsigned count = 0;
    cache_forget((const void *)parking_arrivals, sizeof(parking_arrivals));
    for (unsigned i = 0; i < PLACES; i++) {
        count += parking_arrivals[i].here != 0;
    }
    return count;
}

/* A loader's cores are on their way, some a while longer than others. */
static unsigned sleepers_wait(void) {
    const struct bootinfo *info = (const struct bootinfo *)BOOTINFO_ADDRESS;
    uint64_t end = timer_now_ns() + PARKING_NS;
    unsigned expected = info->core_count > 0 ? info->core_count - 1u : 0;
    while (sleepers_count() < expected && timer_now_ns() < end) {
    }
    return sleepers_count();
}

static bool await(struct core *core) {
    uint64_t end = timer_now_ns() + ARRIVAL_NS;
    while (!__atomic_load_n(&core->online, __ATOMIC_ACQUIRE)) {
        if (timer_now_ns() > end) {
            return false;
        }
        core_relax();
    }
    return true;
}

static bool sleeper_wake(unsigned place, unsigned index) {
    struct core *core = &cores[index];
    struct order *order = &parking_orders[place];
    if (!stacks_create(&stacks[index], KERNEL_STACK_SIZE)) {
        return false;
    }
    core->index = index;
    core->emergency_top = stacks[index].emergency;
    order->entry = (uintptr_t)core_main;
    order->stack = stacks[index].kernel;
    order->argument = (uintptr_t)core;
    order->attributes = system_read(mair_el1);
    __atomic_store_n(&order->root, mmu_root_get(), __ATOMIC_RELEASE);
    cache_clean(order, sizeof(*order));
    __asm__ volatile("sev");
    return await(core);
}

/* In the order of their places; one that does not come takes its place with it. */
static unsigned sleepers_wake(void) {
    unsigned running = 1;
    for (unsigned i = 0; i < PLACES && running < CORES_MAX; i++) {
        if (parking_arrivals[i].here != 0) {
            if (!sleeper_wake(i, running)) {
                log_write(LOG_ERROR, "core", "the core at place %u does not come", i);
                return running;
            }
            running++;
        }
    }
    return running;
}

void cores_start(void) {
    unsigned sleepers = sleepers_wait(), running = 1;
    physical_t page;
    uint32_t rights;
    if (sleepers > 0) {
        ensure(space_find(&kernel_space, (uintptr_t)kernel_text_start, &page, &rights));
        if (space_map(&kernel_space, page, page, PAGE_SIZE, MMU_EXECUTE) == OK) {
            running = sleepers_wake();
        }
        if (running == sleepers + 1) { /* nobody can be in there any more */
            ensure(space_unmap(&kernel_space, page, PAGE_SIZE) == OK);
        }
    }
    cores_count_set(running);
    log_write(running == sleepers + 1 ? LOG_INFO : LOG_WARNING, "core", "%u of %u cores run",
              running, sleepers + 1);
}
