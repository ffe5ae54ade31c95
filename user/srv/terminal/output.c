/* SPDX-License-Identifier: MIT */
/* See output.h. A byte that is printed becomes at most three: U+FFFD for what is not UTF-8. */
#include "output.h"
#include "filter.h"
#include "line.h"
#include <base/string.h>

constexpr uint32_t GROWS = 3;
constexpr uint32_t RESERVE = 4096; /* of the lines' ring, for the editor */
constexpr uint8_t ESCAPE = 0x1B, BACKSPACE = 0x08;

/* Where in a control sequence the text is; those that come here are whole and short. */
enum place : uint8_t { IN_TEXT, AFTER_ESCAPE, IN_SEQUENCE };

static struct filter filter;
static char row[OUTPUT_ROW_MAX];
static size_t row_size;
static bool row_is_long; /* more than can be remembered */
static enum place place;

/* ---- the row ---- */

static void remember(uint8_t byte) {
    if (row_size == sizeof row) {
        row_is_long = true;
    } else {
        row[row_size++] = (char)byte;
    }
}

static void forget_character(void) {
    do {
        row_size -= row_size > 0;
    } while (row_size > 0 && (row[row_size] & 0xC0) == 0x80);
}

static void follow_text(uint8_t byte) {
    if (byte == '\n' || byte == '\r') {
        output_row_done();
    } else if (byte == BACKSPACE) {
        forget_character();
    } else if (byte == ESCAPE) {
        place = AFTER_ESCAPE;
    } else if (byte >= ' ' && byte != 0x7F) {
        remember(byte);
    }
}

static void follow(uint8_t byte) {
    switch (place) {
    case IN_TEXT:
        follow_text(byte);
        break;
    case AFTER_ESCAPE:
        place = byte == '[' ? IN_SEQUENCE : IN_TEXT;
        break;
    case IN_SEQUENCE:
        place = byte >= 0x40 && byte <= 0x7E ? IN_TEXT : IN_SEQUENCE;
        break;
    }
}

const char *output_row(size_t *size) {
    *size = row_is_long ? 0 : row_size;
    return row;
}

void output_row_done(void) {
    row_size = 0;
    row_is_long = false;
}

/* ---- to the lines ---- */

void output_raw(const void *bytes, size_t size) {
    uint32_t room = lines_room();
    lines_put(bytes, size < room ? size : room);
}

/* LF becomes CR LF, and CR LF stays. */
static void put(const uint8_t *bytes, size_t size) {
    static uint8_t before;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\n' && before != '\r') {
            lines_put("\r", 1);
        }
        before = bytes[i];
        lines_put(&bytes[i], 1);
        follow(bytes[i]);
    }
}

uint32_t output_room(void) {
    uint32_t room = lines_room();
    return room > RESERVE ? (room - RESERVE) / GROWS : 0;
}

uint32_t output_write(const uint8_t *bytes, uint32_t size, bool trusted) {
    uint32_t room = output_room();
    size = size < room ? size : room;
    if (trusted) {
        put(bytes, size);
    } else {
        filter_write(&filter, bytes, size, put);
    }
    return size;
}
