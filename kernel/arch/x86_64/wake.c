/* SPDX-License-Identifier: MIT */
/*
 * Bringing the other cores up: INIT, start-up interrupt, trampoline, core_entry, core_main().
 *
 * However a core was left (asleep in entry.S on the loader's page tables, or never started by the
 * loader), INIT takes it from there, so that there is one way up for all. Each that comes takes a
 * set of stacks by counting up, then an index, until the counting is closed: one that comes later
 * goes to sleep for good. When all have come the trampoline's page is unmapped again. Source: Intel
 * SDM volume 3, 9.4.
 */
#include "wake.h"
#include "apic.h"
#include "cache.h"
#include "platform.h"
#include "stacks.h"
#include "tables.h"
#include <arch/cpu.h>
#include <arch/timer.h>
#include <base/ensure.h>
#include <base/string.h>
#include <chip/cores.h>
#include <kernel/log.h>
#include <kernel/memory.h>
#include <kernel/panic.h>

constexpr size_t KERNEL_STACK_SIZE = 64 * 1024;
constexpr uint64_t START_NS = 200'000;
constexpr uint64_t ARRIVAL_NS = 5'000'000'000; /* an emulator's cores may have to wait for one */
constexpr uint32_t CLOSED = 1u << 31;

/* At 8 in the trampoline. */
struct trampoline {
    uint64_t root, kernel_side;
    uint32_t to_32, selector_32, to_64, selector_64;
    uint16_t gdt_size;
    uint32_t gdt [[gnu::packed]];
};
static_assert(offsetof(struct trampoline, gdt) == 34);

extern const uint8_t trampoline_start[], trampoline_end[];
extern uint32_t parked_cores;

static struct stacks stacks[CORES_MAX];

/* For core_entry: the tops of kernel stacks, how many there are, and how many cores took one. */
extern uintptr_t core_stacks[CORES_MAX];
extern uint32_t core_stacks_count, core_stacks_taken;
uintptr_t core_stacks[CORES_MAX];
uint32_t core_stacks_count, core_stacks_taken;

static uint32_t indices = 1; /* atomic; the next to be given out, and CLOSED */

[[noreturn]] void core_main(uint32_t slot);

/* ---- on the new core ---- */

static bool index_take(uint32_t *out) {
    uint32_t index = __atomic_load_n(&indices, __ATOMIC_RELAXED);
    do {
        if (index & CLOSED) {
            return false;
        }
    } while (!__atomic_compare_exchange_n(&indices, &index, index + 1, true, __ATOMIC_ACQ_REL,
                                          __ATOMIC_RELAXED));
    *out = index;
    return true;
}

/* Nothing here may wait for the boot core, which waits for this. */
[[noreturn]] void core_main(uint32_t slot) {
    uint32_t index;
    if (!index_take(&index)) {
        cpu_halt();
    }
    struct core *core = &cores[index];
    tables_load(core, stacks[slot].exceptions);
    modes_set();
    cache_adopt();
    apic_start();
    apic_id_read(&core->apic);
    timer_core_start();
    __atomic_store_n(&core->online, true, __ATOMIC_RELEASE);
    core_idle();
}

/* ---- on the boot core ---- */

/* Stacks for as many cores as there is memory for. */
static void stacks_prepare(unsigned count) {
    unsigned made = 0;
    while (made < count && stacks_create(&stacks[made], KERNEL_STACK_SIZE)) {
        core_stacks[made] = stacks[made].kernel;
        made++;
    }
    __atomic_store_n(&core_stacks_count, made, __ATOMIC_RELEASE);
}

static bool trampoline_create(physical_t page) {
    uint8_t *copy = memory_map_physical(page, PAGE_SIZE, MMU_WRITE);
    if (copy == nullptr) {
        return false;
    }
    memcpy(copy, trampoline_start, (size_t)(trampoline_end - trampoline_start));
    struct trampoline *data = (struct trampoline *)(copy + 8);
    physical_t root = mmu_root_get();
    ensure(root <= UINT32_MAX); /* memory.c takes it from there */
    data->root = root;
    data->to_32 += (uint32_t)page;
    data->to_64 += (uint32_t)page;
    data->gdt += (uint32_t)page;
    memory_unmap_physical(copy, PAGE_SIZE);
    return space_map(&kernel_space, page, page, PAGE_SIZE, MMU_EXECUTE) == OK;
}

