/* SPDX-License-Identifier: MIT */
/*
 * A set of numbers below a bound, as a tree of words: a bit of a level tells whether a word of the
 * level below has any. All operations take time logarithmic (to base 64) in the bound.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr unsigned BITSET_LEVELS = 6; /* 2^36 numbers */

struct bitset {
    uint64_t *levels[BITSET_LEVELS]; /* [0] has the numbers themselves */
    unsigned depth;
};

/* How many words bitset_init() takes for numbers below `bound`, which is at least 1. */
size_t bitset_words(size_t bound);
/* An empty set; `words` is kept and belongs to the caller. */
void bitset_init(struct bitset *set, uint64_t *words, size_t bound);

/* What is added is not there, what is removed is. */
void bitset_add(struct bitset *set, size_t number);
void bitset_remove(struct bitset *set, size_t number);
bool bitset_is_empty(const struct bitset *set);
/* The smallest and the greatest number of a set that is not empty. */
size_t bitset_first(const struct bitset *set);
size_t bitset_last(const struct bitset *set);
