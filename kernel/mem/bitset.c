/* SPDX-License-Identifier: MIT */
/* Sets as trees of words; the level of one word is the last. A word above is 0 exactly where all
 * its words below are. */
#include "bitset.h"
#include <base/ensure.h>
#include <base/string.h>

static size_t words_for(size_t bits) {
    return (bits + 63) / 64;
}

size_t bitset_words(size_t bound) {
    size_t words = 0;
    do {
        bound = words_for(bound);
        words += bound;
    } while (bound > 1);
    return words;
}

void bitset_init(struct bitset *set, uint64_t *words, size_t bound) {
    memset(words, 0, bitset_words(bound) * sizeof(*words));
    set->depth = 0;
    do {
        ensure(set->depth < BITSET_LEVELS);
        bound = words_for(bound);
        set->levels[set->depth++] = words;
        words += bound;
    } while (bound > 1);
}

void bitset_add(struct bitset *set, size_t number) {
    for (unsigned level = 0; level < set->depth; level++) {
        uint64_t *word = &set->levels[level][number / 64];
        bool known = *word != 0;
        *word |= UINT64_C(1) << number % 64;
        if (known) {
            return;
        }
        number /= 64;
    }
}

void bitset_remove(struct bitset *set, size_t number) {
    for (unsigned level = 0; level < set->depth; level++) {
        uint64_t *word = &set->levels[level][number / 64];
        *word &= ~(UINT64_C(1) << number % 64);
        if (*word != 0) {
            return;
        }
        number /= 64;
    }
}

bool bitset_is_empty(const struct bitset *set) {
    return set->levels[set->depth - 1][0] == 0;
}

size_t bitset_first(const struct bitset *set) {
    size_t number = 0;
    for (unsigned level = set->depth; level-- > 0;) {
        number = number * 64 + (size_t)__builtin_ctzl(set->levels[level][number]);
    }
    return number;
}

size_t bitset_last(const struct bitset *set) {
    size_t number = 0;
    for (unsigned level = set->depth; level-- > 0;) {
        number = number * 64 + 63 - (size_t)__builtin_clzl(set->levels[level][number]);
    }
    return number;
}
