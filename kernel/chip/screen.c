/* SPDX-License-Identifier: MIT */
/*
 * See chip/screen.h. Text changes `wanted` only, scrolling moves its lines; screen_draw() brings
 * the video memory after it. All positions are checked against what screen_init() found to fit.
 *
 * Video memory is written as its bus likes it: along a scanline, in as long runs as there are cells
 * side by side that have changed, eight bytes at a time where the font and the scale allow it.
 */
#include "cells.h"
#include <base/checked.h>
#include <base/string.h>
#include <chip/width.h>

constexpr uint64_t NEVER_SHOWN = UINT64_MAX; /* no glyph has the number FONT_NONE */
constexpr uint32_t RUN_MAX = 32;             /* cells drawn side by side */

static struct screen_style style_of(uint64_t cell) {
    return (struct screen_style){cell >> 24 & 0xFFFFFF, cell & 0xFFFFFF};
}

static uint64_t cell_of(uint16_t glyph, struct screen_style style) {
    return (uint64_t)glyph << 48 | (uint64_t)(style.ink & 0xFFFFFF) << 24 |
           (style.paper & 0xFFFFFF);
}

/* ---- pixels ---- */

/* The types name the bytes from the highest to the lowest. */
static uint32_t pixel_of(uint32_t rgb, enum bootinfo_framebuffer type) {
    uint32_t red = rgb >> 16, green = rgb >> 8 & 0xFF, blue = rgb & 0xFF;
    switch (type) {
    case BOOTINFO_RGBA:
        return red << 24 | green << 16 | blue << 8;
    case BOOTINFO_ABGR:
        return blue << 16 | green << 8 | red;
    case BOOTINFO_BGRA:
        return blue << 24 | green << 16 | red << 8;
    case BOOTINFO_ARGB:
        return rgb;
    }
    return rgb;
}

/* A cell that is being drawn. */
struct drawn {
    const uint8_t *bits; /* of the glyph's row that comes next */
    uint32_t ink, paper; /* pixels */
    uint64_t pairs[4];   /* of pixels, by the two bits of the glyph */
};

static void drawn_init(struct drawn *drawn, const struct screen *screen, uint64_t cell) {
    struct screen_style style = style_of(cell);
    uint64_t ink = pixel_of(style.ink, screen->memory.type);
    uint64_t paper = pixel_of(style.paper, screen->memory.type);
    *drawn = (struct drawn){
        .bits = font_glyph(screen->font, (uint16_t)(cell >> 48)),
        .ink = (uint32_t)ink,
        .paper = (uint32_t)paper,
        .pairs = {paper << 32 | paper, ink << 32 | paper, paper << 32 | ink, ink << 32 | ink},
    };
}

/* Scanlines may have any size, so pixels may lie anywhere. */
static uint8_t *put_pixel(uint8_t *at, uint32_t pixel) {
    __builtin_memcpy_inline(at, &pixel, sizeof(pixel));
    return at + sizeof(pixel);
}

static uint8_t *put_pair(uint8_t *at, uint64_t pair) {
    __builtin_memcpy_inline(at, &pair, sizeof(pair));
    return at + sizeof(pair);
}

static uint8_t *draw_eight(const struct drawn *drawn, uint8_t *at) {
    unsigned bits = *drawn->bits;
    at = put_pair(at, drawn->pairs[bits >> 6]);
    at = put_pair(at, drawn->pairs[bits >> 4 & 3]);
    at = put_pair(at, drawn->pairs[bits >> 2 & 3]);
    return put_pair(at, drawn->pairs[bits & 3]);
}

static uint8_t *draw_any(const struct screen *screen, const struct drawn *drawn, uint8_t *at) {
    for (uint32_t x = 0; x < screen->font->width; x++) {
        uint32_t pixel = drawn->bits[x / 8] >> (7 - x % 8) & 1 ? drawn->ink : drawn->paper;
        for (uint32_t i = 0; i < screen->scale; i++) {
            at = put_pixel(at, pixel);
        }
    }
    return at;
}

