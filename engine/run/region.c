/* SPDX-License-Identifier: MIT */
/*
 * Regions: the address space of instances and stacks. What is given back is kept for the next who
 * wants as much, with the pages that it has, because a reservation of 8 GiB costs more than all
 * else that a small instance needs.
 *
 *   base             base + from            base + to                base + size
 *   | faults         | readable, writable   | faults                 |
 *
 * A region that is taken has just the pages that were asked for, and all are zero: what was written
 * by who had it before is wiped before it is handed out again. regions->lock guards the list of the
 * kept; nothing waits meanwhile.
 */
#include <engine/private.h>

constexpr size_t KEPT_BYTES_MAX = 12 << 20; /* committed, of all that are kept */
constexpr size_t WIPED_MAX = 512 << 10;     /* larger ones are cleared by the port */

/* ---- the kept, with the lock held: oldest first ---- */

static void kept_remove(struct regions *regions, uint32_t index, struct region *out) {
    *out = regions->kept[index];
    regions->bytes -= out->to - out->from;
    regions->count--;
    memmove(&regions->kept[index], &regions->kept[index + 1],
            (regions->count - index) * sizeof *regions->kept);
}

/* One with no page too many. */
static bool kept_find(struct regions *regions, size_t size, size_t from, size_t to,
                      struct region *out) {
    for (uint32_t i = regions->count; i-- > 0;) {
        const struct region *region = &regions->kept[i];
        if (region->size == size && region->from >= from && region->to <= to) {
            kept_remove(regions, i, out);
            return true;
        }
    }
    return false;
}

/* Makes room for a region; false: *out has to go first. */
static bool kept_add(struct regions *regions, const struct region *region, struct region *out) {
    size_t bytes = region->to - region->from;
    if (regions->count == REGIONS_KEPT || regions->bytes + bytes > KEPT_BYTES_MAX) {
        kept_remove(regions, 0, out);
        return false;
    }
    regions->kept[regions->count++] = *region;
    regions->bytes += bytes;
    return true;
}

/* ---- regions ---- */

static void release(const struct region *region) {
    port_region_release(region->base, region->size);
}

/* Wiping keeps the pages, which pays from the second time on: until then nobody knows how many were
 * used. */
static void wipe(const struct region *region) {
    size_t size = region->to - region->from;
    if (region->uses > 1 && size <= WIPED_MAX) {
        memset(region->base + region->from, 0, size);
    } else {
        port_region_clear(region->base + region->from, size);
    }
}

static status_t commit(const struct region *region, size_t from, size_t to) {
    return from < to ? port_region_commit(region->base + from, to - from) : OK;
}

/* As it is, or made for it; and the pages that it lacks. */
static status_t take(struct engine *engine, size_t size, size_t from, size_t to,
                     struct region *out) {
    spin_take(&engine->regions.lock);
    bool found = kept_find(&engine->regions, size, from, to, out);
    spin_give(&engine->regions.lock);
    if (found) {
        wipe(out);
    } else {
        *out = (struct region){port_region_reserve(size), size, from, from, 0};
    }
    if (out->base == nullptr) {
        return ERR_NO_MEMORY;
    }
    status_t status = commit(out, from, out->from);
    status = status != OK ? status : commit(out, out->to, to);
    if (status != OK) {
        release(out);
        return status;
    }
    out->from = from;
    out->to = to;
    out->uses++;
    return OK;
}

status_t region_take(struct engine *engine, size_t size, size_t from, size_t to,
                     struct region *out) {
    status_t status = take(engine, size, from, to, out);
    if (status != OK && regions_release(engine)) {
        status = take(engine, size, from, to, out);
    }
    return status;
}

void region_give(struct engine *engine, const struct region *region, bool as_taken) {
    if (!as_taken || region->to - region->from > KEPT_BYTES_MAX) {
        release(region);
        return;
    }
    bool kept;
    do {
        struct region oldest;
        spin_take(&engine->regions.lock);
        kept = kept_add(&engine->regions, region, &oldest);
        spin_give(&engine->regions.lock);
        if (!kept) {
            release(&oldest);
        }
    } while (!kept);
}

bool regions_release(struct engine *engine) {
    bool any = false;
    for (;;) {
        struct region region;
        spin_take(&engine->regions.lock);
        bool found = engine->regions.count > 0;
        if (found) {
            kept_remove(&engine->regions, 0, &region);
        }
        spin_give(&engine->regions.lock);
        if (!found) {
            return any;
        }
        release(&region);
        any = true;
    }
}
