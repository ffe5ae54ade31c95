/* SPDX-License-Identifier: MIT */
/*
 * The filter of terminal output. It is a list of what may pass: a sequence is held until it is
 * whole and then either passes unchanged or is dropped, so that the terminal never sees the start
 * of one. A control character within a sequence ends it, as does a byte that cannot belong to it.
 */
#include "filter.h"
#include <base/string.h>

constexpr uint8_t ESC = 0x1b;

struct filter_state {
    void (*put)(struct filter *filter, uint8_t byte, filter_sink *sink);
};

static void put_escape(struct filter *filter, uint8_t byte, filter_sink *sink);
static void put_csi(struct filter *filter, uint8_t byte, filter_sink *sink);
static void put_charset(struct filter *filter, uint8_t byte, filter_sink *sink);
static void put_string(struct filter *filter, uint8_t byte, filter_sink *sink);
static const struct filter_state escape = {put_escape}, csi = {put_csi}, charset = {put_charset},
                                 string = {put_string};

static void flush(struct filter *filter, filter_sink *sink) {
    if (filter->out_size > 0) {
        sink(filter->out, filter->out_size);
        filter->out_size = 0;
    }
}

static void emit(struct filter *filter, const uint8_t *bytes, size_t size, filter_sink *sink) {
    if (size > sizeof filter->out - filter->out_size) {
        flush(filter, sink);
    }
    memcpy(filter->out + filter->out_size, bytes, size);
    filter->out_size = (uint8_t)(filter->out_size + size);
}

static void emit_held(struct filter *filter, filter_sink *sink) {
    emit(filter, filter->held, filter->held_size, sink);
    filter->held_size = 0;
}

static void emit_replacement(struct filter *filter, filter_sink *sink) {
    static const uint8_t replacement[] = {0xef, 0xbf, 0xbd};
    emit(filter, replacement, sizeof replacement, sink);
}

static bool is_among(uint8_t byte, const char *set) {
    for (; *set != 0; set++) {
        if (byte == (uint8_t)*set) {
            return true;
        }
    }
    return false;
}

/* How many bytes follow the first byte of a character; 0 if it is none. */
static uint8_t follow_count(uint8_t first) {
    if (first >= 0xc2 && first <= 0xdf) {
        return 1;
    }
    if (first >= 0xe0 && first <= 0xef) {
        return 2;
    }
    return first >= 0xf0 && first <= 0xf4 ? 3 : 0;
}

/* Whether the byte may be the next of the held character: no overlong form, no surrogate, nothing
 * above U+10FFFF (Unicode, table 3-7). */
static bool follows(const struct filter *filter, uint8_t byte) {
    uint8_t low = 0x80, high = 0xbf;
    if (filter->held_size == 1) {
        uint8_t first = filter->held[0];
        low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : low;
        high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : high;
    }
    return byte >= low && byte <= high;
}

/* A control of 8 bits (U+0080 to U+009F) begins sequences in some terminals: it is dropped. */
static void end_character(struct filter *filter, filter_sink *sink) {
    if (filter->held[0] == 0xc2 && filter->held[1] < 0xa0) {
        filter->held_size = 0;
    } else {
        emit_held(filter, sink);
    }
}

static void put_text(struct filter *filter, uint8_t byte, filter_sink *sink) {
    if (filter->follow > 0) {
        if (follows(filter, byte)) {
            filter->held[filter->held_size++] = byte;
            if (--filter->follow == 0) {
                end_character(filter, sink);
            }
            return;
        }
        filter->follow = filter->held_size = 0;
        emit_replacement(filter, sink);
    }
    if (byte == ESC) {
        filter->state = &escape;
    } else if ((byte >= 0x20 && byte < 0x7f) || is_among(byte, "\a\b\t\n\r")) {
        emit(filter, &byte, 1, sink);
    } else if (byte >= 0x80) {
        filter->follow = follow_count(byte);
        if (filter->follow == 0) {
            emit_replacement(filter, sink);
            return;
        }
        filter->held[0] = byte;
        filter->held_size = 1;
    }
}

