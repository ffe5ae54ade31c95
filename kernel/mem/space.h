/* SPDX-License-Identifier: MIT */
/* The inside of a space, for those who make one: memory.c, spaces.c and tests. */
#pragma once
#include "flush.h"
#include "page_table.h"
#include "ranges.h"
#include <base/list.h>
#include <kernel/lock.h>
#include <kernel/space.h>

struct space {
    struct lock lock;
    struct page_table table;
    struct ranges ranges;
    struct frames *frames;
    /* Released, and perhaps still known to a core: ranges (as parts of the flush) and frames. */
    struct flush waiting;
    struct frame_list waiting_frames;
    /* Who shares whose upper half (spaces.c). */
    struct space *upper; /* NULL: it has its own */
    struct heap *heap;
    struct lock sharers_lock;
    struct list sharers;
    struct list_node node; /* in upper->sharers */
};

/* The tables may hold mappings already; [start, end) is empty. Tables come from `frames` from now
 * on. The books are called with the space's lock held. */
void space_init(struct space *space, physical_t root, struct frames *frames, uintptr_t start,
                uintptr_t end, const struct range_books *books);

/* spaces.c: makes the tables right below the root for [base, base + size) of a space that has its
 * own upper half, in all that share it. The space's lock is held. ERR_NO_MEMORY. */
status_t space_prepare(struct space *space, uintptr_t base, size_t size);
