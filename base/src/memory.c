/* SPDX-License-Identifier: MIT */
/*
 * The functions that the compiler expects to exist. Freestanding builds only; a CPU folder may
 * bring faster ones later. Written so that the compiler does not turn them into calls of
 * themselves.
 *
 * Two places that lie alike (the same number of bytes from an aligned word) are worked on by
 * aligned words: plain RV64GC has no others, so what the compiler makes of a word anywhere is eight
 * bytes there. Most copies are of that kind: structures, messages, pages, lines of a screen.
 */
#include <base/string.h>

#pragma clang optimize on
#define NO_BUILTIN [[clang::no_builtin]]

enum : size_t { WORD = 8, SMALL = 2 * WORD }; /* below, it is not worth the while */

NO_BUILTIN static inline size_t past_word(const void *at) {
    return (uintptr_t)at % WORD;
}

NO_BUILTIN static inline bool by_words(const void *a, const void *b, size_t size) {
    return size >= SMALL && past_word(a) == past_word(b);
}

NO_BUILTIN static inline uint64_t *word_at(const void *at) {
    return __builtin_assume_aligned(at, WORD);
}

NO_BUILTIN void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    uint8_t *out = to;
    const uint8_t *in = from;
    if (by_words(out, in, size)) {
        for (; past_word(out) != 0; size--) {
            *out++ = *in++;
        }
        for (; size >= WORD; size -= WORD, out += WORD, in += WORD) {
            *word_at(out) = *word_at(in);
        }
    }
    for (; size >= WORD; size -= WORD, out += WORD, in += WORD) {
        __builtin_memcpy_inline(out, in, WORD);
    }
    for (; size > 0; size--) {
        *out++ = *in++;
    }
    return to;
}

NO_BUILTIN void *memmove(void *to, const void *from, size_t size) {
    uint8_t *out = to;
    const uint8_t *in = from;
    uint64_t word;
    if ((uintptr_t)out - (uintptr_t)in >= size) {
        return memcpy(to, from, size);
    }
    if (by_words(out, in, size)) {
        while (past_word(out + size) != 0) {
            size--;
            out[size] = in[size];
        }
        while (size >= WORD) {
            size -= WORD;
            *word_at(out + size) = *word_at(in + size);
        }
    }
    while (size >= WORD) {
        size -= WORD;
        __builtin_memcpy_inline(&word, in + size, WORD);
        __builtin_memcpy_inline(out + size, &word, WORD);
    }
    while (size > 0) {
        size--;
        out[size] = in[size];
    }
    return to;
}

NO_BUILTIN void *memset(void *to, int byte, size_t size) {
    uint8_t *out = to;
    uint64_t word = (uint8_t)byte * UINT64_C(0x0101'0101'0101'0101);
    if (size >= SMALL) {
        for (; past_word(out) != 0; size--) {
            *out++ = (uint8_t)byte;
        }
        for (; size >= WORD; size -= WORD, out += WORD) {
            *word_at(out) = word;
        }
    }
    for (; size > 0; size--) {
        *out++ = (uint8_t)byte;
    }
    return to;
}

/* How many bytes from the start are equal, in whole words where there are any. */
NO_BUILTIN static inline size_t equal_words(const uint8_t *left, const uint8_t *right,
                                            size_t size) {
    size_t i = 0;
    if (by_words(left, right, size)) {
        while (past_word(left + i) != 0 && left[i] == right[i]) {
            i++;
        }
        while (past_word(left + i) == 0 && size - i >= WORD &&
               *word_at(left + i) == *word_at(right + i)) {
            i += WORD;
        }
        return i;
    }
    for (uint64_t a, b; size - i >= WORD; i += WORD) {
        __builtin_memcpy_inline(&a, left + i, WORD);
        __builtin_memcpy_inline(&b, right + i, WORD);
        if (a != b) {
            break;
        }
    }
    return i;
}

NO_BUILTIN int memcmp(const void *a, const void *b, size_t size) {
    const uint8_t *left = a, *right = b;
    for (size_t i = equal_words(left, right, size); i < size; i++) {
        if (left[i] != right[i]) {
            return left[i] - right[i];
        }
    }
    return 0;
}

NO_BUILTIN size_t strlen(const char *text) {
    size_t size = 0;
    while (text[size] != 0) {
        size++;
    }
    return size;
}
