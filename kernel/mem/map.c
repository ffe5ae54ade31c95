/* SPDX-License-Identifier: MIT */
/*
 * The memory map, sanitised. The first megabyte is left alone: firmware, real-mode tables and the
 * code that will start other cores live there.
 */
#include "map.h"
#include <base/checked.h>
#include <base/string.h>

constexpr physical_t LOW_END = 1024 * 1024;

/* False when the entry's span is empty, wraps or is not within [LOW_END, limit) at all. Free spans
 * shrink to whole pages, others grow. */
static bool entry_span(const struct bootinfo_map *entry, bool grow, physical_t limit,
                       struct span *out) {
    uint64_t size = entry->size_and_type & ~UINT64_C(15);
    uint64_t end;
    if (!checked_add(entry->address, size, &end)) {
        end = UINT64_MAX;
    }
    uint64_t start = entry->address;
    end = end < limit ? end : limit;
    start = start > limit ? limit : start;
    out->start = grow ? align_down(start, PAGE_SIZE) : align_up(start, PAGE_SIZE);
    out->end = grow ? align_up(end, PAGE_SIZE) : align_down(end, PAGE_SIZE);
    out->start = out->start < LOW_END ? LOW_END : out->start;
    return out->start < out->end;
}

static void span_insert(struct map *map, struct span span) {
    size_t at = 0;
    while (at < map->count && map->spans[at].end < span.start) {
        at++;
    }
    size_t last = at;
    while (last < map->count && map->spans[last].start <= span.end) {
        span.start = map->spans[last].start < span.start ? map->spans[last].start : span.start;
        span.end = map->spans[last].end > span.end ? map->spans[last].end : span.end;
        last++;
    }
    if (last == at && map->count == MAP_SPANS_MAX) {
        return;
    }
    memmove(&map->spans[at + 1], &map->spans[last], (map->count - last) * sizeof(struct span));
    map->count = map->count - (last - at) + 1;
    map->spans[at] = span;
}

static enum bootinfo_memory type_of(const struct bootinfo_map *entry) {
    return (enum bootinfo_memory)(entry->size_and_type & 15);
}

void map_init(struct map *map, const struct bootinfo_map *entries, size_t count, physical_t limit) {
    limit = align_down(limit, PAGE_SIZE);
    map->count = 0;
    struct span span;
    for (size_t i = 0; i < count; i++) {
        if (type_of(&entries[i]) == BOOTINFO_FREE && entry_span(&entries[i], false, limit, &span)) {
            span_insert(map, span);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (type_of(&entries[i]) != BOOTINFO_FREE && entry_span(&entries[i], true, limit, &span)) {
            map_remove(map, span.start, span.end);
        }
    }
}

static void span_delete(struct map *map, size_t index) {
    map->count--;
    memmove(&map->spans[index], &map->spans[index + 1], (map->count - index) * sizeof(struct span));
}

/* The span at `index` loses its middle. */
static void span_divide(struct map *map, size_t index, physical_t start, physical_t end) {
    struct span *span = &map->spans[index];
    struct span rest = {end, span->end};
    if (map->count == MAP_SPANS_MAX) {
        bool first_is_smaller = start - span->start < rest.end - rest.start;
        *span = first_is_smaller ? rest : (struct span){span->start, start};
        return;
    }
    memmove(&map->spans[index + 1], span, (map->count - index) * sizeof(struct span));
    map->count++;
    map->spans[index].end = start;
    map->spans[index + 1] = rest;
}

void map_remove(struct map *map, physical_t start, physical_t end) {
    start = align_down(start, PAGE_SIZE);
    end = end > UINT64_MAX - PAGE_SIZE ? align_down(end, PAGE_SIZE) : align_up(end, PAGE_SIZE);
    for (size_t i = 0; i < map->count && start < end;) {
        struct span *span = &map->spans[i];
        if (span->end <= start || span->start >= end) {
            i++;
        } else if (span->start >= start && span->end <= end) {
            span_delete(map, i);
        } else if (span->start < start && span->end > end) {
            span_divide(map, i, start, end);
            return;
        } else if (span->start < start) {
            span->end = start;
            i++;
        } else {
            span->start = end;
            i++;
        }
    }
}

physical_t map_cut(struct map *map, size_t size, physical_t below) {
    struct span best = {0};
    for (size_t i = 0; i < map->count; i++) {
        struct span span = map->spans[i];
        span.end = span.end < below ? span.end : below;
        if (span.start < span.end && span.end - span.start > best.end - best.start) {
            best = span;
        }
    }
    if (best.end - best.start < size) {
        return 0;
    }
    map_remove(map, best.end - size, best.end);
    return best.end - size;
}
