/* SPDX-License-Identifier: MIT */
/* Strings that know their length, numbers in them, and UTF-8. */
#include <base/checked.h>
#include <base/string.h>

bool text_equal(struct text a, struct text b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

bool text_starts_with(struct text text, struct text prefix) {
    return text.size >= prefix.size && text_equal((struct text){text.bytes, prefix.size}, prefix);
}

struct text text_split(struct text *text, char separator) {
    struct text part = {text->bytes, 0};
    while (part.size < text->size && text->bytes[part.size] != separator) {
        part.size++;
    }
    size_t used = part.size < text->size ? part.size + 1 : part.size;
    *text = (struct text){text->bytes + used, text->size - used};
    return part;
}

static int digit_value(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
}

bool text_to_u64(struct text text, uint64_t *out) {
    bool hexadecimal = text_starts_with(text, text_of("0x"));
    uint64_t base = hexadecimal ? 16 : 10;
    size_t at = hexadecimal ? 2 : 0;
    uint64_t value = 0;
    if (at == text.size) {
        return false;
    }
    for (; at < text.size; at++) {
        uint64_t digit = (uint64_t)digit_value(text.bytes[at]);
        if (digit >= base || !checked_multiply(value, base, &value) ||
            !checked_add(value, digit, &value)) {
            return false;
        }
    }
    *out = value;
    return true;
}

/* The bytes that follow a lead byte, and the bounds of the first of them (Unicode 15, table 3-7).
 */
static size_t utf8_follow(uint8_t lead, uint8_t *low, uint8_t *high) {
    *low = 0x80;
    *high = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        return 1;
    }
    if (lead >= 0xE0 && lead <= 0xEF) {
        *low = lead == 0xE0 ? 0xA0 : 0x80;
        *high = lead == 0xED ? 0x9F : 0xBF;
        return 2;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        *low = lead == 0xF0 ? 0x90 : 0x80;
        *high = lead == 0xF4 ? 0x8F : 0xBF;
        return 3;
    }
    return 0;
}

bool utf8_valid(const uint8_t *bytes, size_t size) {
    size_t at = 0;
    while (at < size) {
        uint8_t lead = bytes[at++];
        if (lead < 0x80) {
            continue;
        }
        uint8_t low, high;
        size_t follow = utf8_follow(lead, &low, &high);
        if (follow == 0 || follow > size - at) {
            return false;
        }
        for (size_t i = 0; i < follow; i++, at++) {
            if (bytes[at] < low || bytes[at] > high) {
                return false;
            }
            low = 0x80;
            high = 0xBF;
        }
    }
    return true;
}
