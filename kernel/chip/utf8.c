/* SPDX-License-Identifier: MIT */
/* See chip/utf8.h. The bounds of a second byte are what refuses overlong forms, surrogates and what
 * lies beyond U+10FFFF. */
#include <chip/utf8.h>

static void begin(struct utf8 *utf8, uint8_t lead) {
    utf8->low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    utf8->high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (lead >= 0xF0) {
        utf8->wanted = 3;
        utf8->code = lead & 7;
    } else if (lead >= 0xE0) {
        utf8->wanted = 2;
        utf8->code = lead & 15;
    } else {
        utf8->wanted = 1;
        utf8->code = lead & 31;
    }
}

static size_t first(struct utf8 *utf8, uint8_t byte, uint32_t *out) {
    if (byte >= 0xC2 && byte <= 0xF4) {
        begin(utf8, byte);
        return 0;
    }
    *out = byte < 0x80 ? byte : UTF8_REPLACEMENT;
    return 1;
}

size_t utf8_put(struct utf8 *utf8, uint8_t byte, uint32_t out[2]) {
    if (utf8->wanted == 0) {
        return first(utf8, byte, out);
    }
    if (byte < utf8->low || byte > utf8->high) { /* it may begin another */
        utf8->wanted = 0;
        out[0] = UTF8_REPLACEMENT;
        return 1 + first(utf8, byte, &out[1]);
    }
    utf8->code = utf8->code << 6 | (byte & 0x3F);
    utf8->low = 0x80;
    utf8->high = 0xBF;
    utf8->wanted--;
    out[0] = utf8->code;
    return utf8->wanted == 0;
}
