/* SPDX-License-Identifier: MIT */
/* What free memory holds in debug builds. */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr uint8_t POISON = 0xDB;
constexpr uint64_t POISON_WORD = 0xDBDB'DBDB'DBDB'DBDB;

/* The first byte that is not POISON, told to eight bytes; NULL when there is none. Both are
 * multiples of eight. */
static inline const void *poison_find_other(const void *memory, size_t size) {
    const uint64_t *words = memory;
    for (size_t i = 0; i < size / sizeof(*words); i++) {
        if (words[i] != POISON_WORD) {
            return &words[i];
        }
    }
    return nullptr;
}
