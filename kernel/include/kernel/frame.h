/* SPDX-License-Identifier: MIT */
/*
 * Frames of physical memory: a buddy allocator. Blocks are 2^order frames, aligned to their size;
 * runs are any number of frames that lie together.
 *
 * Every frame that is handed out has an owner, by which use is told. A promise reserves frames
 * without choosing them: what has been promised is never handed out to anyone else, so
 * frames_take_promised() cannot fail. Everything takes time logarithmic in the size of memory,
 * and may be called by several cores at once. What is released twice, or was never handed out so,
 * is our fault: a panic names it and whose it was.
 *
 * Memory is taken from the top, unless it must lie low: so there is some left for devices that
 * reach only so far.
 */
#pragma once
#include <abi/status.h>
#include <arch/mmu.h>
#include <kernel/lock.h>

constexpr unsigned FRAME_ORDER_MAX = 14; /* 64 MiB */

enum frame_owner : uint8_t {
    FRAME_OWNER_TABLE, /* page tables */
    FRAME_OWNER_HEAP,
    FRAME_OWNER_CODE,
    FRAME_OWNER_PROGRAM, /* linear memories, instance data, stacks of processes */
    FRAME_OWNER_STACK,   /* of the kernel */
    FRAME_OWNER_DEVICE,
    FRAME_OWNER_COUNT,
};
static_assert(FRAME_OWNER_COUNT <= 8);

struct bitset;

struct frames {
    struct lock lock;
    uint8_t *states;     /* a byte per frame, from physical address 0 up */
    uint32_t *links;     /* a word per frame: the next of a list, or the last owner while free */
    struct bitset *free; /* per order: the blocks, by their number among those of their size */
    size_t count;        /* of states */
    size_t total;        /* frames ever added */
    size_t available;
    size_t promised; /* of the available ones */
    size_t used[FRAME_OWNER_COUNT];
};

/* Where physical address 0 can be reached: the direct map, once there is one. */
extern uintptr_t memory_direct;

static inline void *memory_at(physical_t physical) {
    return (void *)(memory_direct + physical);
}

/* Bytes of bookkeeping for `count` frames: about 5.3 for each. */
size_t frames_books_size(size_t count);
/* Manages no frame yet, but may be given those below count * PAGE_SIZE. `books` is aligned to 8
 * and kept; its contents do not matter. */
void frames_init(struct frames *frames, void *books, size_t count);
/* Gives [start, end), whole frames that can be reached by memory_at(), to the allocator. Never
 * address 0. */
void frames_add(struct frames *frames, physical_t start, physical_t end);

/* 2^order frames, contents undefined. ERR_NO_MEMORY: none that is not promised. */
status_t frames_allocate(struct frames *frames, unsigned order, enum frame_owner owner,
                         physical_t *out);
/* A block goes back as it was allocated. No core may still have a translation to it but the direct
 * map. */
void frames_release(struct frames *frames, physical_t block, unsigned order);

/* Frames that lie together: `count` of them, at least 1 and at most 2^FRAME_ORDER_MAX; the first
 * at a multiple of `alignment` bytes (a power of two; up to 64 MiB), the last ending at or below
 * `limit`, which is an address, or 0 for anywhere. */
struct frame_run {
    size_t count;
    physical_t alignment, limit;
};
status_t frames_allocate_run(struct frames *frames, const struct frame_run *run,
                             enum frame_owner owner, physical_t *out);
void frames_release_run(struct frames *frames, physical_t start, size_t count);

/* Reserves frames for later; ERR_NO_MEMORY when there are not that many. */
status_t frames_promise(struct frames *frames, size_t count);
void frames_unpromise(struct frames *frames, size_t count);
/* One frame of those promised. */
physical_t frames_take_promised(struct frames *frames, enum frame_owner owner);

/* A list of single frames that are handed out, kept outside of them: what was written there late
 * harms nobody. {0} is empty. Belongs to whoever made it; takes no memory. */
struct frame_list {
    uint32_t first;
    size_t count;
};
void frame_list_push(struct frames *frames, struct frame_list *list, physical_t frame);
/* All of them go back; the list is empty then. */
void frame_list_release(struct frames *frames, struct frame_list *list);

/* How use is told. Numbers of frames, read without a lock: of different moments, if others work. */
struct frames_usage {
    size_t total, available, promised;
    size_t used[FRAME_OWNER_COUNT];
    size_t largest; /* frames of the largest free block */
};
void frames_usage_get(const struct frames *frames, struct frames_usage *out);
/* "page tables". */
const char *frame_owner_name(enum frame_owner owner);
