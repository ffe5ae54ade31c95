/* SPDX-License-Identifier: MIT */
/* What the page tables that this core walks say now, read without a lock. */
#pragma once
#include <arch/mmu.h>

/* Is something mapped at this address, and how? For exceptions: with interrupts masked. Only when
 * the kernel's own tables are walked; false before. */
bool mmu_look(uintptr_t address, uint32_t *rights);
/* How many levels the tables have that the kernel was entered with; after mmu_choose(). */
unsigned mmu_levels_loader(void);
/* What satp holds for tables like those of now, from this root. */
uint64_t mmu_satp(physical_t root);
