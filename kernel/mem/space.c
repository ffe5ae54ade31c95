/* SPDX-License-Identifier: MIT */
/*
 * Spaces. The page tables are the only record of what is committed: a promised page is an entry
 * with a mark, so that a fault is resolved by one walk and a release needs no lists.
 *
 * What is released goes two steps: its entries are emptied and its frames and tables put on a list,
 * under the lock; when that has become long, all cores flush (flush.h), without it; then frames
 * and ranges are free. Tables are walked by cores and changed by us at once: so they, too, go this
 * way. Lock order: space, then heap (books of ranges), then frames.
 */
#include "space.h"
#include <base/checked.h>
#include <base/ensure.h>
#include <base/string.h>

constexpr size_t WAITING_FRAMES_MAX = 64;   /* 256 KiB may be kept from use */
constexpr size_t SLICE = (size_t)256 << 20; /* so long is nobody kept waiting for the lock */

static status_t frame_for_table(void *data, physical_t *out) {
    return frames_allocate(data, 0, FRAME_OWNER_TABLE, out);
}

static void table_release(void *data, physical_t frame) {
    frames_release(data, frame, 0);
}

void space_init(struct space *space, physical_t root, struct frames *frames, uintptr_t start,
                uintptr_t end, const struct range_books *books) {
    *space = (struct space){.lock = LOCK_INIT(LOCK_SPACE),
                            .table = {root, mmu_levels(), {frame_for_table, table_release, frames}},
                            .frames = frames,
                            .sharers_lock = LOCK_INIT(LOCK_SPACES)};
    list_init(&space->sharers);
    ranges_init(&space->ranges, start, end, books);
}

/* ---- ranges ---- */

static status_t reserve(struct space *space, size_t size, uintptr_t *out) {
    lock_acquire(&space->lock);
    status_t status = ranges_take(&space->ranges, size, out);
    if (status == OK && space->upper == nullptr) {
        status = space_prepare(space, *out, size);
        if (status != OK) {
            ranges_give(&space->ranges, *out, size);
        }
    }
    lock_release(&space->lock);
    return status;
}

status_t space_reserve(struct space *space, size_t size, uintptr_t *out) {
    status_t status = reserve(space, size, out);
    return status != OK && space_settle(space) ? reserve(space, size, out) : status;
}

struct release {
    struct space *space;
    size_t detached, dropped;
};

static void detach(void *data, physical_t frame) {
    struct release *release = data;
    struct space *space = release->space;
    frame_list_push(space->frames, &space->waiting_frames, frame);
    release->detached++;
}

/* The lock is held. */
static void clear(struct release *release, uintptr_t base, size_t size) {
    release->dropped += page_table_clear(&release->space->table, base, size, detach, release);
}

/* All of a range but its last slice; their part of the flush is a flush of everything. */
static size_t clear_slices(struct release *release, uintptr_t base, size_t size) {
    size_t done = 0;
    for (; size - done > SLICE; done += SLICE) {
        lock_acquire(&release->space->lock);
        clear(release, base + done, SLICE);
        release->space->waiting.whole = true;
        lock_release(&release->space->lock);
    }
    return done;
}

/* With the lock, and with room for one more part. */
static void acquire_with_room(struct space *space) {
    lock_acquire(&space->lock);
    while (space->waiting.count == FLUSH_PARTS_MAX) {
        lock_release(&space->lock);
        space_settle(space);
        lock_acquire(&space->lock);
    }
}

static bool is_full(const struct space *space) {
    return space->waiting.count == FLUSH_PARTS_MAX ||
           space->waiting_frames.count > WAITING_FRAMES_MAX;
}

void space_release(struct space *space, uintptr_t base, size_t size) {
    struct release release = {.space = space};
    size_t whole = align_up(size, PAGE_SIZE);
    size_t done = clear_slices(&release, base, whole);
    acquire_with_room(space);
    clear(&release, base + done, whole - done);
    if (release.detached > 0) {
        flush_add(&space->waiting, base, size);
    } else {
        ranges_give(&space->ranges, base, size); /* no core can know anything of it */
    }
    bool full = is_full(space);
    lock_release(&space->lock);
    frames_unpromise(space->frames, release.dropped);
    if (full) {
        space_settle(space);
    }
}

bool space_settle(struct space *space) {
    lock_acquire(&space->lock);
    struct flush flush = space->waiting;
    struct frame_list frames = space->waiting_frames;
    space->waiting = (struct flush){.root = flush.root};
    space->waiting_frames = (struct frame_list){0};
    lock_release(&space->lock);
    if (flush.count == 0 && frames.count == 0) {
        return false;
    }
    flush_everywhere(&flush);
    frame_list_release(space->frames, &frames);
    lock_acquire(&space->lock);
    for (size_t i = 0; i < flush.count; i++) {
        ranges_give(&space->ranges, flush.parts[i].base, flush.parts[i].size);
    }
    lock_release(&space->lock);
    return true;
}

/* ---- demand-zero pages ---- */

/* Promising first what all pages need may refuse a commit that repeats an earlier one while memory
 * is short; it never lets one through that could fail later. */
static status_t commit(struct space *space, uintptr_t base, size_t size) {
    size_t pages = size / PAGE_SIZE;
    status_t status = frames_promise(space->frames, pages);
    if (status != OK) {
        return status;
    }
    size_t made;
    lock_acquire(&space->lock);
    status = page_table_promise(&space->table, base, size, &made);
    lock_release(&space->lock);
    frames_unpromise(space->frames, pages - made);
    return status;
}

