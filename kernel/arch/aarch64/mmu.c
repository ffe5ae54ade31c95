/* SPDX-License-Identifier: MIT */
/*
 * Entries of aarch64 page tables and the TLB. Each half of the addresses has 47 bits and half of
 * the root: TTBR0 leads to its first 256 entries, TTBR1 to the others, so that one tree is both, as
 * elsewhere. Source: Arm ARM (DDI 0487) D8.3 (descriptors), D8.13 (TLB), D8.14.1 (break before
 * make).
 *
 *   bit  0 valid   1 table, or page at level 0   4:2 attributes (registers.h)   7 read-only
 *      9:8 shareable   10 accessed   53 not executed at EL1   54 not at EL0; 12-47 address.
 *   Of an entry that is not valid all other bits are ours: 2 promised.
 */
#include "early.h"
#include "registers.h"
#include <arch/mmu.h>
#include <base/ensure.h>
#include <kernel/log.h>

constexpr mmu_entry_t VALID = 1 << 0, TABLE = 1 << 1, PROMISED = 1 << 2;
constexpr mmu_entry_t ATTRIBUTES = 7 << 2, READ_ONLY = 1 << 7, SHAREABLE = 3 << 8;
constexpr mmu_entry_t ACCESSED = 1 << 10;
constexpr mmu_entry_t NO_EXECUTE = UINT64_C(1) << 53, NO_EXECUTE_EL0 = UINT64_C(1) << 54;
constexpr mmu_entry_t ADDRESS = 0x0000'FFFF'FFFF'F000;

void mmu_choose(struct text wish) {
    if (wish.size > 0) {
        log_write(LOG_WARNING, "mem", "no paging %.*s", (int)wish.size, wish.bytes);
    }
}

unsigned mmu_levels(void) {
    return 4;
}

/* Whatever the loader has, early.c put a root above it. */
unsigned mmu_levels_now(void) {
    return 4;
}

static mmu_entry_t attributes_of(uint32_t rights) {
    return (mmu_entry_t)(rights & MMU_DEVICE    ? MAIR_DEVICE
                         : rights & MMU_COMBINE ? MAIR_UNCACHED
                                                : MAIR_NORMAL)
           << 2;
}

mmu_entry_t mmu_entry_page(physical_t frame, unsigned level, uint32_t rights) {
    ensure((frame & ~ADDRESS) == 0 && level <= 1);
    ensure(!(rights & MMU_WRITE) || !(rights & MMU_EXECUTE));
    mmu_entry_t entry = frame | VALID | ACCESSED | SHAREABLE | NO_EXECUTE_EL0;
    entry |= level == 0 ? TABLE : 0;
    entry |= rights & MMU_WRITE ? 0 : READ_ONLY;
    entry |= rights & MMU_EXECUTE ? 0 : NO_EXECUTE;
    return entry | attributes_of(rights);
}

mmu_entry_t mmu_entry_table(physical_t table) {
    return table | VALID | TABLE;
}

mmu_entry_t mmu_entry_promised(void) {
    return PROMISED;
}

enum mmu_kind mmu_entry_kind(mmu_entry_t entry, unsigned level) {
    if (!(entry & VALID)) {
        return entry & PROMISED ? MMU_PROMISED : MMU_EMPTY;
    }
    if (level == 0) {
        return entry & TABLE ? MMU_PAGE : MMU_EMPTY;
    }
    return entry & TABLE ? MMU_TABLE : MMU_PAGE;
}

physical_t mmu_entry_address(mmu_entry_t entry) {
    return entry & ADDRESS;
}

uint32_t mmu_entry_rights(mmu_entry_t entry) {
    uint32_t type = (entry & ATTRIBUTES) >> 2;
    return (entry & READ_ONLY ? 0u : MMU_WRITE) | (entry & NO_EXECUTE ? 0u : MMU_EXECUTE) |
           (type == MAIR_DEVICE     ? MMU_DEVICE
            : type == MAIR_UNCACHED ? MMU_COMBINE
                                    : 0u);
}

/* No table entry is remembered under an identifier of its tree: who changes trees forgets all. The
 * upper half is the same in all trees. Once the loader's tables are left no page is both writable
 * and executable, and the CPU is told to refuse such (WXN). */
void mmu_root_set(physical_t root) {
    if (early_low_entry() != 0) { /* tables are reached by the loader's mapping still */
        *(volatile mmu_entry_t *)root = early_low_entry();
    }
    __asm__ volatile("dsb ishst" : : : "memory");
    system_write(ttbr0_el1, root);
    system_write(ttbr1_el1, root + PAGE_SIZE / 2);
    barrier_instructions();
    mmu_flush_all();
    system_write(sctlr_el1, SCTLR_KERNEL | SCTLR_WXN);
    barrier_instructions();
}

physical_t mmu_root_get(void) {
    return system_read(ttbr0_el1) & ADDRESS;
}

/* That nothing is there is never remembered: the stores must only be seen by walks, on every core.
 */
void mmu_publish(uintptr_t address, size_t size) {
    __asm__ volatile("dsb ishst\n\tisb" : : : "memory");
}

/* Two sizes of one translation may not be remembered at a time, not even if they say the same. */
bool mmu_splits_in_use(void) {
    return false;
}

static uint64_t page_of(uintptr_t address) {
    return address >> PAGE_SHIFT & 0xFFF'FFFF'FFFF;
}

void mmu_flush_page(uintptr_t address) {
    __asm__ volatile("dsb ishst\n\ttlbi vaae1, %0\n\tdsb nsh\n\tisb"
                     :
                     : "r"(page_of(address))
                     : "memory");
}

void mmu_flush_all(void) {
    __asm__ volatile("dsb ishst\n\ttlbi vmalle1\n\tdsb nsh\n\tisb" : : : "memory");
}

/* Broadcast to the inner shareable domain, which is all cores: those that firmware has joined to it
 * (on a Cortex-A53, CPUECTLR.SMPEN), as it must before it lets go of them. The barrier at the end
 * waits until all have done it and their accesses by what they knew are over. */
bool mmu_flush_cores(const struct mmu_part *parts, size_t count) {
    __asm__ volatile("dsb ishst" : : : "memory");
    if (count == 0) {
        __asm__ volatile("tlbi vmalle1is" : : : "memory");
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t done = 0; done < parts[i].size; done += PAGE_SIZE) {
            uint64_t page = page_of(parts[i].base + done);
            __asm__ volatile("tlbi vaae1is, %0" : : "r"(page) : "memory");
        }
    }
    __asm__ volatile("dsb ish\n\tisb" : : : "memory");
    return true;
}
