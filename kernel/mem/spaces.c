/* SPDX-License-Identifier: MIT */
/*
 * More than one space. All have the same entries for the upper half of addresses in their roots.
 * An entry is made when a range is reserved that needs it, and written to all roots before anybody
 * is told of the range: so no core ever lacks it. Lock order: space, then sharers.
 */
#include "space.h"
#include <arch/core.h>
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/heap.h>

constexpr uintptr_t LOW_START = (uintptr_t)1 << 30; /* the first GiB stays empty: NULL and near */

static struct space *current[CORES_MAX];

static void share(struct space *space) {
    lock_acquire(&space->sharers_lock);
    for (struct list_node *node = space->sharers.head.next; node != &space->sharers.head;
         node = node->next) {
        page_table_share(&list_owner(node, struct space, node)->table, &space->table);
    }
    lock_release(&space->sharers_lock);
}

status_t space_prepare(struct space *space, uintptr_t base, size_t size) {
    uintptr_t span = (uintptr_t)1 << (PAGE_SHIFT + 9 * (space->table.levels - 1));
    uintptr_t last = (base + size - 1) / span;
    bool any = false;
    status_t status = OK;
    for (uintptr_t at = base / span; status == OK && at <= last; at++) {
        bool made;
        status = page_table_prepare(&space->table, at * span, &made);
        any |= made;
    }
    if (any) {
        share(space);
    }
    return status;
}

/* Books of ranges come from the heap's slabs, since the lock is held. */
static void *books_allocate(void *heap, size_t size) {
    return heap_try_allocate(heap, size);
}

static void books_release(void *heap, void *books, size_t size) {
    heap_release(heap, books, size);
}

status_t space_create(struct space *upper, struct heap *heap, struct space **out) {
    physical_t root;
    struct space *space = heap_allocate(heap, sizeof(*space));
    if (space == nullptr) {
        return ERR_NO_MEMORY;
    }
    if (frames_allocate(upper->frames, 0, FRAME_OWNER_TABLE, &root) != OK) {
        heap_release(heap, space, sizeof(*space));
        return ERR_NO_MEMORY;
    }
    memset(memory_at(root), 0, PAGE_SIZE);
    const struct range_books books = {books_allocate, books_release, heap};
    space_init(space, root, upper->frames, LOW_START, page_table_low_end(), &books);
    space->upper = upper;
    space->heap = heap;
    space->waiting.root = root;
    lock_acquire(&upper->sharers_lock);
    page_table_share(&space->table, &upper->table);
    list_append(&upper->sharers, &space->node);
    lock_release(&upper->sharers_lock);
    *out = space;
    return OK;
}

static void collect(void *data, physical_t frame) {
    struct space *space = data;
    frame_list_push(space->frames, &space->waiting_frames, frame);
}

/* The root goes with the tables: no core walks from there, and who did forgot it all on leaving. */
void space_destroy(struct space *space) {
    struct heap *heap = space->heap;
    for (unsigned core = 0; core < CORES_MAX; core++) {
        ensure(__atomic_load_n(&current[core], __ATOMIC_ACQUIRE) != space);
    }
    lock_acquire(&space->upper->sharers_lock);
    list_remove(&space->node);
    lock_release(&space->upper->sharers_lock);
    lock_acquire(&space->lock);
    size_t dropped = page_table_clear_low(&space->table, collect, space);
    collect(space, space->table.root);
    space->waiting.whole = true;
    lock_release(&space->lock);
    frames_unpromise(space->frames, dropped);
    space_settle(space);
    ranges_fini(&space->ranges);
    heap_release(heap, space, sizeof(*space));
}

/* Whose page fault it would be is told before there can be one. */
void space_enter(struct space *space) {
    struct space **mine = &current[core_index()];
    __atomic_store_n(mine, space, __ATOMIC_RELEASE);
    mmu_root_set(space->table.root);
}

struct space *space_current(void) {
    return __atomic_load_n(&current[core_index()], __ATOMIC_ACQUIRE);
}
