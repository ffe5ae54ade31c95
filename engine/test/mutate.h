/* SPDX-License-Identifier: MIT */
/*
 * Chance that is the same in every run of a seed, and modules with a few bytes changed by it:
 * flipped, set, inserted, removed, or overwritten by others of the same module.
 */
#pragma once
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint64_t mutate_state = 0x1234'5678'9ABC'DEF1;

static inline void mutate_seed(uint64_t seed) {
    mutate_state = seed * UINT64_C(0x9E37'79B9'7F4A'7C15) | 1;
}

/* xorshift64*. */
static inline uint32_t mutate_below(uint32_t below) {
    mutate_state ^= mutate_state >> 12;
    mutate_state ^= mutate_state << 25;
    mutate_state ^= mutate_state >> 27;
    return (uint32_t)((mutate_state * UINT64_C(0x2545'F491'4F6C'DD1D)) >> 33) % below;
}

/* Bytes that mean something in many places. */
static inline uint8_t mutate_byte(void) {
    static const uint8_t bytes[] = {0,    1,    2,    3,    0x40, 0x60, 0x6F, 0x70, 0x7C,
                                    0x7F, 0x80, 0x0B, 0x05, 0x10, 0x12, 0x13, 0x23, 0x41,
                                    0x42, 0x6A, 0x6C, 0x7E, 0xD0, 0xD2, 0xFC, 0xFF};
    return mutate_below(2) == 0 ? bytes[mutate_below(sizeof bytes)] : (uint8_t)mutate_below(256);
}

/* The new size: at most one more, never beyond the capacity. More than 8 bytes are needed. */
static inline size_t mutate_once(uint8_t *bytes, size_t size, size_t capacity) {
    uint32_t at = 8 + mutate_below((uint32_t)size - 8), from;
    size_t room;
    switch (mutate_below(5)) {
    case 0:
        bytes[at] ^= (uint8_t)(1 << mutate_below(8));
        return size;
    case 1:
        if (size == capacity) {
            return size;
        }
        memmove(bytes + at + 1, bytes + at, size - at);
        bytes[at] = mutate_byte();
        return size + 1;
    case 2:
        if (size <= 16) {
            return size;
        }
        memmove(bytes + at, bytes + at + 1, size - at - 1);
        return size - 1;
    case 3:
        from = 8 + mutate_below((uint32_t)size - 8);
        room = size - (at > from ? at : from);
        memmove(bytes + at, bytes + from, room < 16 ? room : 16);
        return size;
    default:
        bytes[at] = mutate_byte();
        return size;
    }
}

/* A copy with a few mutations, in an allocation of exactly its size, so that a read beyond the end
 * is seen. The caller frees it. */
static inline uint8_t *mutate(const uint8_t *bytes, size_t size, size_t *mutated) {
    size_t capacity = size + 16;
    uint8_t *copy = malloc(capacity);
    memcpy(copy, bytes, size);
    *mutated = size;
    for (uint32_t count = 1 + mutate_below(4); count > 0; count--) {
        *mutated = mutate_once(copy, *mutated, capacity);
    }
    return realloc(copy, *mutated);
}