static void draw_scanline(const struct screen *screen, const struct drawn *cells, uint32_t count,
                          uint8_t *at) {
    if (screen->scale == 1 && screen->font->width == 8) {
        for (uint32_t i = 0; i < count; i++) {
            at = draw_eight(&cells[i], at);
        }
    } else {
        for (uint32_t i = 0; i < count; i++) {
            at = draw_any(screen, &cells[i], at);
        }
    }
}

static void draw_run(const struct screen *screen, uint32_t row, uint32_t column,
                     const uint64_t *cells, uint32_t count) {
    struct drawn drawn[RUN_MAX];
    const struct font *font = screen->font;
    size_t line = (size_t)row * font->height * screen->scale;
    uint8_t *at = screen->memory.pixels + line * screen->memory.scanline +
                  (size_t)column * font->width * screen->scale * sizeof(uint32_t);
    for (uint32_t i = 0; i < count; i++) {
        drawn_init(&drawn[i], screen, cells[i]);
    }
    for (uint32_t y = 0; y < font->height; y++) {
        for (uint32_t i = 0; i < screen->scale; i++, at += screen->memory.scanline) {
            draw_scanline(screen, drawn, count, at);
        }
        for (uint32_t i = 0; i < count; i++) {
            drawn[i].bits += font->row_size;
        }
    }
}

/* What no cell covers, right and below, is cleared with the rest. */
static void fill(const struct screen *screen, uint32_t rgb) {
    uint32_t pixel = pixel_of(rgb, screen->memory.type);
    for (uint32_t y = 0; y < screen->memory.height; y++) {
        uint8_t *at = screen->memory.pixels + (size_t)y * screen->memory.scanline;
        for (uint32_t x = 0; x < screen->memory.width; x++) {
            at = put_pixel(at, pixel);
        }
    }
}

static uint64_t *row_of(const struct screen *screen, uint32_t row) {
    return screen->wanted + (size_t)screen->lines[row] * screen->columns;
}

static void draw_row(struct screen *screen, uint32_t row) {
    const uint64_t *wanted = row_of(screen, row);
    uint64_t *shown = screen->shown + (size_t)row * screen->columns;
    for (uint32_t column = 0; column < screen->columns;) {
        uint32_t count = 0;
        while (column + count < screen->columns && count < RUN_MAX &&
               wanted[column + count] != shown[column + count]) {
            shown[column + count] = wanted[column + count];
            count++;
        }
        if (count > 0) {
            draw_run(screen, row, column, wanted + column, count);
        }
        column += count > 0 ? count : 1;
    }
}

/* The cell under the cursor is drawn with its colours exchanged; `shown` says so, and the next
 * draw_row() makes good for it. */
static void draw_cursor(struct screen *screen) {
    uint32_t last = screen->columns - 1;
    uint32_t column = screen->column < last ? screen->column : last;
    uint64_t cell = row_of(screen, screen->row)[column];
    struct screen_style style = style_of(cell);
    cell = cell_of((uint16_t)(cell >> 48), (struct screen_style){style.paper, style.ink});
    uint64_t *shown = screen->shown + (size_t)screen->row * screen->columns + column;
    screen->cursor_column = column;
    screen->cursor_row = screen->row;
    if (*shown != cell) {
        *shown = cell;
        draw_run(screen, screen->row, column, &cell, 1);
    }
}

/* Has the cursor left the place where it was drawn? */
static void erase_cursor(struct screen *screen) {
    uint32_t row = screen->cursor_row;
    if (row < screen->rows && (row < screen->dirty_first || row >= screen->dirty_end) &&
        (!screen->cursor || row != screen->row || screen->cursor_column != screen->column)) {
        draw_row(screen, row);
        screen->cursor_row = UINT32_MAX;
    }
}

