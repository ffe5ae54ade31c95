/* SPDX-License-Identifier: MIT */
/*
 * Text, control characters and escape sequences, from anyone: whatever comes, positions stay on the
 * screen, numbers are bounded, and a string that does not end is text again after STRING_MAX bytes.
 * Source: ECMA-48, and xterm's ctlseqs for what it lacks.
 *
 *   BEL ignored, BS HT LF CR; CAN and SUB end a sequence; VT and FF as LF
 *   ESC 7 8 D E M c          save, restore, index, next line, reverse index, reset
 *   CSI A B C D E F G ` d a e H f     moves; s u save and restore
 *   CSI J K X                erase: display, line, characters
 *   CSI L M P @ S T          insert and delete lines and characters, scroll
 *   CSI m                    colours: 16, 256 (38;5;n), any (38;2;r;g;b); bold and inverse
 *   CSI r, CSI ?25 h l       the rows that scroll; the cursor shown or not
 *   OSC DCS SOS PM APC ... ST or BEL   passed over
 */
#include "cells.h"
#include <base/checked.h>

enum state : uint8_t { TEXT, ESCAPE, INTERMEDIATE, SEQUENCE, STRING, STRING_ESCAPE };

constexpr uint32_t TAB = 8;
constexpr uint16_t PARAMETER_MAX = 9999;
constexpr uint16_t STRING_MAX = 4096;
constexpr uint32_t BEL = 7, CAN = 0x18, SUB = 0x1A, ESC = 0x1B;

void screen_writer_init(struct screen_writer *writer, struct screen_style style) {
    *writer = (struct screen_writer){.style = style, .usual = style, .saved_style = style};
}

/* What characters look like. */
static struct screen_style look(const struct screen_writer *writer) {
    struct screen_style style = writer->style;
    return writer->inverse ? (struct screen_style){style.paper, style.ink} : style;
}

/* The parameter, or what stands for one that is missing or 0. */
static int64_t parameter(const struct screen_writer *writer, unsigned index, int64_t otherwise) {
    bool given = index <= writer->parameter_count && writer->parameters[index] != 0;
    return given ? writer->parameters[index] : otherwise;
}

/* ---- colours ---- */

static const uint32_t named[16] = {
    SCREEN_BLACK,        SCREEN_RED,
    SCREEN_GREEN,        SCREEN_YELLOW,
    SCREEN_BLUE,         SCREEN_MAGENTA,
    SCREEN_CYAN,         SCREEN_WHITE,
    SCREEN_GREY,         SCREEN_BRIGHT_RED,
    SCREEN_BRIGHT_GREEN, SCREEN_BRIGHT_YELLOW,
    SCREEN_BRIGHT_BLUE,  SCREEN_BRIGHT_MAGENTA,
    SCREEN_BRIGHT_CYAN,  SCREEN_BRIGHT_WHITE,
};

/* xterm's: 16 with names, a cube of 6 x 6 x 6, 24 greys. */
static uint32_t colour_of(unsigned number) {
    static const uint8_t steps[6] = {0, 95, 135, 175, 215, 255};
    if (number < 16) {
        return named[number];
    }
    if (number < 232) {
        unsigned cube = number - 16;
        return (uint32_t)steps[cube / 36] << 16 | (uint32_t)steps[cube / 6 % 6] << 8 |
               steps[cube % 6];
    }
    return (8 + 10 * (number - 232)) * 0x010101;
}

/* 38 or 48 at *index and what follows: 5;n or 2;r;g;b. Leaves *index at the last that belongs to
 * it. False: no colour. */
static bool read_colour(const struct screen_writer *writer, unsigned *index, uint32_t *out) {
    unsigned at = *index, last = writer->parameter_count;
    const uint16_t *given = writer->parameters;
    if (at + 2 <= last && given[at + 1] == 5) {
        *index = at + 2;
        *out = given[at + 2] < 256 ? colour_of(given[at + 2]) : 0;
        return given[at + 2] < 256;
    }
    if (at + 4 <= last && given[at + 1] == 2) {
        *index = at + 4;
        *out = (uint32_t)given[at + 2] << 16 | (uint32_t)given[at + 3] << 8 | given[at + 4];
        return given[at + 2] < 256 && given[at + 3] < 256 && given[at + 4] < 256;
    }
    *index = last; /* nobody knows what belongs to it */
    return false;
}

static void rendition_reset(struct screen_writer *writer) {
    writer->style = writer->usual;
    writer->bold = writer->inverse = false;
}

