/* SPDX-License-Identifier: MIT */
/* What the loader maps at physical addresses, which our first own tables keep for a while. */
#pragma once
#include <arch/mmu.h>

/* The root's first entry, as long as the loader's mappings are kept. */
uint64_t early_low_entry(void);
/* The loader's highest tables for either half, which our root does not lead to. */
extern physical_t early_loader_tables[2];
/* They are not needed any more. */
void early_low_release(void);
