/* SPDX-License-Identifier: MIT */
/*
 * The few functions that the compiler expects of every C environment, and string helpers that know
 * their lengths. The four mem* functions are defined in base/src for freestanding builds only; on
 * the host libc's are used.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);

/* memcpy of what mostly is a few words: those are loaded, then stored, without a call. */
static inline void copy_short(void *to, const void *from, size_t size) {
    constexpr size_t PART = 16;
    uint8_t *out = to;
    const uint8_t *in = from;
    if (size > 8 * PART || size < PART) {
        if (size > 0) {
            memcpy(to, from, size);
        }
        return;
    }
    uint8_t last[PART];
    memcpy(last, in + size - PART, PART);
    for (size_t at = 0; at < size - PART; at += PART) {
        memcpy(out + at, in + at, PART);
    }
    memcpy(out + size - PART, last, PART);
}

/* Text that need not end in NUL; borrowed. */
struct text {
    const char *bytes;
    size_t size;
};

static inline struct text text_of(const char *literal) {
    return (struct text){literal, strlen(literal)};
}

bool text_equal(struct text a, struct text b);
bool text_starts_with(struct text text, struct text prefix);
/* Splits at the first `separator`: the part before it is returned, *text is what follows (empty at
 * the end). */
struct text text_split(struct text *text, char separator);
/* Decimal, or hexadecimal with 0x; the whole text must be the number. */
bool text_to_u64(struct text text, uint64_t *out);
/* Is it well-formed UTF-8 (no overlong forms, no surrogates, at most U+10FFFF)? */
bool utf8_valid(const uint8_t *bytes, size_t size);
