/* SPDX-License-Identifier: MIT */
/*
 * Handing over. The other harts stop themselves, by the firmware, so that the landing can start
 * them as a loader would. Source: SBI 1.0, chapter 9; the entries are those of
 * boot/arch/riscv64/pages.c, which mmu.h refuses to make: writable and executable.
 */
#include "frame.h"
#include "mmu.h"
#include "plic.h"
#include "registers.h"
#include "wake.h"
#include <abi/sbi.h>
#include <arch/core.h>
#include <arch/leave.h>
#include <arch/timer.h>
#include <base/string.h>
#include <kernel/frame.h>
#include <kernel/panic.h>

constexpr uint64_t VALID = 1 << 0, RIGHTS = 0xE, ACCESSED = 1 << 6, DIRTY = 1 << 7;
constexpr unsigned NUMBER_SHIFT = 10;
constexpr uint64_t GIB = UINT64_C(1) << 30;
constexpr unsigned SPANS = LEAVE_IDENTITY_SIZE / GIB;
constexpr unsigned LAST = MMU_ENTRIES - 1;
constexpr uint64_t PATIENCE_NS = 3'000'000'000;

static uint64_t before[SPANS]; /* the root's first entries, as they were */

/* Harts that sleep where they were parked, as no firmware stops them, would find their code gone.
 */
bool leave_possible(void) {
    return core_index() == 0 && (sbi_has(SBI_HARTS) || cores_parked() == 0);
}

/* One page of 1 GiB each, in a table of level 2, which with three levels is the root. */
void leave_identity_map(const physical_t tables[LEAVE_TABLES]) {
    uint64_t *root = memory_at(mmu_root_get());
    uint64_t spans[SPANS];
    memcpy(before, root, sizeof before);
    for (unsigned i = 0; i < SPANS; i++) {
        spans[i] = i * GIB / PAGE_SIZE << NUMBER_SHIFT | VALID | RIGHTS | ACCESSED | DIRTY;
    }
    if (mmu_levels_now() == 3) {
        memcpy(root, spans, sizeof spans);
    } else {
        uint64_t *table = memory_at(tables[0]);
        memset(table, 0, PAGE_SIZE);
        memcpy(table, spans, sizeof spans);
        root[0] = tables[0] / PAGE_SIZE << NUMBER_SHIFT | VALID;
    }
    mmu_flush_all();
}

void leave_identity_unmap(void) {
    memcpy(memory_at(mmu_root_get()), before, sizeof before);
    (void)mmu_flush_cores(nullptr, 0);
}

static bool hart_is_stopped(uint64_t hart) {
    struct sbi_result status = sbi_call(SBI_HARTS, SBI_HART_STATUS, hart, 0, 0);
    return status.error == 0 && status.value == SBI_HART_STOPPED;
}

void leave_quiet(void) {
    uint64_t end = timer_now_ns() + PATIENCE_NS;
    plic_quiet();
    timer_quiet();
    cores_leave();
    for (unsigned i = 1; i < core_count(); i++) {
        while (!hart_is_stopped(cores[i].hart)) {
            if (timer_now_ns() > end) {
                panic("core %u does not stop", i);
            }
        }
    }
    csr_write(sie, 0);
}

/* ---- what a loader had made ---- */

static const uint64_t *table_at(uint64_t entry) {
    return (const uint64_t *)mmu_entry_address(entry);
}

static bool is_table(uint64_t entry) {
    return (entry & VALID) && !(entry & RIGHTS) && mmu_entry_address(entry) < LEAVE_IDENTITY_SIZE;
}

static void visit_tables(uint64_t entry, unsigned level,
                         void (*visit)(void *data, physical_t frame), void *data) {
    visit(data, mmu_entry_address(entry));
    for (unsigned i = 0; level > 0 && i < MMU_ENTRIES; i++) {
        if (is_table(table_at(entry)[i])) {
            visit_tables(table_at(entry)[i], level - 1, visit, data);
        }
    }
}

void leave_visit_loader(physical_t root, void (*visit)(void *data, physical_t frame), void *data) {
    uint64_t first = root / PAGE_SIZE << NUMBER_SHIFT | VALID, entry = first;
    unsigned top = mmu_levels_loader() - 1;
    for (unsigned level = top; level > 0 && is_table(entry); level--) {
        entry = table_at(entry)[LAST];
    }
    for (unsigned i = 0; is_table(entry) && i < MMU_ENTRIES; i++) {
        if (table_at(entry)[i] & VALID) {
            visit(data, mmu_entry_address(table_at(entry)[i]));
        }
    }
    visit_tables(first, top, visit, data);
}