/* Those that set a colour by their own number. */
static void select_colour(struct screen_writer *writer, unsigned number) {
    struct screen_style *style = &writer->style;
    if (number >= 30 && number <= 37) {
        style->ink = named[number - 30 + (writer->bold ? 8 : 0)];
    } else if (number >= 90 && number <= 97) {
        style->ink = named[number - 90 + 8];
    } else if (number >= 40 && number <= 47) {
        style->paper = named[number - 40];
    } else if (number >= 100 && number <= 107) {
        style->paper = named[number - 100 + 8];
    } else if (number == 39) {
        style->ink = writer->usual.ink;
    } else if (number == 49) {
        style->paper = writer->usual.paper;
    }
}

/* Bold makes the eight named colours bright, before or after them. */
static void select_bold(struct screen_writer *writer, bool bold) {
    unsigned from = bold ? 0 : 8, to = bold ? 8 : 0;
    bool was = writer->bold;
    writer->bold = bold;
    for (unsigned i = 0; i < 8 && was != bold; i++) {
        if (writer->style.ink == named[from + i]) {
            writer->style.ink = named[to + i];
            return;
        }
    }
}

static void select(struct screen_writer *writer, unsigned *index) {
    unsigned number = writer->parameters[*index];
    uint32_t colour;
    switch (number) {
    case 0:
        rendition_reset(writer);
        break;
    case 1:
    case 22:
        select_bold(writer, number == 1);
        break;
    case 7:
    case 27:
        writer->inverse = number == 7;
        break;
    case 38:
    case 48:
        if (read_colour(writer, index, &colour)) {
            *(number == 38 ? &writer->style.ink : &writer->style.paper) = colour;
        }
        break;
    default:
        select_colour(writer, number);
        break;
    }
}

/* ---- sequences ---- */

typedef void action(struct screen *screen, struct screen_writer *writer);

static void move_by(struct screen *screen, int64_t columns, int64_t rows) {
    cells_move(screen, screen->column + columns, screen->row + rows);
}

static void do_up(struct screen *screen, struct screen_writer *writer) {
    move_by(screen, 0, -parameter(writer, 0, 1));
}

static void do_down(struct screen *screen, struct screen_writer *writer) {
    move_by(screen, 0, parameter(writer, 0, 1));
}

static void do_right(struct screen *screen, struct screen_writer *writer) {
    move_by(screen, parameter(writer, 0, 1), 0);
}

static void do_left(struct screen *screen, struct screen_writer *writer) {
    move_by(screen, -parameter(writer, 0, 1), 0);
}

static void do_lines_down(struct screen *screen, struct screen_writer *writer) {
    cells_move(screen, 0, screen->row + parameter(writer, 0, 1));
}

static void do_lines_up(struct screen *screen, struct screen_writer *writer) {
    cells_move(screen, 0, screen->row - parameter(writer, 0, 1));
}

static void do_column(struct screen *screen, struct screen_writer *writer) {
    cells_move(screen, parameter(writer, 0, 1) - 1, screen->row);
}

static void do_row(struct screen *screen, struct screen_writer *writer) {
    cells_move(screen, screen->column, parameter(writer, 0, 1) - 1);
}

static void do_position(struct screen *screen, struct screen_writer *writer) {
    cells_move(screen, parameter(writer, 1, 1) - 1, parameter(writer, 0, 1) - 1);
}

static void do_save(struct screen *screen, struct screen_writer *writer) {
    writer->saved_column = screen->column;
    writer->saved_row = screen->row;
    writer->saved_style = writer->style;
}

static void do_restore(struct screen *screen, struct screen_writer *writer) {
    cells_move(screen, writer->saved_column, writer->saved_row);
    writer->style = writer->saved_style;
}

/* 0: from the cursor on, 1: up to it, 2: all. */
static void do_erase_line(struct screen *screen, struct screen_writer *writer) {
    int64_t which = parameter(writer, 0, 0);
    uint32_t first = which == 0 ? screen->column : 0;
    uint32_t end = which == 1 ? screen->column + 1 : screen->columns;
    if (which <= 2) {
        cells_erase(screen, screen->row, first, end, look(writer));
    }
}

static void erase_rows(struct screen *screen, struct screen_writer *writer, uint32_t first,
                       uint32_t end) {
    for (uint32_t row = first; row < end; row++) {
        cells_erase(screen, row, 0, screen->columns, look(writer));
    }
}

static void do_erase_display(struct screen *screen, struct screen_writer *writer) {
    int64_t which = parameter(writer, 0, 0);
    if (which <= 1) {
        do_erase_line(screen, writer);
    }
    if (which <= 3) { /* 3 is what has scrolled away, too: of that there is none */
        erase_rows(screen, writer, which == 0 ? screen->row + 1 : 0,
                   which == 1 ? screen->row : screen->rows);
    }
}

