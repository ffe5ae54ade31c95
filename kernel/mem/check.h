/* SPDX-License-Identifier: MIT */
/*
 * What a debug build checks besides, and what it costs no test in the others: kernel/mem/debug/
 * does all this, kernel/mem/release/ nothing. Either folder is linked; nothing else differs.
 *
 * A violation is a panic that names the address, and whose memory it is.
 */
#pragma once
#include <arch/mmu.h>
#include <kernel/lock.h>

/* Free memory holds a pattern: it is written when frames are freed, and looked at when they are
 * taken. */
void check_frames_freed(physical_t start, size_t count);
void check_frames_taken(physical_t start, size_t count);

/*
 * A heap block lies between two red zones, in a place that is larger by as much.
 *
 *   place                 block                            end of place
 *   | size, two marks: 32 | size bytes, 16-aligned | red: 16 or more |
 */
size_t check_heap_size(size_t size); /* of the place */
/* Nobody wrote there while it was free; draws the zones; returns the block. */
void *check_heap_open(void *place, size_t size);
/* Both zones are whole and it is of that size; returns the place. */
void *check_heap_close(void *block, size_t size);
/* Memory that will be places, and does not come from frames that were just taken. */
void check_heap_fill(void *memory, size_t size);

/* The order of locks, per core. */
void check_lock_acquire(const struct lock *lock);
void check_lock_release(const struct lock *lock);
/* This core holds none. */
void check_lock_none(void);
