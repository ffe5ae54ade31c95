/* SPDX-License-Identifier: MIT */
/*
 * struct space: page tables and the ranges of addresses that they map. There is one so far, the
 * kernel's, in which all programs live.
 *
 * Pages of a range are of one of three kinds: demand-zero (committed), populated at once, or
 * mapped onto given physical memory. Releasing a range takes the first two back; what was mapped
 * must be unmapped before. A frame or an address is used again only after every core that runs has
 * dropped its translation.
 */
#pragma once
#include <abi/status.h>
#include <arch/mmu.h>
#include <kernel/frame.h>

struct space;

/* Whole pages everywhere. A range holds at least `size` bytes; it is released with the same. */
status_t space_reserve(struct space *space, size_t size, uintptr_t *out);
void space_release(struct space *space, uintptr_t base, size_t size);

/* Demand-zero: a frame for each page is promised now and put there at the first touch. Pages that
 * are committed already stay as they are. ERR_NO_MEMORY: nothing was promised. */
status_t space_commit(struct space *space, uintptr_t base, size_t size);
/* A fault at an address that should not have: true when a promise was made good. */
bool space_resolve(struct space *space, uintptr_t address);

/* Frames for all pages now, contents undefined. ERR_NO_MEMORY: none. */
status_t space_populate(struct space *space, uintptr_t base, size_t size);

/* Mappings onto given memory. */
status_t space_map(struct space *space, uintptr_t base, physical_t physical, size_t size,
                   uint32_t rights);
status_t space_unmap(struct space *space, uintptr_t base, size_t size);

/* What is mapped at an address; false when nothing is. */
bool space_find(const struct space *space, uintptr_t address, physical_t *out, uint32_t *rights);
