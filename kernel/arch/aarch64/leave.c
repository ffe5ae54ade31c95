/* SPDX-License-Identifier: MIT */
/*
 * Handing over to another kernel. Source: Arm ARM (DDI 0487) D8.3 (descriptors), D8.14.1 (break
 * before make), D7.5.9 (caches).
 *
 * The other cores are interrupted, and go from there to a place in our entry code (core_leave() in
 * entry.S) where they wait untranslated, with nothing in their caches; the landing takes them out
 * of there before our memory is anybody else's. What they write they write to memory: whoever reads
 * it forgets first.
 *
 * Memory is mapped at its physical address as memory, and nothing else is: a CPU may look at what
 * nobody has asked for, and devices would mind.
 */
#include "cache.h"
#include "early.h"
#include "leaving.h"
#include "percpu.h"
#include <abi/bootinfo.h>
#include <abi/spin.h>
#include <arch/core.h>
#include <arch/leave.h>
#include <arch/timer.h>
#include <base/checked.h>
#include <base/ensure.h>
#include <base/string.h>
#include <chip/cores.h>
#include <kernel/memory.h>

constexpr unsigned LEVELS = 4, LAST = MMU_ENTRIES - 1;
constexpr mmu_entry_t NO_EXECUTE = UINT64_C(1) << 53;
constexpr uint64_t GIB = UINT64_C(1) << 30;
constexpr uint64_t ARRIVAL_NS = 3'000'000'000;
static_assert(SPIN_CORES_MAX == CORES_MAX);

/* entry.S; each in a page of its own. By cores' numbers. */
extern uint64_t leaving_words[CORES_MAX];
extern volatile uint64_t leaving_arrivals[CORES_MAX];
[[noreturn]] void core_leave(uint64_t place);

static physical_t root_taken; /* where all cores go on the way out */
static mmu_entry_t replaced;  /* what the root had there */
static bool leaving;          /* atomic */

/* The landing leads the others to where the kernel expects the core that booted. */
bool leave_possible(void) {
    return core_index() == 0;
}

/* ---- memory at its physical address ---- */

static const struct bootinfo *bootinfo(void) {
    return (const struct bootinfo *)BOOTINFO_ADDRESS;
}

static bool is_memory(const struct bootinfo_map *entry, physical_t start) {
    uint64_t end;
    return (entry->size_and_type & 15) != BOOTINFO_MMIO &&
           entry->address < start + LARGE_PAGE_SIZE &&
           checked_add(entry->address, entry->size_and_type & ~(uint64_t)15, &end) && end > start;
}

static mmu_entry_t entry_for(physical_t start) {
    size_t size = bootinfo()->size;
    size_t count = size > sizeof(struct bootinfo)
                       ? (size - sizeof(struct bootinfo)) / sizeof(struct bootinfo_map)
                       : 0;
    for (size_t i = 0; i < count && i < BOOTINFO_MAP_MAX; i++) {
        if (is_memory(&bootinfo()->map[i], start)) {
            return mmu_entry_page(start, 1, MMU_WRITE) & ~NO_EXECUTE;
        }
    }
    return 0;
}

/* An entry is emptied and forgotten before it leads elsewhere. */
static void low_set(mmu_entry_t entry) {
    volatile mmu_entry_t *root = memory_at(root_taken);
    root[0] = 0;
    (void)mmu_flush_cores(nullptr, 0);
    root[0] = entry;
    mmu_publish(0, LEAVE_IDENTITY_SIZE);
}

/* What is at this core's own addresses, for those who see memory alone. */
static physical_t physical_of(const void *here) {
    physical_t out;
    uint32_t rights;
    ensure(space_find(&kernel_space, (uintptr_t)here, &out, &rights));
    return out;
}

static void sleeper_tell(uint64_t id, const uint64_t *word) {
    if (spin_core_count < SPIN_CORES_MAX) {
        spin_cores[spin_core_count++] = (struct spin_core){id, physical_of(word)};
    }
}

static void waiting_tell(void) {
    spin_core_count = 0;
    for (unsigned i = 1; i < core_count(); i++) {
        spin_cores[spin_core_count++] =
            (struct spin_core){cores[i].id, physical_of(&leaving_words[i])};
    }
    sleepers_visit(sleeper_tell);
}

