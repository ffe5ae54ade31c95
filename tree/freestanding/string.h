/* SPDX-License-Identifier: MIT */
/* What libfdt wants of a C library's <string.h> where there is none. */
#pragma once
#include <base/string.h>

static inline int strcmp(const char *a, const char *b) {
    while (*a != 0 && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

static inline void *memchr(const void *bytes, int byte, size_t size) {
    const unsigned char *at = (const unsigned char *)bytes;
    for (; size > 0; size--, at++) {
        if (*at == (unsigned char)byte) {
            return (void *)at;
        }
    }
    return nullptr;
}

static inline char *strchr(const char *text, int byte) {
    return (char *)memchr(text, byte, strlen(text) + 1);
}