/* INIT takes the first CPUs with 64 bits 10 ms, and later ones no time. */
static uint64_t init_ns(void) {
    constexpr uint32_t INTEL = 0x756E'6547, NETBURST = 15; /* "Genu" */
    bool slow = cpuid_read(0, 0).ebx == INTEL && (cpuid_read(1, 0).eax >> 8 & 15) == NETBURST;
    return slow ? 10'000'000 : 20'000;
}

static void wait_until(uint64_t moment_ns, unsigned count) {
    while (timer_now_ns() < moment_ns && __atomic_load_n(&indices, __ATOMIC_ACQUIRE) < count) {
        __asm__ volatile("pause");
    }
}

/* Which of the listed cores can be sent to, without this one. */
static unsigned targets_choose(const struct madt *madt, uint32_t *out) {
    uint32_t own;
    apic_id_read(&own);
    unsigned count = 0, unreachable = 0;
    for (unsigned i = 0; i < madt->core_count; i++) {
        if (madt->cores[i] == own) {
            continue;
        }
        if (!apic_reaches(madt->cores[i])) {
            unreachable++;
        } else if (count + 1 < CORES_MAX) {
            out[count++] = madt->cores[i];
        }
    }
    if (unreachable > 0) {
        log_write(LOG_WARNING, "core", "%u cores have numbers above 254, and there is no x2APIC",
                  unreachable);
    }
    if (madt->cores_left > 0) {
        log_write(LOG_WARNING, "core", "%u cores above the first %u are left asleep",
                  madt->cores_left, CORES_MAX);
    }
    return count;
}

static void targets_start(const uint32_t *targets, unsigned count, physical_t page) {
    for (unsigned i = 0; i < count; i++) {
        apic_send_init(targets[i]);
    }
    wait_until(timer_now_ns() + init_ns(), CLOSED);
    for (unsigned attempt = 0; attempt < 2; attempt++) { /* some CPUs want it twice, none minds */
        for (unsigned i = 0; i < count; i++) {
            apic_send_start(targets[i], page);
        }
        wait_until(timer_now_ns() + START_NS, count + 1);
        if (__atomic_load_n(&indices, __ATOMIC_ACQUIRE) == count + 1) {
            return;
        }
    }
    wait_until(timer_now_ns() + ARRIVAL_NS, count + 1);
}

/* No more indices; those that were given out are followed to the end. */
static unsigned arrivals_close(void) {
    unsigned count = __atomic_fetch_or(&indices, CLOSED, __ATOMIC_ACQ_REL);
    for (unsigned i = 1; i < count; i++) {
        uint64_t end = timer_now_ns() + 2 * ARRIVAL_NS;
        while (!__atomic_load_n(&cores[i].online, __ATOMIC_ACQUIRE)) {
            if (timer_now_ns() > end) {
                panic("core %u hangs on its way up", i);
            }
            __asm__ volatile("pause");
        }
    }
    return count;
}

static unsigned targets_wake(const uint32_t *targets, unsigned count) {
    physical_t page = platform_low_page();
    if (page == 0 || !trampoline_create(page)) {
        log_write(LOG_WARNING, "core", "no page below 1 MiB is free to start other cores from");
        return 1;
    }
    cache_save();
    stacks_prepare(count);
    targets_start(targets, core_stacks_count, page);
    unsigned came = arrivals_close();
    if (came == core_stacks_count + 1) { /* nobody can be in there any more */
        ensure(space_unmap(&kernel_space, page, PAGE_SIZE) == OK);
    }
    return came;
}

unsigned cores_wake(void) {
    static uint32_t targets[CORES_MAX];
    unsigned entered = 1 + __atomic_load_n(&parked_cores, __ATOMIC_RELAXED);
    unsigned count = 0, running = 1;
    if (platform_get()->known) {
        count = targets_choose(&platform_get()->madt, targets);
    }
    if (count > 0) {
        running = targets_wake(targets, count);
    }
    log_write(running == count + 1 ? LOG_INFO : LOG_WARNING, "core",
              "%u of %u cores run; the loader brought %u", running, count + 1, entered);
    return running;
}
