/* SPDX-License-Identifier: MIT */
/* The memory map, as a sorted array. It has tens of ranges; each change moves those behind it. */
#include <base/checked.h>
#include <base/string.h>
#include <boot/memory.h>

static void insert(struct memory_map *map, size_t at, struct memory_range range) {
    memmove(&map->ranges[at + 1], &map->ranges[at], (map->count - at) * sizeof range);
    map->ranges[at] = range;
    map->count++;
}

static void remove(struct memory_map *map, size_t at) {
    map->count--;
    memmove(&map->ranges[at], &map->ranges[at + 1], (map->count - at) * sizeof map->ranges[0]);
}

/* Joins range `at` with the one before it when they touch and are alike. */
static bool join(struct memory_map *map, size_t at) {
    if (at == 0 || at >= map->count || map->ranges[at - 1].end != map->ranges[at].start ||
        map->ranges[at - 1].kind != map->ranges[at].kind) {
        return false;
    }
    map->ranges[at - 1].end = map->ranges[at].end;
    remove(map, at);
    return true;
}

/* Clears [start, end) and returns the index where it would stand. */
static size_t cut(struct memory_map *map, uint64_t start, uint64_t end) {
    size_t at = 0;
    while (at < map->count && map->ranges[at].end <= start) {
        at++;
    }
    if (at < map->count && map->ranges[at].start < start) {
        struct memory_range rest = {end, map->ranges[at].end, map->ranges[at].kind};
        map->ranges[at].end = start;
        at++;
        if (rest.start < rest.end) {
            insert(map, at, rest);
        }
    }
    while (at < map->count && map->ranges[at].end <= end) {
        remove(map, at);
    }
    if (at < map->count && map->ranges[at].start < end) {
        map->ranges[at].start = end;
    }
    return at;
}

bool memory_paint(struct memory_map *map, uint64_t start, uint64_t end, enum bootinfo_memory kind) {
    if (start >= end) {
        return true;
    }
    if (map->count + 2 > MEMORY_RANGES_MAX) {
        return false;
    }
    size_t at = cut(map, start, end);
    insert(map, at, (struct memory_range){start, end, kind});
    join(map, at + 1);
    join(map, at);
    return true;
}

bool memory_take(struct memory_map *map, uint64_t size, uint64_t limit, uint64_t *address) {
    if (!checked_add(size, MEMORY_PAGE - 1, &size)) {
        return false;
    }
    size = align_down(size, MEMORY_PAGE);
    for (size_t i = map->count; i > 0; i--) {
        const struct memory_range *range = &map->ranges[i - 1];
        uint64_t end = align_down(range->end < limit ? range->end : limit, MEMORY_PAGE);
        uint64_t start = align_up(range->start, MEMORY_PAGE);
        if (range->kind == BOOTINFO_FREE && end >= start && end - start >= size) {
            *address = end - size;
            return memory_paint(map, end - size, end, BOOTINFO_USED);
        }
    }
    return false;
}

uint64_t memory_free_size(const struct memory_map *map) {
    uint64_t size = 0;
    for (size_t i = 0; i < map->count; i++) {
        if (map->ranges[i].kind == BOOTINFO_FREE) {
            size += map->ranges[i].end - map->ranges[i].start;
        }
    }
    return size;
}

/* A range as it is told: in whole pages when free, in 16 bytes else (the kind needs 4 bits). */
static struct memory_range rounded(struct memory_range range) {
    if (range.kind == BOOTINFO_FREE) {
        range.start = align_up(range.start, MEMORY_PAGE);
        range.end = align_down(range.end, MEMORY_PAGE);
    } else {
        range.start = align_down(range.start, 16);
        range.end = align_up(range.end, 16);
    }
    return range;
}

static size_t export(const struct memory_map *map, struct bootinfo_map *out, size_t capacity,
                     bool with_used) {
    size_t count = 0;
    for (size_t i = 0; i < map->count; i++) {
        struct memory_range range = rounded(map->ranges[i]);
        bool wanted = range.start < range.end && (with_used || range.kind != BOOTINFO_USED);
        if (wanted && count++ < capacity) {
            out[count - 1] =
                (struct bootinfo_map){range.start, (range.end - range.start) | range.kind};
        }
    }
    return count;
}

size_t memory_export(const struct memory_map *map, struct bootinfo_map *out, size_t capacity) {
    size_t count = export(map, out, capacity, true);
    if (count > capacity) {
        count = export(map, out, capacity, false);
    }
    return count < capacity ? count : capacity;
}
