/* SPDX-License-Identifier: MIT */
/* See text.h. UTF-8 as in table 3-7 of Unicode: no overlong forms, no surrogates. */
#include "text.h"

static uint8_t follow_count(uint8_t first) {
    if (first < 0x80) {
        return 0;
    }
    return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

static bool begins(uint8_t byte) {
    return (byte >= 0x20 && byte < 0x7f) || (byte >= 0xc2 && byte <= 0xf4);
}

static bool follows(const struct utf8 *utf8, uint8_t byte) {
    uint8_t low = 0x80, high = 0xbf;
    if (utf8->size == 1) {
        uint8_t first = (uint8_t)utf8->held[0];
        low = first == 0xe0 || first == 0xc2 ? 0xa0 : first == 0xf0 ? 0x90 : low; /* c2: controls */
        high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : high;
    }
    return byte >= low && byte <= high;
}

bool utf8_put(struct utf8 *utf8, uint8_t byte) {
    if (utf8->follow > 0 && follows(utf8, byte)) {
        utf8->held[utf8->size++] = (char)byte;
        return --utf8->follow == 0;
    }
    utf8->follow = utf8->size = 0;
    if (!begins(byte)) {
        return false;
    }
    utf8->held[utf8->size++] = (char)byte;
    utf8->follow = follow_count(byte);
    return utf8->follow == 0;
}

uint32_t utf8_decode(const char *bytes, size_t *size) {
    uint8_t first = (uint8_t)bytes[0], follow = follow_count(first);
    uint32_t character = follow == 0 ? first : first & (0x3fU >> follow);
    for (size_t i = 1; i <= follow; i++) {
        character = character << 6 | ((uint8_t)bytes[i] & 0x3f);
    }
    *size = follow + 1U;
    return character;
}

static uint32_t width_at(const char *text, size_t at, size_t *size) {
    return character_width(utf8_decode(text + at, size));
}

size_t text_next(const char *text, size_t size, size_t at) {
    size_t step = 0;
    if (at < size) {
        (void)width_at(text, at, &step);
        at += step;
    }
    while (at < size && width_at(text, at, &step) == 0) {
        at += step;
    }
    return at;
}

size_t text_previous(const char *text, size_t first, size_t at) {
    size_t step;
    while (at > first) {
        do {
            at--;
        } while (((uint8_t)text[at] & 0xc0) == 0x80);
        if (width_at(text, at, &step) > 0) {
            break;
        }
    }
    return at;
}

static bool in_word(char byte) {
    uint8_t b = (uint8_t)byte;
    return b >= 0x80 || (b >= '0' && b <= '9') || ((b | 0x20) >= 'a' && (b | 0x20) <= 'z');
}

size_t text_word_next(const char *text, size_t size, size_t at) {
    while (at < size && !in_word(text[at])) {
        at = text_next(text, size, at);
    }
    while (at < size && in_word(text[at])) {
        at = text_next(text, size, at);
    }
    return at;
}

size_t text_word_previous(const char *text, size_t first, size_t at) {
    while (at > first && !in_word(text[text_previous(text, first, at)])) {
        at = text_previous(text, first, at);
    }
    while (at > first && in_word(text[text_previous(text, first, at)])) {
        at = text_previous(text, first, at);
    }
    return at;
}
