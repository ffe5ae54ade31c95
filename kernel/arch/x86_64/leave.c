/* SPDX-License-Identifier: MIT */
/* Handing over. Source: Intel SDM volume 3, 4.5 (paging), 8.4.1 (the core that booted); the entries
 * are those of boot/arch/x86_64/pages.c, which mmu.h refuses to make: writable and executable. */
#include "apic.h"
#include "io.h"
#include "ioapics.h"
#include "registers.h"
#include <arch/leave.h>
#include <base/string.h>
#include <kernel/frame.h>

constexpr unsigned LEVELS = 4;
constexpr uint64_t PRESENT = 1 << 0, WRITABLE = 1 << 1, LARGE = 1 << 7;
constexpr uint64_t ADDRESS = 0x000F'FFFF'FFFF'F000;
constexpr uint64_t BASE_BOOT_CORE = 1 << 8;
constexpr uint64_t GIB = UINT64_C(1) << 30;
constexpr uint16_t MASTER_MASK = 0x21, SLAVE_MASK = 0xA1; /* of the 8259s */
constexpr unsigned LAST = MMU_ENTRIES - 1;

/* A start-up interrupt makes any other core begin at our landing, but this one with its firmware.
 */
bool leave_possible(void) {
    return msr_read(MSR_APIC_BASE) & BASE_BOOT_CORE;
}

void leave_identity_map(const physical_t tables[LEAVE_TABLES]) {
    uint64_t *root = memory_at(mmu_root_get());
    uint64_t *top = memory_at(tables[0]);
    memset(top, 0, PAGE_SIZE);
    for (unsigned i = 0; i + 1 < LEAVE_TABLES; i++) {
        uint64_t *table = memory_at(tables[i + 1]);
        for (unsigned n = 0; n < MMU_ENTRIES; n++) {
            table[n] = (i * GIB + n * LARGE_PAGE_SIZE) | PRESENT | WRITABLE | LARGE;
        }
        top[i] = tables[i + 1] | PRESENT | WRITABLE;
    }
    root[0] = tables[0] | PRESENT | WRITABLE;
}

void leave_identity_unmap(void) {
    uint64_t *root = memory_at(mmu_root_get());
    root[0] = 0;
    mmu_flush_all();
}

void leave_quiet(void) {
    ioapics_mask();
    io_write8(MASTER_MASK, 0xFF);
    io_write8(SLAVE_MASK, 0xFF);
    apic_timer_set(0);
}

static const uint64_t *table_at(uint64_t entry) {
    return (const uint64_t *)(uintptr_t)(entry & ADDRESS);
}

static bool is_table(uint64_t entry) {
    return (entry & PRESENT) && !(entry & LARGE) && (entry & ADDRESS) < LEAVE_IDENTITY_SIZE;
}

static void visit_tables(uint64_t entry, unsigned level,
                         void (*visit)(void *data, physical_t frame), void *data) {
    visit(data, entry & ADDRESS);
    for (unsigned i = 0; level > 0 && i < MMU_ENTRIES; i++) {
        if (is_table(table_at(entry)[i])) {
            visit_tables(table_at(entry)[i], level - 1, visit, data);
        }
    }
}

void leave_visit_loader(physical_t root, void (*visit)(void *data, physical_t frame), void *data) {
    uint64_t entry = root | PRESENT;
    for (unsigned level = LEVELS - 1; level > 0 && is_table(entry); level--) {
        entry = table_at(entry)[LAST];
    }
    for (unsigned i = 0; is_table(entry) && i < MMU_ENTRIES; i++) {
        if (table_at(entry)[i] & PRESENT) {
            visit(data, table_at(entry)[i] & ADDRESS);
        }
    }
    visit_tables(root, LEVELS - 1, visit, data);
}
