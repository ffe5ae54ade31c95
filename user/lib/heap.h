/* SPDX-License-Identifier: MIT */
/*
 * A heap over memory that it is given: two-level segregated fit. Allocating and releasing take
 * constant time; neighbours that are free are joined at once.
 *
 *   region:  | block | block | ... | end block of size 0, in use |
 *   block:   | size and IN_USE | size of the block before | payload, 16-aligned ...
 *                                                          free: next, previous of its bin
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr size_t HEAP_ALIGNMENT = 16;
constexpr unsigned HEAP_STEPS_LOG2 = 3; /* bins per doubling of the size */
constexpr unsigned HEAP_CLASSES = 28;   /* doublings, from HEAP_ALIGNMENT up */

struct heap_block;

struct heap {
    uint32_t classes; /* bit set: which have a bin that is not empty */
    uint8_t steps[HEAP_CLASSES];
    struct heap_block *bins[HEAP_CLASSES][1 << HEAP_STEPS_LOG2];
    uint8_t *region_end; /* of the region added last, to go on there */
};

/* Gives the heap memory to use, aligned to HEAP_ALIGNMENT. Memory that begins where the region
 * added last ended is joined to it. At least HEAP_REGION_MIN bytes. */
constexpr size_t HEAP_REGION_MIN = 64;
void heap_add(struct heap *heap, void *start, size_t size);

/* NULL when no block is large enough; how much to add is heap_need(size). */
void *heap_allocate(struct heap *heap, size_t size);
void heap_release(struct heap *heap, void *memory);
/* Bytes that heap_add() needs for sure so that heap_allocate(size) succeeds; 0: no heap is that
 * large. */
size_t heap_need(size_t size);
