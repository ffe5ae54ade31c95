/* SPDX-License-Identifier: MIT */
/*
 * Page table entries of no CPU in particular: kind in bits 0 to 2, large page in bit 3, rights from
 * bit 4, address from bit 12. With these the portable walks run in unit tests.
 */
#include <arch/mmu.h>
#include <base/ensure.h>

constexpr mmu_entry_t KIND = 7, LARGE = 8, ADDRESS = ~UINT64_C(0xFFF);
constexpr unsigned RIGHTS_SHIFT = 4;

static physical_t root;

void mmu_choose(struct text wish) {
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
    return frame | rights << RIGHTS_SHIFT | (level > 0 ? LARGE : 0) | MMU_PAGE;
}

mmu_entry_t mmu_entry_table(physical_t table) {
    return table | MMU_TABLE;
}

mmu_entry_t mmu_entry_promised(void) {
    return MMU_PROMISED;
}

enum mmu_kind mmu_entry_kind(mmu_entry_t entry, unsigned level) {
    return (enum mmu_kind)(entry & KIND);
}

physical_t mmu_entry_address(mmu_entry_t entry) {
    return entry & ADDRESS;
}

uint32_t mmu_entry_rights(mmu_entry_t entry) {
    return entry >> RIGHTS_SHIFT & (MMU_WRITE | MMU_EXECUTE | MMU_DEVICE | MMU_COMBINE);
}

void mmu_root_set(physical_t chosen) {
    root = chosen;
}

physical_t mmu_root_get(void) {
    return root;
}

void mmu_publish(uintptr_t address, size_t size) {
}

bool mmu_splits_in_use(void) {
    return true;
}

void mmu_flush_page(uintptr_t address) {
}

void mmu_flush_all(void) {
}

bool mmu_flush_cores(const struct mmu_part *parts, size_t count) {
    return false;
}
