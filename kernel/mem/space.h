/* SPDX-License-Identifier: MIT */
/* The inside of a space, for those who make one: kernel/mem/memory.c and tests. */
#pragma once
#include "page_table.h"
#include "ranges.h"
#include <kernel/space.h>

struct space {
    struct page_table table;
    struct ranges ranges;
    struct frames *frames;
};

/* The tables may hold mappings already; [start, end) is empty. Tables come from `frames` from now
 * on. */
void space_init(struct space *space, physical_t root, struct frames *frames, uintptr_t start,
                uintptr_t end, void *(*allocate)(size_t size));
