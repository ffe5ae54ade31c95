/* SPDX-License-Identifier: MIT */
/*
 * The functions that the compiler expects to exist. Freestanding builds only; a CPU folder may
 * bring faster ones later. Written so that the compiler does not turn them into calls of
 * themselves.
 */
#include <base/string.h>

#pragma clang optimize on
#define NO_BUILTIN [[clang::no_builtin]]

NO_BUILTIN void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    uint8_t *out = to;
    const uint8_t *in = from;
    for (; size >= 8; size -= 8, out += 8, in += 8) {
        __builtin_memcpy_inline(out, in, 8);
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
    while (size >= 8) {
        size -= 8;
        __builtin_memcpy_inline(&word, in + size, 8);
        __builtin_memcpy_inline(out + size, &word, 8);
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
    for (; size >= 8; size -= 8, out += 8) {
        __builtin_memcpy_inline(out, &word, 8);
    }
    for (; size > 0; size--) {
        *out++ = (uint8_t)byte;
    }
    return to;
}

NO_BUILTIN int memcmp(const void *a, const void *b, size_t size) {
    const uint8_t *left = a, *right = b;
    size_t i = 0;
    for (uint64_t a_word, b_word; size - i >= 8; i += 8) {
        __builtin_memcpy_inline(&a_word, left + i, 8);
        __builtin_memcpy_inline(&b_word, right + i, 8);
        if (a_word != b_word) {
            break;
        }
    }
    for (; i < size; i++) {
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
