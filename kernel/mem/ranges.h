/* SPDX-License-Identifier: MIT */
/*
 * Ranges of address space. Sizes are rounded up to one of eight steps per doubling; a range that
 * was given back is used again for its own step only. Address space is so plentiful (48 TiB) that
 * nothing need ever be joined, and both operations take constant time.
 */
#pragma once
#include <abi/status.h>
#include <stddef.h>
#include <stdint.h>

constexpr unsigned RANGE_STEPS = 8 * 36;

struct range_chunk;

/* Where memory for bookkeeping comes from, a few hundred bytes at a time. */
struct range_books {
    void *(*allocate)(void *data, size_t size);
    void (*release)(void *data, void *books, size_t size);
    void *data;
};

struct ranges {
    uintptr_t next, end; /* never used so far */
    struct {
        struct range_chunk *chunks; /* hold what is free; places for all that was ever made */
        size_t made, capacity, available;
    } steps[RANGE_STEPS];
    struct range_books books;
};

/* [start, end) is aligned to pages. */
void ranges_init(struct ranges *ranges, uintptr_t start, uintptr_t end,
                 const struct range_books *books);
/* Gives the books back. */
void ranges_fini(struct ranges *ranges);
/* The size that a range for `size` bytes really has; 0 when it is too large for any. */
size_t ranges_round(size_t size);
/* Aligned to 64 KiB. ERR_NO_MEMORY: no address space, or no memory to keep the books. */
status_t ranges_take(struct ranges *ranges, size_t size, uintptr_t *out);
/* No core may have a translation in it any more. Cannot fail. */
void ranges_give(struct ranges *ranges, uintptr_t start, size_t size);
