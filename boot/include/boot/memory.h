/* SPDX-License-Identifier: MIT */
/*
 * The map of physical memory: sorted, disjoint ranges of bytes, each of one kind. What no range
 * covers is not memory.
 */
#pragma once
#include <abi/bootinfo.h>
#include <boot/complaint.h>

struct memory_range {
    uint64_t start, end;
    enum bootinfo_memory kind;
};

constexpr size_t MEMORY_RANGES_MAX = 512;
constexpr uint64_t MEMORY_PAGE = 4096;

struct memory_map {
    size_t count;
    struct memory_range ranges[MEMORY_RANGES_MAX];
};

/* Makes [start, end) one range of this kind, whatever it was before; false when the map is full. */
[[nodiscard]] bool memory_paint(struct memory_map *map, uint64_t start, uint64_t end,
                                enum bootinfo_memory kind);

/* Takes the highest free pages below `limit`, which become used; false when there are none. */
[[nodiscard]] bool memory_take(struct memory_map *map, uint64_t size, uint64_t limit,
                               uint64_t *address);

uint64_t memory_free_size(const struct memory_map *map);

/* Writes the map as the protocol has it: free memory in whole pages. At most `capacity` entries:
 * used ranges are left out first, as an address in no entry is not free either. */
size_t memory_export(const struct memory_map *map, struct bootinfo_map *out, size_t capacity);
