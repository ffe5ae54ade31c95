/* SPDX-License-Identifier: MIT */
/*
 * The heap: blocks of any size, 16-aligned, whose size is told again on release.
 *
 *   up to 2 KiB    objects of 24 sizes in slabs of 16 KiB
 *   up to 64 KiB   frames of the buddy allocator, if it has that many together
 *   above          pages mapped side by side, wherever their frames are
 *
 * So nothing ever needs more than four frames that lie together: fragmentation cannot stop it.
 * Several cores may call at once, holding no lock.
 */
#pragma once
#include <base/list.h>
#include <kernel/frame.h>
#include <stddef.h>
#include <stdint.h>

constexpr unsigned HEAP_CLASSES = 24;

struct heap_class {
    struct lock lock;
    struct list partial;  /* slabs with room */
    struct slab *reserve; /* one empty slab is kept */
};

/* Where blocks come from that no frames lie together for, in whole pages. */
struct heap_source {
    void *(*map)(size_t size);
    void (*unmap)(void *block, size_t size);
    /* Memory that is on its way back is brought back: was there any? */
    bool (*settle)(void);
};

struct heap {
    struct frames *frames;
    struct heap_class classes[HEAP_CLASSES];
    struct heap_source source;
    uintptr_t direct_end; /* from memory_at(0) to here is the direct map */
    size_t used;          /* bytes handed out, as asked for */
};

void heap_init(struct heap *heap, struct frames *frames, uintptr_t direct_end,
               const struct heap_source *source);
/* Contents undefined; NULL when there is none. A size of 0 is one byte. */
void *heap_allocate(struct heap *heap, size_t size);
/* The same from frames that lie together, or not at all: for whoever holds LOCK_SPACE. */
void *heap_try_allocate(struct heap *heap, size_t size);
/* A wrong size or a second release is found out, if it can be, and is our fault. In a debug build
 * it always can, and writing beyond the block is, too. */
void heap_release(struct heap *heap, void *block, size_t size);
/* Empty slabs that were kept go back; says whether there were any. */
bool heap_trim(struct heap *heap);
