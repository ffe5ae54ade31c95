/* SPDX-License-Identifier: MIT */
/*
 * Text on a framebuffer of 32 bits per pixel. Cells of the font's size hold a character and its
 * colours; what is wanted and what has been drawn are kept in ordinary memory, so that the video
 * memory is never read, and only cells that differ are written. Scrolling moves numbers of lines,
 * no cells: many lines may come and go before screen_draw() is called, and it draws what is left.
 *
 * On a screen with more cells than there is memory for, each pixel of the font becomes a square of
 * several. What the font lacks is shown as U+FFFD, in two cells if it is as wide as that; marks
 * that combine with the character before them are left out.
 */
#pragma once
#include <abi/bootinfo.h>
#include <chip/font.h>
#include <chip/utf8.h>
#include <stddef.h>
#include <stdint.h>

struct screen_memory {
    uint8_t *pixels;
    size_t size;            /* bytes that may be written */
    uint32_t width, height; /* pixels */
    uint32_t scanline;      /* bytes, any number from width * 4 up */
    enum bootinfo_framebuffer type;
};

/* 0xRRGGBB; the sixteen that have names. */
enum screen_colour : uint32_t {
    SCREEN_BLACK = 0x000000,
    SCREEN_RED = 0xCC3333,
    SCREEN_GREEN = 0x4EB35A,
    SCREEN_YELLOW = 0xC98A3C,
    SCREEN_BLUE = 0x5A8FD8,
    SCREEN_MAGENTA = 0xA86CC0,
    SCREEN_CYAN = 0x3FA8A8,
    SCREEN_WHITE = 0xD0D0D0,
    SCREEN_GREY = 0x808080,
    SCREEN_BRIGHT_RED = 0xFF5555,
    SCREEN_BRIGHT_GREEN = 0x7FE07F,
    SCREEN_BRIGHT_YELLOW = 0xFFD75F,
    SCREEN_BRIGHT_BLUE = 0x8AB8FF,
    SCREEN_BRIGHT_MAGENTA = 0xE0A0F0,
    SCREEN_BRIGHT_CYAN = 0x7FE0E0,
    SCREEN_BRIGHT_WHITE = 0xFFFFFF,
};

struct screen_style {
    uint32_t ink, paper; /* 0xRRGGBB */
};

constexpr uint32_t SCREEN_ROWS_MAX = 512;

struct screen {
    struct screen_memory memory;
    const struct font *font;
    uint64_t *wanted, *shown;        /* cells by lines: glyph << 48 | ink << 24 | paper */
    uint16_t lines[SCREEN_ROWS_MAX]; /* of `wanted`, that stand in each row */
    uint32_t columns, rows, scale;
    uint32_t column, row;               /* of the next character; column == columns: wraps first */
    uint32_t top, bottom;               /* rows that scroll: [top, bottom) */
    uint32_t dirty_first, dirty_end;    /* rows in which cells may differ */
    uint16_t unknown;                   /* glyph for what the font lacks */
    bool cursor;                        /* is shown, as a cell with its colours exchanged */
    uint32_t cursor_column, cursor_row; /* where it was drawn last */
    struct screen_style style;          /* of what is empty */
};

constexpr unsigned SCREEN_PARAMETERS = 16;

/* Who writes: half a character, an escape sequence begun and a style belong to one writer. */
struct screen_writer {
    struct screen_style style, usual; /* the style now, and after a reset */
    bool bold, inverse;
    uint8_t state;
    char mark;    /* "?" and its like at the start of a sequence; 0: none */
    bool strange; /* the sequence has parts that are not understood: it does nothing */
    uint8_t parameter_count;
    uint16_t parameters[SCREEN_PARAMETERS];
    uint16_t string_size;             /* of what is passed over */
    uint32_t saved_column, saved_row; /* CSI s */
    struct screen_style saved_style;
    struct utf8 utf8;
};

/* `cells` has room for two times `capacity`. False when not even one cell fits, or when the
 * dimensions contradict each other. Nothing is drawn yet. */
bool screen_init(struct screen *screen, const struct screen_memory *memory, const struct font *font,
                 uint64_t *cells, size_t capacity);
/* Everything empty and drawn anew, nothing pinned, no cursor, the next character at the top left.
 */
void screen_clear(struct screen *screen, struct screen_style style);
/* Fills the next `count` rows with a style; characters go on at the first of them. */
void screen_band(struct screen *screen, uint32_t count, struct screen_style style);
/* Rows above the current one stay from now on, as far as that leaves a quarter of the screen. */
void screen_pin(struct screen *screen);
/* The same once as many rows are full as can be kept; until then nothing. */
void screen_pin_full(struct screen *screen);
/* Goes to the next line, unless at the start of one. */
void screen_fresh_line(struct screen *screen);

void screen_writer_init(struct screen_writer *writer, struct screen_style style);
/* UTF-8 and the control characters and sequences of ECMA-48 that chip/terminal.c lists; others
 * leave no trace. */
void screen_write(struct screen *screen, struct screen_writer *writer, const char *bytes,
                  size_t size);
/* Draws what has changed. */
void screen_draw(struct screen *screen);
/* Draws what has changed in at most so many rows; false: there is more. */
bool screen_draw_rows(struct screen *screen, uint32_t count);
