/* SPDX-License-Identifier: MIT */
/* What free memory holds in debug builds. */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr uint8_t POISON = 0xDB;

/* The first byte that is not POISON, told to eight bytes; NULL when there is none. Both are
 * multiples of eight. */
static inline const void *poison_find_other(const void *memory, size_t size) {
    constexpr uint64_t WORD = 0x0101'0101'0101'0101 * POISON;
    const uint64_t *words = memory;
    for (size_t i = 0; i < size / sizeof(*words); i++) {
        if (words[i] != WORD) {
            return &words[i];
        }
    }
    return nullptr;
}