/* Drops the sequence; the byte is text, or begins the next one. */
static void give_up(struct filter *filter, uint8_t byte, filter_sink *sink) {
    filter->state = nullptr;
    filter->held_size = 0;
    put_text(filter, byte, sink);
}

/* After ESC: saving and restoring the cursor, index, next line and reverse index pass. */
static void put_escape(struct filter *filter, uint8_t byte, filter_sink *sink) {
    if (byte < 0x20 || byte >= 0x7f) {
        give_up(filter, byte, sink);
    } else if (byte == '[') {
        filter->state = &csi;
        filter->held[0] = ESC;
        filter->held[1] = '[';
        filter->held_size = 2;
    } else if (is_among(byte, "]PX^_")) {
        filter->state = &string;
    } else if (byte < 0x30) {
        filter->state = &charset;
    } else {
        filter->state = nullptr;
        if (is_among(byte, "78DEM")) {
            emit(filter, (const uint8_t[]){ESC, byte}, 2, sink);
        }
    }
}

/* Of private modes, wrapping, the cursor's being seen, and the other screen. */
static bool is_harmless_mode(const uint8_t *bytes, size_t size) {
    return (size == 2 && memcmp(bytes, "?7", 2) == 0) ||
           (size == 3 && memcmp(bytes, "?25", 3) == 0) ||
           (size == 5 && memcmp(bytes, "?1049", 5) == 0);
}

/* Of sequences after ESC [, by their last byte; SD (T) is missing since with more parameters it
 * follows the mouse, s with any sets margins. */
static bool is_harmless(const struct filter *filter, uint8_t last) {
    const uint8_t *parameters = filter->held + 2;
    size_t size = filter->held_size - 2U;
    if (is_among(last, "hl")) {
        return is_harmless_mode(parameters, size);
    }
    for (size_t i = 0; i < size; i++) {
        if (!is_among(parameters[i], "0123456789;:")) {
            return false;
        }
    }
    return is_among(last, "@ABCDEFGHJKLMPSX`adefmr") || (is_among(last, "su") && size == 0);
}

/* One byte of what is held is left for the last; a sequence that fills it is too long. */
static void put_csi(struct filter *filter, uint8_t byte, filter_sink *sink) {
    if (byte < 0x20 || byte >= 0x7f) {
        give_up(filter, byte, sink);
    } else if (byte < 0x40) {
        if (filter->held_size < FILTER_SEQUENCE_MAX) {
            filter->held[filter->held_size++] = byte;
        }
    } else {
        bool passes = filter->held_size < FILTER_SEQUENCE_MAX && is_harmless(filter, byte);
        filter->state = nullptr;
        if (passes) {
            filter->held[filter->held_size++] = byte;
            emit_held(filter, sink);
        }
        filter->held_size = 0;
    }
}

/* ESC and bytes 0x20 to 0x2f: character sets and the like, up to the last byte. */
static void put_charset(struct filter *filter, uint8_t byte, filter_sink *sink) {
    if (byte < 0x20 || byte >= 0x7f) {
        give_up(filter, byte, sink);
    } else if (byte >= 0x30) {
        filter->state = nullptr;
    }
}

/* Titles, the clipboard, keys: up to the end of the string or, so that an open one does not swallow
 * everything, of the line. The backslash of ESC \ is dropped by put_escape. */
static void put_string(struct filter *filter, uint8_t byte, filter_sink *sink) {
    if (byte == ESC || byte == '\n') {
        give_up(filter, byte, sink);
    } else if (is_among(byte, "\a\x18\x1a")) {
        filter->state = nullptr;
    }
}

void filter_write(struct filter *filter, const uint8_t *bytes, size_t size, filter_sink *sink) {
    for (size_t i = 0; i < size; i++) {
        if (filter->state == nullptr) {
            put_text(filter, bytes[i], sink);
        } else {
            filter->state->put(filter, bytes[i], sink);
        }
    }
    flush(filter, sink);
}
