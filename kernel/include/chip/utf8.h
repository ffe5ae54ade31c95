/* SPDX-License-Identifier: MIT */
/*
 * UTF-8 that comes byte by byte, from anyone. What is malformed becomes U+FFFD, one for each
 * longest part that could have begun a character. Source: Unicode 15, 3.9, table 3-7 and "U+FFFD
 * substitution of maximal subparts".
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr uint32_t UTF8_REPLACEMENT = 0xFFFD;

/* All zero: between characters. */
struct utf8 {
    uint32_t code;     /* bits so far */
    uint8_t wanted;    /* bytes still to come */
    uint8_t low, high; /* bounds of the next one */
};

/* Takes a byte; returns how many characters that completes, 0 to 2, and puts them in `out`. */
size_t utf8_put(struct utf8 *utf8, uint8_t byte, uint32_t out[2]);