status_t space_commit(struct space *space, uintptr_t base, size_t size) {
    status_t status = commit(space, base, size);
    return status != OK && space_settle(space) ? commit(space, base, size) : status;
}

/* The lock is held while the frame is zeroed, so that a frame is taken for each promise once. */
static bool resolve(struct space *space, uintptr_t address) {
    unsigned level;
    enum mmu_kind kind = mmu_entry_kind(*page_table_find(&space->table, address, &level), level);
    if (kind != MMU_PROMISED) {
        return kind == MMU_PAGE;
    }
    physical_t frame = frames_take_promised(space->frames, FRAME_OWNER_PROGRAM);
    memset(memory_at(frame), 0, PAGE_SIZE);
    return page_table_resolve(&space->table, address, frame);
}

bool space_resolve(struct space *space, uintptr_t address) {
    lock_acquire(&space->lock);
    bool resolved = resolve(space, address);
    lock_release(&space->lock);
    return resolved;
}

/* ---- pages with frames ---- */

static status_t page_populate(struct space *space, uintptr_t address, enum frame_owner owner) {
    physical_t frame;
    status_t status = frames_allocate(space->frames, 0, owner, &frame);
    if (status == OK) {
        lock_acquire(&space->lock);
        status = page_table_map(&space->table, address, frame, PAGE_SIZE, MMU_WRITE);
        lock_release(&space->lock);
        if (status != OK) {
            frames_release(space->frames, frame, 0);
        }
    }
    return status;
}

static status_t populate(struct space *space, uintptr_t base, size_t size, enum frame_owner owner) {
    for (size_t done = 0; done < size; done += PAGE_SIZE) {
        status_t status = page_populate(space, base + done, owner);
        if (status != OK) {
            struct release release = {.space = space};
            lock_acquire(&space->lock);
            clear(&release, base, done + PAGE_SIZE);
            space->waiting.whole = true;
            lock_release(&space->lock);
            space_settle(space);
            return status;
        }
    }
    return OK;
}

status_t space_populate(struct space *space, uintptr_t base, size_t size, enum frame_owner owner) {
    status_t status = populate(space, base, size, owner);
    return status != OK ? populate(space, base, size, owner) : OK; /* what waited is free now */
}

/* ---- given memory ---- */

status_t space_map(struct space *space, uintptr_t base, physical_t physical, size_t size,
                   uint32_t rights) {
    lock_acquire(&space->lock);
    status_t status = page_table_map(&space->table, base, physical, size, rights);
    lock_release(&space->lock);
    return status;
}

status_t space_unmap(struct space *space, uintptr_t base, size_t size) {
    struct flush flush = {.root = space->waiting.root};
    lock_acquire(&space->lock);
    status_t status = page_table_unmap(&space->table, base, size);
    lock_release(&space->lock);
    if (status == OK) {
        flush_add(&flush, base, size);
        flush_everywhere(&flush);
    }
    return status;
}

/* ---- given memory in place of pages that were committed ---- */

struct withdrawal {
    struct space *space;
    struct frame_list frames;
};

static void withdraw(void *data, physical_t frame) {
    struct withdrawal *withdrawal = data;
    frame_list_push(withdrawal->space->frames, &withdrawal->frames, frame);
}

static void keep(void *data, physical_t frame) {
}

static void flush_range(struct space *space, uintptr_t base, size_t size) {
    struct flush flush = {.root = space->waiting.root};
    flush_add(&flush, base, size);
    flush_everywhere(&flush);
}

/* A page is taken away everywhere before it is another: no core ever knows two translations of one
 * address, which some CPUs do not bear. */
static status_t replace(struct space *space, uintptr_t base, physical_t physical, size_t size,
                        uint32_t rights) {
    struct withdrawal withdrawal = {.space = space};
    size_t pages = size / PAGE_SIZE;
    status_t status = frames_promise(space->frames, pages);
    if (status != OK) {
        return status;
    }
    lock_acquire(&space->lock);
    page_table_withdraw(&space->table, base, size, withdraw, &withdrawal);
    lock_release(&space->lock);
    size_t withdrawn = withdrawal.frames.count; /* the others had a promise already */
    flush_range(space, base, size);
    frame_list_release(space->frames, &withdrawal.frames);
    frames_unpromise(space->frames, pages - withdrawn);
    lock_acquire(&space->lock);
    page_table_replace(&space->table, base, physical, size, rights);
    lock_release(&space->lock);
    return OK;
}

status_t space_replace(struct space *space, uintptr_t base, physical_t physical, size_t size,
                       uint32_t rights) {
    status_t status = replace(space, base, physical, size, rights);
    return status != OK && space_settle(space) ? replace(space, base, physical, size, rights)
                                               : status;
}

void space_restore(struct space *space, uintptr_t base, size_t size) {
    lock_acquire(&space->lock);
    page_table_withdraw(&space->table, base, size, keep, nullptr);
    lock_release(&space->lock);
    flush_range(space, base, size);
}

bool space_find(struct space *space, uintptr_t address, physical_t *out, uint32_t *rights) {
    lock_acquire(&space->lock);
    bool found = page_table_translate(&space->table, address, out, rights);
    lock_release(&space->lock);
    return found;
}
