/* SPDX-License-Identifier: MIT */
/*
 * What programs print, made harmless for a terminal (ECMA-48; xterm's ctlseqs). Text in UTF-8,
 * colours, cursor motion, erasing and scrolling pass; whatever makes a terminal type, changes what
 * its keys send, its character sets, size, title or clipboard, or prints on paper, does not.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr size_t FILTER_SEQUENCE_MAX = 32; /* bytes; what is longer is dropped */

/* Gets bytes that may go to the terminal; they are its own only until it returns. */
typedef void filter_sink(const uint8_t *bytes, size_t size);

/* All zero is the state at the start of text. One for each terminal. */
struct filter {
    const struct filter_state *state;  /* nullptr: in text */
    uint8_t held[FILTER_SEQUENCE_MAX]; /* of a sequence or character that is not yet whole */
    uint8_t held_size;
    uint8_t follow;   /* bytes that the held character still lacks */
    uint8_t out_size; /* zero between calls */
    uint8_t out[128];
};

/* Passes on what is permitted of `size` bytes. A sequence or character may be split between calls;
 * it is passed on when it is whole, or not at all. Bytes that are not UTF-8 become U+FFFD. */
void filter_write(struct filter *filter, const uint8_t *bytes, size_t size, filter_sink *sink);