static void do_erase_characters(struct screen *screen, struct screen_writer *writer) {
    uint32_t end = screen->column + (uint32_t)parameter(writer, 0, 1);
    cells_erase(screen, screen->row, screen->column, end, look(writer));
}

static bool in_region(const struct screen *screen) {
    return screen->row >= screen->top && screen->row < screen->bottom;
}

static void do_insert_lines(struct screen *screen, struct screen_writer *writer) {
    if (in_region(screen)) {
        cells_scroll(screen, screen->row, -parameter(writer, 0, 1), look(writer));
    }
}

static void do_delete_lines(struct screen *screen, struct screen_writer *writer) {
    if (in_region(screen)) {
        cells_scroll(screen, screen->row, parameter(writer, 0, 1), look(writer));
    }
}

static void do_insert(struct screen *screen, struct screen_writer *writer) {
    cells_shift(screen, parameter(writer, 0, 1), look(writer));
}

static void do_delete(struct screen *screen, struct screen_writer *writer) {
    cells_shift(screen, -parameter(writer, 0, 1), look(writer));
}

static void do_scroll_up(struct screen *screen, struct screen_writer *writer) {
    cells_scroll(screen, screen->top, parameter(writer, 0, 1), look(writer));
}

static void do_scroll_down(struct screen *screen, struct screen_writer *writer) {
    cells_scroll(screen, screen->top, -parameter(writer, 0, 1), look(writer));
}

static void do_rendition(struct screen *, struct screen_writer *writer) {
    for (unsigned i = 0; i <= writer->parameter_count; i++) {
        select(writer, &i);
    }
}

/* At least two rows; anything else is the whole screen. */
static void do_region(struct screen *screen, struct screen_writer *writer) {
    int64_t top = parameter(writer, 0, 1) - 1, bottom = parameter(writer, 1, screen->rows);
    bool valid = top + 1 < bottom && bottom <= screen->rows;
    screen->top = valid ? (uint32_t)top : 0;
    screen->bottom = valid ? (uint32_t)bottom : screen->rows;
    cells_move(screen, 0, 0);
}

static void do_reset(struct screen *screen, struct screen_writer *writer) {
    rendition_reset(writer);
    screen->top = 0;
    screen->bottom = screen->rows;
    screen->cursor = true;
    erase_rows(screen, writer, 0, screen->rows);
    cells_move(screen, 0, 0);
}

static void do_index(struct screen *screen, struct screen_writer *) {
    uint32_t column = screen->column;
    cells_next_line(screen);
    screen->column = column;
}

static void do_next_line(struct screen *screen, struct screen_writer *) {
    cells_next_line(screen);
}

static void do_reverse_index(struct screen *screen, struct screen_writer *writer) {
    if (screen->row == screen->top) {
        cells_scroll(screen, screen->top, -1, look(writer));
    } else {
        move_by(screen, 0, -1);
    }
}

struct entry {
    char final;
    action *act;
};

static const struct entry sequences[] = {
    {'@', do_insert},
    {'A', do_up},
    {'B', do_down},
    {'C', do_right},
    {'D', do_left},
    {'E', do_lines_down},
    {'F', do_lines_up},
    {'G', do_column},
    {'H', do_position},
    {'J', do_erase_display},
    {'K', do_erase_line},
    {'L', do_insert_lines},
    {'M', do_delete_lines},
    {'P', do_delete},
    {'S', do_scroll_up},
    {'T', do_scroll_down},
    {'X', do_erase_characters},
    {'`', do_column},
    {'a', do_right},
    {'d', do_row},
    {'e', do_down},
    {'f', do_position},
    {'m', do_rendition},
    {'r', do_region},
    {'s', do_save},
    {'u', do_restore},
};

static const struct entry escapes[] = {
    {'7', do_save},      {'8', do_restore},       {'D', do_index},
    {'E', do_next_line}, {'M', do_reverse_index}, {'c', do_reset},
};

static void perform(const struct entry *entries, size_t count, uint32_t code, struct screen *screen,
                    struct screen_writer *writer) {
    for (size_t i = 0; i < count; i++) {
        if ((uint8_t)entries[i].final == code) {
            entries[i].act(screen, writer);
            return;
        }
    }
}

static void set_mode(struct screen *screen, const struct screen_writer *writer, bool on) {
    constexpr uint16_t MODE_CURSOR = 25;
    for (unsigned i = 0; i <= writer->parameter_count; i++) {
        if (writer->parameters[i] == MODE_CURSOR) {
            screen->cursor = on;
        }
    }
}

