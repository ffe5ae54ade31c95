/* SPDX-License-Identifier: MIT */
/*
 * Frames of physical memory: a buddy allocator. Blocks are 2^order frames, aligned to their size.
 *
 * A promise reserves frames without choosing them: what has been promised is never handed out to
 * anyone else, so frames_take_promised() cannot fail. Each block knows its owner's kind, so that
 * use can be reported.
 */
#pragma once
#include <abi/status.h>
#include <arch/mmu.h>
#include <base/list.h>

constexpr unsigned FRAME_ORDER_MAX = 14; /* 64 MiB */

enum frame_owner : uint8_t {
    FRAME_OWNER_TABLE, /* page tables */
    FRAME_OWNER_HEAP,
    FRAME_OWNER_CODE,
    FRAME_OWNER_PROGRAM, /* linear memories, instance data, stacks of processes */
    FRAME_OWNER_COUNT,
};

struct frames {
    uint8_t *states; /* a byte per frame, from physical address 0 up */
    size_t count;    /* of states */
    size_t total;    /* frames ever added */
    size_t available;
    size_t promised; /* of the available ones */
    size_t used[FRAME_OWNER_COUNT];
    struct list lists[FRAME_ORDER_MAX + 1]; /* of free blocks; the nodes lie in the blocks */
};

/* Where physical address 0 can be reached: the direct map, once there is one. */
extern uintptr_t memory_direct;

static inline void *memory_at(physical_t physical) {
    return (void *)(memory_direct + physical);
}

/* `states` has a byte for each frame below count * PAGE_SIZE; its contents do not matter. */
void frames_init(struct frames *frames, uint8_t *states, size_t count);
/* Gives [start, end), whole frames that can be reached by memory_at(), to the allocator. */
void frames_add(struct frames *frames, physical_t start, physical_t end);

/* 2^order frames, contents undefined. ERR_NO_MEMORY: none that is not promised. */
status_t frames_allocate(struct frames *frames, unsigned order, enum frame_owner owner,
                         physical_t *out);
/* A block goes back as it was allocated. No core may still have a translation to it but the direct
 * map. */
void frames_release(struct frames *frames, physical_t block, unsigned order);

/* Reserves frames for later; ERR_NO_MEMORY when there are not that many. */
status_t frames_promise(struct frames *frames, size_t count);
void frames_unpromise(struct frames *frames, size_t count);
/* One frame of those promised. */
physical_t frames_take_promised(struct frames *frames, enum frame_owner owner);