bool screen_draw_rows(struct screen *screen, uint32_t count) {
    erase_cursor(screen);
    for (; screen->dirty_first < screen->dirty_end && count > 0; count--) {
        draw_row(screen, screen->dirty_first++);
    }
    if (screen->dirty_first < screen->dirty_end) {
        return false;
    }
    screen->dirty_first = screen->rows;
    screen->dirty_end = 0;
    if (screen->cursor) {
        draw_cursor(screen);
    }
    return true;
}

void screen_draw(struct screen *screen) {
    screen_draw_rows(screen, UINT32_MAX);
}

/* ---- start ---- */

static uint16_t glyph_of(const struct screen *screen, uint32_t code) {
    uint16_t glyph = font_find(screen->font, code);
    return glyph != FONT_NONE ? glyph : screen->unknown;
}

static void touch(struct screen *screen, uint32_t first, uint32_t end) {
    screen->dirty_first = first < screen->dirty_first ? first : screen->dirty_first;
    screen->dirty_end = end > screen->dirty_end ? end : screen->dirty_end;
}

static bool memory_fits(const struct screen_memory *memory) {
    uint64_t line = (uint64_t)memory->width * sizeof(uint32_t);
    return memory->width > 0 && memory->height > 0 && memory->scanline >= line &&
           (uint64_t)(memory->height - 1) * memory->scanline + line <= memory->size;
}

/* The smallest scale at which the cells can be kept. */
static bool choose_scale(struct screen *screen, size_t capacity) {
    do {
        screen->scale++;
        screen->columns = screen->memory.width / (screen->font->width * screen->scale);
        screen->rows = screen->memory.height / (screen->font->height * screen->scale);
    } while ((uint64_t)screen->columns * screen->rows > capacity || screen->rows > SCREEN_ROWS_MAX);
    return screen->columns > 0 && screen->rows > 0;
}

bool screen_init(struct screen *screen, const struct screen_memory *memory, const struct font *font,
                 uint64_t *cells, size_t capacity) {
    *screen = (struct screen){.memory = *memory, .font = font};
    if (!memory_fits(memory) || !choose_scale(screen, capacity)) {
        return false;
    }
    screen->wanted = cells;
    screen->shown = cells + (size_t)screen->columns * screen->rows;
    uint16_t glyph = font_find(font, UTF8_REPLACEMENT);
    glyph = glyph != FONT_NONE ? glyph : font_find(font, '?');
    screen->unknown = glyph != FONT_NONE ? glyph : 0;
    return true;
}

static void erase_rows(struct screen *screen, uint32_t first, uint32_t end,
                       struct screen_style style) {
    for (uint32_t row = first; row < end; row++) {
        cells_erase(screen, row, 0, screen->columns, style);
    }
}

void screen_clear(struct screen *screen, struct screen_style style) {
    screen->column = screen->row = screen->top = 0;
    screen->bottom = screen->rows;
    screen->style = style;
    screen->cursor = false;
    screen->cursor_row = UINT32_MAX;
    for (uint32_t row = 0; row < screen->rows; row++) {
        screen->lines[row] = (uint16_t)row;
    }
    fill(screen, style.paper);
    memset(screen->shown, 0xFF, (size_t)screen->columns * screen->rows * sizeof(*screen->shown));
    static_assert(NEVER_SHOWN == UINT64_MAX);
    erase_rows(screen, 0, screen->rows, style);
}

void screen_band(struct screen *screen, uint32_t count, struct screen_style style) {
    uint32_t left = screen->rows - screen->row;
    erase_rows(screen, screen->row, screen->row + (count < left ? count : left), style);
}

static uint32_t rows_kept(const struct screen *screen) {
    return screen->rows - (screen->rows + 3) / 4;
}

void screen_pin(struct screen *screen) {
    uint32_t kept = rows_kept(screen);
    screen->top = screen->row < kept ? screen->row : kept;
    screen->bottom = screen->rows;
}

