/* SPDX-License-Identifier: MIT */
/*
 * Entries of x86-64 page tables and the TLB. Source: Intel SDM volume 3, 4.5.
 *
 *   bit  0 present   1 writable   3 write-combining   4 cache disabled   7 large page (level > 0)
 *       63 no execute; 12-51 address. Bits 9-11 are ours: 9 promised.
 */
#include <arch/mmu.h>
#include <base/ensure.h>
#include <kernel/log.h>

constexpr mmu_entry_t PRESENT = 1;
constexpr mmu_entry_t WRITABLE = 1 << 1;
constexpr mmu_entry_t COMBINING = 1 << 3; /* what cpu.c has the attribute table say */
constexpr mmu_entry_t UNCACHED = 1 << 3 | 1 << 4;
constexpr mmu_entry_t LARGE = 1 << 7;
constexpr mmu_entry_t PROMISED = 1 << 9;
constexpr mmu_entry_t NO_EXECUTE = UINT64_C(1) << 63;
constexpr mmu_entry_t ADDRESS = 0x000F'FFFF'FFFF'F000;

/* Five levels are not used. */
void mmu_choose(struct text wish) {
    if (wish.size > 0) {
        log_write(LOG_WARNING, "mem", "no paging %.*s", (int)wish.size, wish.bytes);
    }
}

unsigned mmu_levels(void) {
    return 4;
}

unsigned mmu_levels_now(void) {
    return 4;
}

mmu_entry_t mmu_entry_page(physical_t frame, unsigned level, uint32_t rights) {
    ensure((frame & ~ADDRESS) == 0 && level <= 1);
    ensure(!(rights & MMU_WRITE) || !(rights & MMU_EXECUTE));
    mmu_entry_t entry = frame | PRESENT;
    entry |= level > 0 ? LARGE : 0;
    entry |= rights & MMU_WRITE ? WRITABLE : 0;
    entry |= rights & MMU_EXECUTE ? 0 : NO_EXECUTE;
    entry |= rights & MMU_DEVICE ? UNCACHED : rights & MMU_COMBINE ? COMBINING : 0;
    return entry;
}

mmu_entry_t mmu_entry_table(physical_t table) {
    return table | PRESENT | WRITABLE;
}

mmu_entry_t mmu_entry_promised(void) {
    return PROMISED;
}

enum mmu_kind mmu_entry_kind(mmu_entry_t entry, unsigned level) {
    if (entry & PRESENT) {
        return level > 0 && !(entry & LARGE) ? MMU_TABLE : MMU_PAGE;
    }
    return entry & PROMISED ? MMU_PROMISED : MMU_EMPTY;
}

/* Bit 12 of a large page is an attribute (PAT); nobody here sets it, a loader may. */
physical_t mmu_entry_address(mmu_entry_t entry) {
    return entry & ADDRESS;
}

static uint32_t memory_type(mmu_entry_t entry) {
    mmu_entry_t type = entry & UNCACHED;
    return type == COMBINING ? MMU_COMBINE : type != 0 ? MMU_DEVICE : 0u;
}

uint32_t mmu_entry_rights(mmu_entry_t entry) {
    return (entry & WRITABLE ? MMU_WRITE : 0u) | (entry & NO_EXECUTE ? 0u : MMU_EXECUTE) |
           memory_type(entry);
}

void mmu_root_set(physical_t root) {
    __asm__ volatile("mov %0, %%cr3" : : "r"(root) : "memory");
}

physical_t mmu_root_get(void) {
    uint64_t root;
    __asm__ volatile("mov %%cr3, %0" : "=r"(root));
    return root & ADDRESS;
}

/* That nothing is there is not remembered, and stores are seen in order. */
void mmu_publish(uintptr_t address, size_t size) {
}

bool mmu_splits_in_use(void) {
    return true;
}

void mmu_flush_page(uintptr_t address) {
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

void mmu_flush_all(void) {
    mmu_root_set(mmu_root_get()); /* no page is global */
}

/* What a core remembers only that core can drop. */
bool mmu_flush_cores(const struct mmu_part *parts, size_t count) {
    return false;
}
