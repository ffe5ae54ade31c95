/* SPDX-License-Identifier: MIT */
/*
 * Text on a framebuffer of 32 bits per pixel. Cells of the font's size hold a character and a
 * style; what is wanted and what has been drawn are kept in ordinary memory, so that the video
 * memory is never read, and only cells that changed are written.
 *
 * On a screen with more cells than there is memory for, each pixel of the font becomes a square of
 * several. Characters are one cell wide; what the font lacks is shown as U+FFFD.
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

enum screen_colour : uint8_t {
    SCREEN_BLACK,
    SCREEN_RED,
    SCREEN_GREEN,
    SCREEN_YELLOW,
    SCREEN_BLUE,
    SCREEN_MAGENTA,
    SCREEN_CYAN,
    SCREEN_WHITE,
    SCREEN_BRIGHT = 8, /* added to any of them */
};

/* A style: the foreground in the low four bits, the background in the high ones. */
#define SCREEN_STYLE(foreground, background) ((uint8_t)((foreground) | (background) << 4))

struct screen {
    struct screen_memory memory;
    const struct font *font;
    uint32_t *wanted, *shown; /* cells by rows: glyph << 8 | style */
    uint32_t columns, rows, scale;
    uint32_t column, row;            /* of the next character; column == columns: wraps first */
    uint32_t top;                    /* rows above do not scroll */
    uint32_t dirty_first, dirty_end; /* rows in which cells may differ */
    uint32_t pixels[16];             /* of each colour */
    uint16_t unknown;                /* glyph for what the font lacks */
    uint8_t style;                   /* of what is empty */
};

/* Who writes: half a character, an escape sequence begun and a style belong to one writer. */
struct screen_writer {
    uint8_t style, usual; /* the style now, and after a reset */
    bool bold;            /* makes colours bright */
    uint8_t state;
    uint8_t parameter_count;
    uint16_t parameters[8];
    struct utf8 utf8;
};

/* `cells` has room for two times `capacity`. False when not even one cell fits, or when the
 * dimensions contradict each other. Nothing is drawn yet. */
bool screen_init(struct screen *screen, const struct screen_memory *memory, const struct font *font,
                 uint32_t *cells, size_t capacity);
/* Everything empty and drawn anew, nothing pinned, the next character at the top left. */
void screen_clear(struct screen *screen, uint8_t style);
/* Fills the next `count` rows with a style; characters go on at the first of them. */
void screen_band(struct screen *screen, uint32_t count, uint8_t style);
/* Rows above the current one stay from now on, as far as that leaves a quarter of the screen. */
void screen_pin(struct screen *screen);
/* Goes to the next line, unless at the start of one. */
void screen_fresh_line(struct screen *screen);

void screen_writer_init(struct screen_writer *writer, uint8_t style);
/* UTF-8, with newline, carriage return, backspace, tab (every 8 columns) and the escape sequences
 * for colours (ESC [ ... m); other control characters and sequences leave no trace. */
void screen_write(struct screen *screen, struct screen_writer *writer, const char *bytes,
                  size_t size);
/* Draws what has changed. */
void screen_draw(struct screen *screen);
