/* SPDX-License-Identifier: MIT */
/* Arithmetic that says when it overflows, and powers of two. Each returns false on overflow. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define checked_add(a, b, out)      (!__builtin_add_overflow((a), (b), (out)))
#define checked_multiply(a, b, out) (!__builtin_mul_overflow((a), (b), (out)))

/* Is [offset, offset + size) within [0, limit)? Cannot overflow. */
static inline bool range_within(uint64_t offset, uint64_t size, uint64_t limit) {
    return offset <= limit && size <= limit - offset;
}

/* alignment is a power of two; the caller knows that the result fits. */
static inline uint64_t align_up(uint64_t value, uint64_t alignment) {
    return (value + alignment - 1) & ~(alignment - 1);
}

static inline uint64_t align_down(uint64_t value, uint64_t alignment) {
    return value & ~(alignment - 1);
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
