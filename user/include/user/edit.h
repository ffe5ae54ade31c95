/* SPDX-License-Identifier: MIT */
/*
 * A line editor for a terminal that knows the sequences of a VT100. Bytes of the keyboard go in one
 * by one, and change the line; edit_draw() then brings the terminal up to date, writing only from
 * the first character on that changed, so that a line that is pasted is drawn once.
 *
 *   edit_begin(prompt) -> edit_put(byte) ... -> EDIT_LINE_DONE -> edit_text() -> edit_begin ...
 *                         edit_draw()
 *
 * The line is valid UTF-8 without control characters at all times, whatever is typed, and the
 * cursor lies between two characters as one sees them: what has no width belongs to what is before
 * it. A line of more rows than the terminal has is kept right, but not shown right.
 *
 *   left, right, ^B, ^F      a character      ^K, ^U    kill to the end, to the start
 *   ^left, ^right, M-b, M-f  a word           ^W, M-d   kill the word before, after the cursor
 *   home, end, ^A, ^E        the line         ^Y        insert what was killed last
 *   up, down, ^P, ^N         history          ^L        clear the screen
 *   backspace, delete, ^D    remove           ^C        give up the line; ^D when it is empty: end
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr size_t EDIT_PROMPT_MAX = 128;   /* bytes; what is beyond is not shown */
constexpr size_t EDIT_LINE_MAX = 1024;    /* bytes; what is typed beyond is refused with a bell */
constexpr size_t EDIT_HISTORY_MAX = 8192; /* bytes of all lines; the oldest give way */
constexpr size_t EDIT_SHOWN_MAX = EDIT_PROMPT_MAX + EDIT_LINE_MAX;
constexpr uint32_t EDIT_COLUMNS = 80; /* when the terminal's are not known */

/* What a byte has led to. */
enum edit_event : uint32_t {
    EDIT_MORE,
    EDIT_LINE_DONE,   /* the line is whole */
    EDIT_COMPLETE,    /* the tabulator: insert what completes the text before edit_cursor() */
    EDIT_INTERRUPTED, /* ^C */
    EDIT_ENDED,       /* ^D on an empty line */
};

/* Gets bytes for the terminal; they are its own only until it returns. */
typedef void edit_sink(void *context, const char *bytes, size_t size);

/* A character as far as it came. */
struct utf8 {
    char held[4];
    uint8_t size;
    uint8_t follow; /* bytes that it still lacks */
};

/* All of it is the editor's own. About 15 KiB. */
struct edit {
    edit_sink *sink;
    void *context;
    uint32_t columns;
    char line[EDIT_SHOWN_MAX]; /* the prompt, then the text */
    size_t prompt_size, size, cursor;
    char shown[EDIT_SHOWN_MAX]; /* what the terminal shows, and where its cursor is */
    size_t shown_size, shown_cursor;
    char killed[EDIT_LINE_MAX];
    size_t killed_size;
    char history[EDIT_HISTORY_MAX]; /* lines, each ended by a NUL, oldest first */
    size_t history_size;
    size_t history_at;        /* of the line that was fetched; history_size: the own one */
    char kept[EDIT_LINE_MAX]; /* the own line while another is shown */
    size_t kept_size;
    struct utf8 typed;
    uint8_t state;        /* of a key's sequence: enum key_state */
    uint8_t number_count; /* of its parameters */
    uint16_t numbers[2];
    bool after_return; /* a line feed is not another return */
};

/* columns 0: unknown. Nothing is shown yet. */
void edit_init(struct edit *edit, uint32_t columns, edit_sink *sink, void *context);

/* Begins a line. The terminal's cursor is at the start of a row. Of the prompt, control characters
 * and what is not UTF-8 are left out. Draws. */
void edit_begin(struct edit *edit, const char *prompt, size_t size);

/* After any event but MORE and COMPLETE the line has been left: the cursor is at the start of the
 * row below it, and edit_begin() comes next. */
enum edit_event edit_put(struct edit *edit, uint8_t byte);

/* Inserts at the cursor, as if typed; false: it did not all fit, and nothing was inserted. */
bool edit_insert(struct edit *edit, const char *bytes, size_t size);

/* The text without the prompt; the editor's until edit_begin(). */
const char *edit_text(const struct edit *edit, size_t *size);
/* Where the cursor is in it: bytes. */
size_t edit_cursor(const struct edit *edit);

/* Makes the terminal show the line. */
void edit_draw(struct edit *edit);
/* Takes line and prompt off the terminal, for output of others; the cursor is then where the
 * prompt began, and edit_draw() shows them again from the start of a row. */
void edit_hide(struct edit *edit);
/* The terminal has another width: hides; draw again. */
void edit_resize(struct edit *edit, uint32_t columns);

/* How many columns a character takes: 0, 1 or 2. */
uint32_t character_width(uint32_t character);
