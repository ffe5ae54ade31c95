/* SPDX-License-Identifier: MIT */
/* Characters of a line: UTF-8 byte by byte, and steps between characters as one sees them. */
#pragma once
#include <user/edit.h>

/* True when the byte makes a character whole: held[0 .. size) is it, until the next byte. Bytes
 * that cannot be part of one are left out, as are control characters. */
bool utf8_put(struct utf8 *utf8, uint8_t byte);
/* The character that begins here, in valid UTF-8; *size: its bytes. */
uint32_t utf8_decode(const char *bytes, size_t *size);

/* The offset after the one visible character at `at`, or before the one that ends there, in bytes
 * of `text`; never outside 0 .. size. */
size_t text_next(const char *text, size_t size, size_t at);
size_t text_previous(const char *text, size_t first, size_t at);
/* To the end of the word, or to the start of one. Words are what is between blanks and signs. */
size_t text_word_next(const char *text, size_t size, size_t at);
size_t text_word_previous(const char *text, size_t first, size_t at);
