/* SPDX-License-Identifier: MIT */
/*
 * struct space: page tables and the ranges of addresses that they map. The kernel's is the one in
 * which all programs live: its addresses are the upper half. Others have a lower half of their own
 * and share the upper half with it. Several cores may work on one space at once.
 *
 * Pages of a range are of one of three kinds: demand-zero (committed), populated at once, or
 * mapped onto given physical memory. Releasing a range takes the first two back; what was mapped
 * must be unmapped before.
 *
 * A frame or an address is used again only after every core has dropped its translation. What is
 * released waits for that in a batch: asking all cores is done once for many small ranges, or for
 * one large one. So releasing and unmapping may call all cores (cores_call()); that is done with no
 * lock held, and never by an interrupt or exception handler.
 */
#pragma once
#include <abi/status.h>
#include <arch/mmu.h>
#include <kernel/frame.h>

struct space;
struct heap;

/* A space that shares the upper half of `upper`. The heap holds what describes it.
 * ERR_NO_MEMORY. */
status_t space_create(struct space *upper, struct heap *heap, struct space **out);
/* Takes all back that is not mapped onto given memory, of which there must be none. No core is in
 * the space. */
void space_destroy(struct space *space);
/* This core walks the tables of this space from now on; code, stack and data are in the upper
 * half. */
void space_enter(struct space *space);
/* Where this core is; NULL until it entered one. */
struct space *space_current(void);

/* Whole pages everywhere. A range holds at least `size` bytes; it is released with the same. */
status_t space_reserve(struct space *space, size_t size, uintptr_t *out);
void space_release(struct space *space, uintptr_t base, size_t size);
/* What was released and waits is free when this returns; false when there was nothing. Reserving,
 * committing and populating do so by themselves before they give up. */
bool space_settle(struct space *space);

/* Demand-zero: a frame for each page is promised now and put there at the first touch. Pages that
 * are committed already stay as they are. ERR_NO_MEMORY: nothing was promised. */
status_t space_commit(struct space *space, uintptr_t base, size_t size);
/* A fault at an address where nothing was present: true when there is a page now, because a promise
 * was made good, by this call or by another core meanwhile. Takes constant time. */
bool space_resolve(struct space *space, uintptr_t address);

/* Frames for all pages now, contents undefined. ERR_NO_MEMORY: none. */
status_t space_populate(struct space *space, uintptr_t base, size_t size, enum frame_owner owner);

/* Mappings onto given memory. Once space_unmap() has returned no core reaches it. It fails only for
 * want of a frame to split a large page with, and has done nothing then. */
status_t space_map(struct space *space, uintptr_t base, physical_t physical, size_t size,
                   uint32_t rights);
status_t space_unmap(struct space *space, uintptr_t base, size_t size);

/* Given memory in place of committed pages, whose contents are gone; the frames that they were
 * promised stay promised, so that putting them back cannot fail: then they are zero. Nobody touches
 * the pages while they are replaced; while they are put back they may be touched, and are the one
 * or the other. When a function returns, no core reaches what was there before. ERR_NO_MEMORY:
 * nothing was done. */
status_t space_replace(struct space *space, uintptr_t base, physical_t physical, size_t size,
                       uint32_t rights);
void space_restore(struct space *space, uintptr_t base, size_t size);

/* What is mapped at an address; false when nothing is. */
bool space_find(struct space *space, uintptr_t address, physical_t *out, uint32_t *rights);
