/* SPDX-License-Identifier: MIT */
/* What free memory holds in debug builds. */
#pragma once
#include <base/string.h>
#include <stddef.h>
#include <stdint.h>

constexpr uint8_t POISON = 0xDB;
constexpr uint64_t POISON_WORD = 0xDBDB'DBDB'DBDB'DBDB;

/* The first eight bytes that are not POISON; NULL when there are none. Both are multiples of eight.
 * Memory that is equal to itself eight bytes on is all alike. */
static inline const void *poison_find_other(const void *memory, size_t size) {
    const uint64_t *words = memory;
    if (size == 0 || (words[0] == POISON_WORD && memcmp(words, words + 1, size - 8) == 0)) {
        return nullptr;
    }
    while (*words == POISON_WORD) {
        words++;
    }
    return words;
}
