/* SPDX-License-Identifier: MIT */
/*
 * Shows the line. `shown` is what the terminal has, so what must be drawn follows from comparing
 * it with the line. The terminal's cursor never stays beyond the last column, where terminals
 * differ: a line that ends there is followed by the start of a new row.
 */
#include "draw.h"
#include "text.h"
#include <base/string.h>

struct place {
    uint32_t row, column;
};

static void emit(struct edit *edit, const char *bytes, size_t size) {
    if (size > 0) {
        edit->sink(edit->context, bytes, size);
    }
}

/* Where the terminal's cursor is after so many bytes of text from the start of a row. */
static struct place place_of(const struct edit *edit, const char *text, size_t size) {
    struct place place = {};
    size_t step;
    for (size_t at = 0; at < size; at += step) {
        uint32_t width = character_width(utf8_decode(text + at, &step));
        if (width > 0 && place.column + width > edit->columns) {
            place = (struct place){place.row + 1, 0};
        }
        place.column += width;
    }
    return place.column < edit->columns ? place : (struct place){place.row + 1, 0};
}

/* ESC [ count letter; nothing for 0. */
static void emit_motion(struct edit *edit, uint32_t count, char letter) {
    char bytes[16];
    size_t at = sizeof bytes;
    if (count == 0) {
        return;
    }
    bytes[--at] = letter;
    for (; count > 0; count /= 10) {
        bytes[--at] = (char)('0' + count % 10);
    }
    bytes[--at] = '[';
    bytes[--at] = '\x1b';
    emit(edit, bytes + at, sizeof bytes - at);
}

/* Moves to that offset of what is shown. */
static void move(struct edit *edit, size_t offset) {
    struct place from = place_of(edit, edit->shown, edit->shown_cursor);
    struct place to = place_of(edit, edit->shown, offset);
    edit->shown_cursor = offset;
    if (from.row > to.row) {
        emit_motion(edit, from.row - to.row, 'A');
    } else {
        emit_motion(edit, to.row - from.row, 'B');
    }
    if (from.column != to.column) {
        emit(edit, "\r", 1);
        emit_motion(edit, to.column, 'C');
    }
}

/* The first character, as one sees them, that is not shown as it should be. */
static size_t first_difference(const struct edit *edit) {
    size_t least = edit->size < edit->shown_size ? edit->size : edit->shown_size;
    size_t at = 0;
    while (at < least && edit->line[at] == edit->shown[at]) {
        at++;
    }
    if (at == edit->size && at == edit->shown_size) {
        return at;
    }
    size_t step;
    while (at > 0 && at < edit->size && ((uint8_t)edit->line[at] & 0xc0) == 0x80) {
        at--;
    }
    bool joins =
        (at < edit->size && character_width(utf8_decode(edit->line + at, &step)) == 0) ||
        (at < edit->shown_size && character_width(utf8_decode(edit->shown + at, &step)) == 0);
    return joins ? text_previous(edit->line, 0, at) : at;
}

static void draw_rest(struct edit *edit, size_t from) {
    move(edit, from);
    if (from < edit->shown_size) {
        emit(edit, "\x1b[J", 3);
    }
    emit(edit, edit->line + from, edit->size - from);
    if (from < edit->size && place_of(edit, edit->line, edit->size).column == 0) {
        emit(edit, "\r\n", 2);
    }
    memcpy(edit->shown + from, edit->line + from, edit->size - from);
    edit->shown_size = edit->shown_cursor = edit->size;
}

void edit_draw(struct edit *edit) {
    size_t from = first_difference(edit);
    if (from < edit->size || from < edit->shown_size) {
        draw_rest(edit, from);
    }
    move(edit, edit->cursor);
}

void edit_hide(struct edit *edit) {
    move(edit, 0);
    emit(edit, "\x1b[J", edit->shown_size > 0 ? 3 : 0);
    edit->shown_size = 0;
}

void edit_resize(struct edit *edit, uint32_t columns) {
    edit_hide(edit);
    edit->columns = columns < 2 ? EDIT_COLUMNS : columns;
}

void draw_leave(struct edit *edit, const char *mark) {
    edit->cursor = edit->size;
    edit_draw(edit);
    size_t size = strlen(mark);
    emit(edit, mark, size);
    if (size > 0 || edit->size == 0 || place_of(edit, edit->line, edit->size).column > 0) {
        emit(edit, "\r\n", 2);
    }
    edit->shown_size = edit->shown_cursor = 0;
}

void draw_cleared(struct edit *edit) {
    emit(edit, "\x1b[H\x1b[2J", 7);
    edit->shown_size = edit->shown_cursor = 0;
    edit_draw(edit);
}

void draw_bell(struct edit *edit) {
    emit(edit, "\a", 1);
}
