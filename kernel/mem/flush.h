/* SPDX-License-Identifier: MIT */
/*
 * What has been unmapped and every core must forget before it is used again. The forgetting is one
 * broadcast where the CPU has such a thing, else one call of all cores, whatever it is that they
 * forget.
 */
#pragma once
#include <arch/mmu.h>
#include <kernel/frame.h>

constexpr size_t FLUSH_PARTS_MAX = 16;

struct flush {
    physical_t root; /* only cores that walk from there need do anything; 0: all */
    bool whole;      /* everything, not only the parts */
    size_t count, pages;
    struct mmu_part parts[FLUSH_PARTS_MAX]; /* as they were given */
};

/* There is room for a part. Many pages make it a flush of everything. */
void flush_add(struct flush *flush, uintptr_t base, size_t size);
/* Returns when no core knows any of it. No lock is held. */
void flush_everywhere(const struct flush *flush);
