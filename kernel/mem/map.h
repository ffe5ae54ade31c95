/* SPDX-License-Identifier: MIT */
/*
 * What RAM is really free: a list of spans made from a loader's memory map, which is not believed
 * beyond what it must be. Whole pages, in ascending order, apart from one another.
 */
#pragma once
#include <abi/bootinfo.h>
#include <arch/mmu.h>

constexpr size_t MAP_SPANS_MAX = 512;

struct span {
    physical_t start, end;
};

struct map {
    struct span spans[MAP_SPANS_MAX];
    size_t count;
};

/* What the loader calls free and nothing else claims, from the second megabyte up to `limit`.
 * Entries may come in any order, overlap or make no sense. */
void map_init(struct map *map, const struct bootinfo_map *entries, size_t count, physical_t limit);
/* Takes [start, end) out. When there is no room for one more span the smaller rest is given up. */
void map_remove(struct map *map, physical_t start, physical_t end);
/* Cuts `size` bytes (whole pages) off the end of the largest span that lies below `below`; 0 when
 * none is large enough. */
physical_t map_cut(struct map *map, size_t size, physical_t below);
