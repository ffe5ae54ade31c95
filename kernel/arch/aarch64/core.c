/* SPDX-License-Identifier: MIT */
/*
 * Which core this is, and bringing the others up from where entry.S has them sleep, once those have
 * been started that no loader has: each is given a root, a stack and where to go, in memory that it
 * reads without its cache. The page of the entry code is mapped at its physical address until they
 * have come: there they switch translation on.
 */
#include "cache.h"
#include "leaving.h"
#include "percpu.h"
#include "platform.h"
#include "psci.h"
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
extern const uint8_t kernel_text_start[], core_start_physical[];

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

/* Until so many are here: cores are on their way, some a while longer than others. */
static unsigned sleepers_wait(unsigned expected) {
    uint64_t end = timer_now_ns() + PARKING_NS;
    while (sleepers_count() < expected && timer_now_ns() < end) {
    }
    return sleepers_count();
}

void sleepers_visit(void (*visit)(uint64_t id, const uint64_t *word)) {
    (void)sleepers_count();
    for (unsigned i = 0; i < PLACES; i++) {
        if (parking_arrivals[i].here != 0 && parking_orders[i].root == 0) {
            visit(parking_arrivals[i].here & AFFINITY_MASK, &parking_orders[i].root);
        }
    }
}

/* ---- cores that the loader has not brought ---- */

static physical_t start_address(void) {
    physical_t out;
    uint32_t rights;
    ensure(space_find(&kernel_space, (uintptr_t)core_start_physical, &out, &rights));
    return out;
}

/* As entry.S chooses it; PLACES or more: it has none. */
static uint64_t place_of(uint64_t id) {
    return (id & 0xFF) + (id >> 8 & 0xFF) * 16;
}

static bool is_missing(uint64_t id) {
    return (id & AFFINITY_MASK) != cores[0].id && place_of(id) < PLACES &&
           parking_arrivals[place_of(id)].here == 0;
}

static void core_visit(void *data, device_node_t node, uint64_t id) {
    unsigned *started = data;
    *started += is_missing(id) && psci_core_start(id & AFFINITY_MASK, start_address());
}

/* Firmware says itself which it has started already. */
static unsigned start_by_firmware(void) {
    const struct platform *platform = platform_get();
    unsigned started = 0;
    if (!psci_find(platform)) {
        return 0;
    }
    if (platform->has_tree) {
        device_tree_visit_cpus(&platform->tree, core_visit, &started);
    } else {
        for (size_t i = 0; i < platform->acpi.core_count; i++) {
            core_visit(&started, DEVICE_NODE_NONE, platform->acpi.cores[i]);
        }
    }
    return started;
}

/* A Raspberry Pi's firmware has cores wait in the first page, each at a word there; nobody else
 * uses that page. */
static unsigned start_by_words(void) {
    constexpr unsigned WORDS = 0xD8, CORES = 4;
    uint8_t *page =
        platform_get()->mmio != 0 ? memory_map_physical(0, PAGE_SIZE, MMU_WRITE) : nullptr;
    unsigned started = 0;
    for (unsigned i = 0; i < CORES && page != nullptr; i++) {
        if (is_missing(i)) {
            *(volatile uint64_t *)(page + WORDS + sizeof(uint64_t) * i) = start_address();
            started++;
        }
    }
    if (page != nullptr) {
        cache_clean(page, PAGE_SIZE);
        __asm__ volatile("sev");
        memory_unmap_physical(page, PAGE_SIZE);
    }
    return started;
}

/* All cores of the machine that come, whoever starts them. */
static unsigned sleepers_gather(void) {
    const struct bootinfo *info = (const struct bootinfo *)BOOTINFO_ADDRESS;
    unsigned here = sleepers_wait(info->core_count > 0 ? info->core_count - 1u : 0);
    unsigned more = start_by_firmware() + start_by_words();
    return more > 0 ? sleepers_wait(here + more) : here;
}

/* ---- bringing them up ---- */

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
    unsigned sleepers = sleepers_gather(), running = 1;
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
