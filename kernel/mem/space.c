/* SPDX-License-Identifier: MIT */
/*
 * Spaces. The page tables are the only record of what is committed: a promised page is an entry
 * with a mark, so that a fault is resolved by one walk and a release needs no lists. Lock order:
 * space, then frames.
 */
#include "space.h"
#include <base/checked.h>
#include <base/ensure.h>
#include <base/string.h>

constexpr size_t FLUSH_SINGLY_MAX = 32 * PAGE_SIZE;

static status_t frame_for_table(void *data, physical_t *out) {
    return frames_allocate(data, 0, FRAME_OWNER_TABLE, out);
}

static void frame_release(void *data, physical_t frame) {
    frames_release(data, frame, 0);
}

void space_init(struct space *space, physical_t root, struct frames *frames, uintptr_t start,
                uintptr_t end, void *(*allocate)(size_t size)) {
    space->table = (struct page_table){root, {frame_for_table, frame_release, frames}};
    space->frames = frames;
    ranges_init(&space->ranges, start, end, allocate);
}

/* On every core that runs: so far the one that boots. */
static void flush(uintptr_t base, size_t size) {
    if (size > FLUSH_SINGLY_MAX) {
        mmu_flush_all();
        return;
    }
    for (size_t done = 0; done < size; done += PAGE_SIZE) {
        mmu_flush_page(base + done);
    }
}

status_t space_reserve(struct space *space, size_t size, uintptr_t *out) {
    return ranges_take(&space->ranges, size, out);
}

/* Pages, promises and tables of a range are gone after this. */
static void clear(struct space *space, uintptr_t base, size_t size) {
    size_t dropped = page_table_retire(&space->table, base, size);
    frames_unpromise(space->frames, dropped);
    flush(base, size);
    page_table_reap(&space->table, base, size, frame_release, space->frames);
}

void space_release(struct space *space, uintptr_t base, size_t size) {
    clear(space, base, align_up(size, PAGE_SIZE));
    ranges_give(&space->ranges, base, size);
}

/* Promising first what all pages need may refuse a commit that repeats an earlier one while memory
 * is short; it never lets one through that could fail later. */
status_t space_commit(struct space *space, uintptr_t base, size_t size) {
    size_t pages = size / PAGE_SIZE;
    status_t status = frames_promise(space->frames, pages);
    if (status != OK) {
        return status;
    }
    size_t made;
    status = page_table_promise(&space->table, base, size, &made);
    frames_unpromise(space->frames, pages - made);
    return status;
}

bool space_resolve(struct space *space, uintptr_t address) {
    unsigned level;
    mmu_entry_t *entry = page_table_find(&space->table, address, &level);
    if (level != 0 || mmu_entry_kind(*entry, 0) != MMU_PROMISED) {
        return false;
    }
    physical_t frame = frames_take_promised(space->frames, FRAME_OWNER_PROGRAM);
    memset(memory_at(frame), 0, PAGE_SIZE);
    *entry = mmu_entry_page(frame, 0, MMU_WRITE);
    return true;
}

status_t space_populate(struct space *space, uintptr_t base, size_t size) {
    for (size_t done = 0; done < size; done += PAGE_SIZE) {
        physical_t frame;
        status_t status = frames_allocate(space->frames, 0, FRAME_OWNER_HEAP, &frame);
        if (status == OK) {
            status = page_table_map(&space->table, base + done, frame, PAGE_SIZE, MMU_WRITE);
            if (status != OK) {
                frames_release(space->frames, frame, 0);
            }
        }
        if (status != OK) {
            if (done > 0) {
                clear(space, base, done);
            }
            return status;
        }
    }
    return OK;
}

status_t space_map(struct space *space, uintptr_t base, physical_t physical, size_t size,
                   uint32_t rights) {
    return page_table_map(&space->table, base, physical, size, rights);
}

status_t space_unmap(struct space *space, uintptr_t base, size_t size) {
    status_t status = page_table_unmap(&space->table, base, size);
    flush(base, size);
    return status;
}

bool space_find(const struct space *space, uintptr_t address, physical_t *out, uint32_t *rights) {
    unsigned level;
    mmu_entry_t entry = *page_table_find(&space->table, address, &level);
    if (mmu_entry_kind(entry, level) != MMU_PAGE) {
        return false;
    }
    uint64_t span = (uint64_t)PAGE_SIZE << (9 * level);
    *out = align_down(mmu_entry_address(entry), span) + (address & (span - 1));
    *rights = mmu_entry_rights(entry);
    return true;
}
