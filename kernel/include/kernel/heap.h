/* SPDX-License-Identifier: MIT */
/*
 * The heap: blocks of any size, 16-aligned, whose size is told again on release.
 *
 *   up to 2 KiB    objects of 24 sizes in slabs of 16 KiB
 *   up to 64 KiB   frames of the buddy allocator, if it has that many together
 *   above          pages mapped side by side, wherever their frames are
 *
 * So nothing ever needs more than four frames that lie together: fragmentation cannot stop it.
 */
#pragma once
#include <base/list.h>
#include <kernel/frame.h>
#include <stddef.h>
#include <stdint.h>

constexpr unsigned HEAP_CLASSES = 24;

struct heap {
    struct frames *frames;
    struct list partial[HEAP_CLASSES];  /* slabs with room */
    struct slab *reserve[HEAP_CLASSES]; /* one empty slab is kept */
    /* Mapped blocks, in whole pages; from memory_at(0) to direct_end is the direct map. */
    void *(*map)(size_t size);
    void (*unmap)(void *block, size_t size);
    uintptr_t direct_end;
    size_t used; /* bytes handed out, as asked for */
};

void heap_init(struct heap *heap, struct frames *frames, uintptr_t direct_end,
               void *(*map)(size_t size), void (*unmap)(void *block, size_t size));
/* Contents undefined; NULL when there is none. A size of 0 is one byte. */
void *heap_allocate(struct heap *heap, size_t size);
/* A wrong size or a second release is found out, if it can be, and is our fault. */
void heap_release(struct heap *heap, void *block, size_t size);