/* ---- parsing ---- */

static void end_sequence(struct screen *screen, struct screen_writer *writer, uint32_t code) {
    writer->state = TEXT;
    if (writer->strange) {
        return;
    }
    if (writer->mark == '?' && (code == 'h' || code == 'l')) {
        set_mode(screen, writer, code == 'h');
    } else if (writer->mark == 0) {
        perform(sequences, COUNT_OF(sequences), code, screen, writer);
    }
}

static void begin_sequence(struct screen_writer *writer) {
    writer->state = SEQUENCE;
    writer->mark = 0;
    writer->strange = false;
    writer->parameter_count = 0;
    writer->parameters[0] = 0;
}

static void add_digit(struct screen_writer *writer, uint32_t code) {
    uint16_t *value = &writer->parameters[writer->parameter_count];
    uint32_t next = *value * 10u + (code - '0');
    *value = next < PARAMETER_MAX ? (uint16_t)next : PARAMETER_MAX;
}

static void next_parameter(struct screen_writer *writer) {
    if (writer->parameter_count + 1u < SCREEN_PARAMETERS) {
        writer->parameters[++writer->parameter_count] = 0;
    } else {
        writer->strange = true;
    }
}

static void put_sequence(struct screen *screen, struct screen_writer *writer, uint32_t code) {
    if (code >= '0' && code <= '9') {
        add_digit(writer, code);
    } else if (code == ';') {
        next_parameter(writer);
    } else if (code >= '<' && code <= '?') {
        writer->mark = (char)code;
    } else if (code >= '@' && code <= '~') {
        end_sequence(screen, writer, code);
    } else { /* intermediates, colons, and what is no part of a sequence */
        writer->strange = true;
        writer->state = code < 0x7F ? SEQUENCE : TEXT;
    }
}

static bool begins_string(uint32_t code) {
    return code == ']' || code == 'P' || code == 'X' || code == '^' || code == '_';
}

static void put_escape(struct screen *screen, struct screen_writer *writer, uint32_t code) {
    writer->state = TEXT;
    if (code == '[') {
        begin_sequence(writer);
    } else if (begins_string(code)) {
        writer->state = STRING;
        writer->string_size = 0;
    } else if (code >= ' ' && code < '0') {
        writer->state = INTERMEDIATE; /* as in the choice of a character set: one more */
    } else {
        perform(escapes, COUNT_OF(escapes), code, screen, writer);
    }
}

/* Its end is BEL, or ESC \. */
static void put_string(struct screen_writer *writer, uint32_t code) {
    bool ends = code == BEL || code == CAN || code == SUB ||
                (writer->state == STRING_ESCAPE && code == '\\') ||
                ++writer->string_size == STRING_MAX;
    writer->state = ends ? TEXT : code == ESC ? STRING_ESCAPE : STRING;
}

static void put_tab(struct screen *screen) {
    uint32_t column = (screen->column / TAB + 1) * TAB;
    screen->column = column < screen->columns ? column : screen->columns;
}

/* Within a sequence, too. */
static void put_control(struct screen *screen, struct screen_writer *writer, uint32_t code) {
    switch (code) {
    case '\n':
    case '\v':
    case '\f':
        cells_next_line(screen);
        break;
    case '\r':
        screen->column = 0;
        break;
    case '\b':
        screen->column -= screen->column > 0;
        break;
    case '\t':
        put_tab(screen);
        break;
    case CAN:
    case SUB:
        writer->state = TEXT;
        break;
    case ESC:
        writer->state = ESCAPE;
        break;
    default:
        break;
    }
}

static void put(struct screen *screen, struct screen_writer *writer, uint32_t code) {
    if (writer->state == STRING || writer->state == STRING_ESCAPE) {
        put_string(writer, code);
    } else if (code < ' ') {
        put_control(screen, writer, code);
    } else if (writer->state == SEQUENCE) {
        put_sequence(screen, writer, code);
    } else if (writer->state == ESCAPE) {
        put_escape(screen, writer, code);
    } else if (writer->state == INTERMEDIATE) {
        writer->state = code < '0' ? INTERMEDIATE : TEXT;
    } else if (code < 0x7F || code >= 0xA0) {
        cells_put(screen, code, look(writer));
    }
}

void screen_write(struct screen *screen, struct screen_writer *writer, const char *bytes,
                  size_t size) {
    uint32_t codes[2];
    for (size_t i = 0; i < size; i++) {
        size_t count = utf8_put(&writer->utf8, (uint8_t)bytes[i], codes);
        for (size_t at = 0; at < count; at++) {
            put(screen, writer, codes[at]);
        }
    }
}