void leave_identity_map(const physical_t tables[LEAVE_TABLES]) {
    mmu_entry_t *top = memory_at(tables[0]);
    memset(top, 0, PAGE_SIZE);
    for (unsigned i = 0; i + 1 < LEAVE_TABLES; i++) {
        mmu_entry_t *table = memory_at(tables[i + 1]);
        for (unsigned n = 0; n < MMU_ENTRIES; n++) {
            table[n] = entry_for(i * GIB + n * LARGE_PAGE_SIZE);
        }
        top[i] = mmu_entry_table(tables[i + 1]);
    }
    root_taken = mmu_root_get();
    replaced = *(volatile mmu_entry_t *)memory_at(root_taken);
    low_set(mmu_entry_table(tables[0]));
    waiting_tell();
}

void leave_identity_unmap(void) {
    low_set(replaced);
}

/* ---- the way out ---- */

/* That mapping may be written and run: what forbids such is taken back, on the way out. */
static void allow_all(void) {
    system_write(ttbr0_el1, root_taken);
    barrier_instructions();
    system_write(sctlr_el1, SCTLR_KERNEL);
    barrier_instructions();
    mmu_flush_all();
}

static void timer_stop(void) {
    system_write(cntv_ctl_el0, 0);
    barrier_instructions();
}

void leaving_follow(void) {
    if (__atomic_load_n(&leaving, __ATOMIC_ACQUIRE) && core_index() != 0) {
        timer_stop();
        allow_all();
        core_leave(core_index());
    }
}

static bool all_left(unsigned count) {
    cache_forget((const void *)leaving_arrivals, sizeof(leaving_arrivals));
    for (unsigned i = 1; i < count; i++) {
        if (leaving_arrivals[i] == 0) {
            return false;
        }
    }
    return true;
}

/* Who waits for this core with interrupts masked is served, and comes then. */
static void others_leave(void) {
    unsigned count = core_count();
    cache_clean(leaving_words, sizeof(leaving_words));
    cache_clean((const void *)leaving_arrivals, sizeof(leaving_arrivals));
    __atomic_store_n(&leaving, true, __ATOMIC_RELEASE);
    for (unsigned i = 1; i < count; i++) {
        core_signal(i);
    }
    uint64_t end = timer_now_ns() + ARRIVAL_NS;
    while (!all_left(count) && timer_now_ns() < end) {
        core_pause();
    }
}

void leave_quiet(void) {
    others_leave();
    interrupt_quiet();
    timer_stop();
    allow_all();
}

/* ---- what the loader had ---- */

static const mmu_entry_t *table_at(mmu_entry_t entry) {
    return (const mmu_entry_t *)(uintptr_t)mmu_entry_address(entry);
}

static bool is_table(mmu_entry_t entry) {
    return mmu_entry_kind(entry, 1) == MMU_TABLE && mmu_entry_address(entry) < LEAVE_IDENTITY_SIZE;
}

static void visit_tables(mmu_entry_t entry, unsigned level,
                         void (*visit)(void *data, physical_t frame), void *data) {
    visit(data, mmu_entry_address(entry));
    for (unsigned i = 0; level > 0 && i < MMU_ENTRIES; i++) {
        if (is_table(table_at(entry)[i])) {
            visit_tables(table_at(entry)[i], level - 1, visit, data);
        }
    }
}

/* `root` is ours, made by early.c, whose entries lead to the loader's tables. */
void leave_visit_loader(physical_t root, void (*visit)(void *data, physical_t frame), void *data) {
    mmu_entry_t entry = mmu_entry_table(root);
    for (unsigned level = LEVELS - 1; level > 0 && is_table(entry); level--) {
        entry = table_at(entry)[LAST];
    }
    for (unsigned i = 0; is_table(entry) && i < MMU_ENTRIES; i++) {
        if (mmu_entry_kind(table_at(entry)[i], 0) == MMU_PAGE) {
            visit(data, mmu_entry_address(table_at(entry)[i]));
        }
    }
    visit_tables(mmu_entry_table(root), LEVELS - 1, visit, data);
    for (size_t i = 0; i < COUNT_OF(early_loader_tables); i++) {
        visit(data, align_down(early_loader_tables[i], PAGE_SIZE));
    }
}