void screen_pin_full(struct screen *screen) {
    if (screen->row >= rows_kept(screen)) {
        screen_pin(screen);
    }
}

/* ---- cells ---- */

void cells_erase(struct screen *screen, uint32_t row, uint32_t column, uint32_t end,
                 struct screen_style style) {
    uint64_t cell = cell_of(glyph_of(screen, ' '), style), *cells = row_of(screen, row);
    for (uint32_t i = column; i < end && i < screen->columns; i++) {
        cells[i] = cell;
    }
    touch(screen, row, row + 1);
}

static void rotate_up(struct screen *screen, uint32_t first) {
    uint16_t line = screen->lines[first];
    size_t others = screen->bottom - first - 1;
    memmove(screen->lines + first, screen->lines + first + 1, others * sizeof(*screen->lines));
    screen->lines[screen->bottom - 1] = line;
}

static void rotate_down(struct screen *screen, uint32_t first) {
    uint16_t line = screen->lines[screen->bottom - 1];
    size_t others = screen->bottom - first - 1;
    memmove(screen->lines + first + 1, screen->lines + first, others * sizeof(*screen->lines));
    screen->lines[first] = line;
}

void cells_scroll(struct screen *screen, uint32_t first, int64_t count, struct screen_style style) {
    if (first >= screen->bottom) {
        return;
    }
    int64_t all = screen->bottom - first;
    for (int64_t i = 0; i < count && i < all; i++) {
        rotate_up(screen, first);
        cells_erase(screen, screen->bottom - 1, 0, screen->columns, style);
    }
    for (int64_t i = 0; i < -count && i < all; i++) {
        rotate_down(screen, first);
        cells_erase(screen, first, 0, screen->columns, style);
    }
    touch(screen, first, screen->bottom);
}

void cells_shift(struct screen *screen, int64_t count, struct screen_style style) {
    uint32_t column = screen->column < screen->columns ? screen->column : screen->columns - 1;
    uint32_t left = screen->columns - column;
    uint64_t *cells = row_of(screen, screen->row) + column;
    uint32_t by = (uint32_t)(count < 0 ? -count : count);
    by = by < left ? by : left;
    if (count > 0) {
        memmove(cells + by, cells, (left - by) * sizeof(*cells));
        cells_erase(screen, screen->row, column, column + by, style);
    } else {
        memmove(cells, cells + by, (left - by) * sizeof(*cells));
        cells_erase(screen, screen->row, screen->columns - by, screen->columns, style);
    }
}

void cells_next_line(struct screen *screen) {
    screen->column = 0;
    if (screen->row + 1 == screen->bottom) {
        cells_scroll(screen, screen->top, 1, screen->style);
    } else if (screen->row + 1 < screen->rows) {
        screen->row++;
    }
}

static uint32_t cut(int64_t value, uint32_t end) {
    return value < 0 ? 0 : value < end ? (uint32_t)value : end - 1;
}

void cells_move(struct screen *screen, int64_t column, int64_t row) {
    screen->column = cut(column, screen->columns);
    screen->row = cut(row, screen->rows);
}

void screen_fresh_line(struct screen *screen) {
    if (screen->column > 0) {
        cells_next_line(screen);
    }
}

/* The second half of a wide character is empty. */
void cells_put(struct screen *screen, uint32_t code, struct screen_style style) {
    uint32_t width = width_of(code);
    if (width == 0) {
        return;
    }
    if (screen->column + width > screen->columns && screen->column > 0) {
        cells_next_line(screen);
    }
    uint64_t *cells = row_of(screen, screen->row);
    cells[screen->column++] = cell_of(glyph_of(screen, code), style);
    if (width == 2 && screen->column < screen->columns) {
        cells[screen->column++] = cell_of(glyph_of(screen, ' '), style);
    }
    touch(screen, screen->row, screen->row + 1);
}
