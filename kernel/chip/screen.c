/* SPDX-License-Identifier: MIT */
/*
 * See chip/screen.h. Text changes `wanted` only, scrolling moves it; screen_draw() brings the video
 * memory after it. All positions are checked against what screen_init() found to fit.
 */
#include <base/checked.h>
#include <base/string.h>
#include <chip/screen.h>

constexpr uint32_t TAB = 8;
constexpr uint32_t NEVER_SHOWN = UINT32_MAX; /* no glyph has that number */

static const uint32_t colours[16] = {0x000000, 0xCC3333, 0x4EB35A, 0xC98A3C, 0x5A8FD8, 0xA86CC0,
                                     0x3FA8A8, 0xD0D0D0, 0x808080, 0xFF5555, 0x7FE07F, 0xFFD75F,
                                     0x8AB8FF, 0xE0A0F0, 0x7FE0E0, 0xFFFFFF};

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

/* Scanlines may have any size, so pixels may lie anywhere. */
static uint8_t *put_pixel(uint8_t *at, uint32_t pixel) {
    __builtin_memcpy_inline(at, &pixel, sizeof(pixel));
    return at + sizeof(pixel);
}

static void draw_glyph_row(const struct screen *screen, const uint8_t *bits, uint8_t style,
                           uint8_t *at) {
    uint32_t foreground = screen->pixels[style & 15], background = screen->pixels[style >> 4];
    for (uint32_t x = 0; x < screen->font->width; x++) {
        uint32_t pixel = bits[x / 8] >> (7 - x % 8) & 1 ? foreground : background;
        for (uint32_t i = 0; i < screen->scale; i++) {
            at = put_pixel(at, pixel);
        }
    }
}

static void draw_cell(const struct screen *screen, uint32_t column, uint32_t row, uint32_t cell) {
    const struct font *font = screen->font;
    const uint8_t *bits = font_glyph(font, (uint16_t)(cell >> 8));
    size_t line = (size_t)row * font->height * screen->scale;
    uint8_t *at = screen->memory.pixels + line * screen->memory.scanline +
                  (size_t)column * font->width * screen->scale * sizeof(uint32_t);
    for (uint32_t y = 0; y < font->height; y++, bits += font->row_size) {
        for (uint32_t i = 0; i < screen->scale; i++, at += screen->memory.scanline) {
            draw_glyph_row(screen, bits, (uint8_t)cell, at);
        }
    }
}

/* What no cell covers, right and below, is cleared with the rest. */
static void fill(const struct screen *screen, uint32_t pixel) {
    for (uint32_t y = 0; y < screen->memory.height; y++) {
        uint8_t *at = screen->memory.pixels + (size_t)y * screen->memory.scanline;
        for (uint32_t x = 0; x < screen->memory.width; x++) {
            at = put_pixel(at, pixel);
        }
    }
}

void screen_draw(struct screen *screen) {
    for (uint32_t row = screen->dirty_first; row < screen->dirty_end; row++) {
        const uint32_t *wanted = screen->wanted + (size_t)row * screen->columns;
        uint32_t *shown = screen->shown + (size_t)row * screen->columns;
        for (uint32_t column = 0; column < screen->columns; column++) {
            if (wanted[column] != shown[column]) {
                shown[column] = wanted[column];
                draw_cell(screen, column, row, wanted[column]);
            }
        }
    }
    screen->dirty_first = screen->rows;
    screen->dirty_end = 0;
}

/* ---- cells ---- */

static uint16_t glyph_of(const struct screen *screen, uint32_t code) {
    uint16_t glyph = font_find(screen->font, code);
    return glyph != FONT_NONE ? glyph : screen->unknown;
}

static uint32_t blank(const struct screen *screen, uint8_t style) {
    return (uint32_t)glyph_of(screen, ' ') << 8 | style;
}

static void touch(struct screen *screen, uint32_t first, uint32_t end) {
    screen->dirty_first = first < screen->dirty_first ? first : screen->dirty_first;
    screen->dirty_end = end > screen->dirty_end ? end : screen->dirty_end;
}

static void fill_rows(struct screen *screen, uint32_t first, uint32_t end, uint8_t style) {
    uint32_t cell = blank(screen, style);
    for (size_t i = (size_t)first * screen->columns; i < (size_t)end * screen->columns; i++) {
        screen->wanted[i] = cell;
    }
    touch(screen, first, end);
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
    } while ((uint64_t)screen->columns * screen->rows > capacity);
    return screen->columns > 0 && screen->rows > 0;
}

bool screen_init(struct screen *screen, const struct screen_memory *memory, const struct font *font,
                 uint32_t *cells, size_t capacity) {
    *screen = (struct screen){.memory = *memory, .font = font};
    if (!memory_fits(memory) || !choose_scale(screen, capacity)) {
        return false;
    }
    screen->wanted = cells;
    screen->shown = cells + (size_t)screen->columns * screen->rows;
    uint16_t glyph = font_find(font, UTF8_REPLACEMENT);
    glyph = glyph != FONT_NONE ? glyph : font_find(font, '?');
    screen->unknown = glyph != FONT_NONE ? glyph : 0;
    for (size_t i = 0; i < COUNT_OF(colours); i++) {
        screen->pixels[i] = pixel_of(colours[i], memory->type);
    }
    return true;
}

void screen_clear(struct screen *screen, uint8_t style) {
    screen->column = screen->row = screen->top = 0;
    screen->style = style;
    fill(screen, screen->pixels[style >> 4]);
    memset(screen->shown, 0xFF, (size_t)screen->columns * screen->rows * sizeof(*screen->shown));
    static_assert(NEVER_SHOWN == UINT32_MAX);
    fill_rows(screen, 0, screen->rows, style);
}

void screen_band(struct screen *screen, uint32_t count, uint8_t style) {
    uint32_t left = screen->rows - screen->row;
    fill_rows(screen, screen->row, screen->row + (count < left ? count : left), style);
}

void screen_pin(struct screen *screen) {
    uint32_t kept = screen->rows - (screen->rows + 3) / 4;
    screen->top = screen->row < kept ? screen->row : kept;
}

/* ---- text ---- */

static void scroll(struct screen *screen) {
    size_t cells = (size_t)(screen->rows - 1 - screen->top) * screen->columns;
    uint32_t *first = screen->wanted + (size_t)screen->top * screen->columns;
    memmove(first, first + screen->columns, cells * sizeof(*first));
    touch(screen, screen->top, screen->rows);
    fill_rows(screen, screen->rows - 1, screen->rows, screen->style);
}

static void next_line(struct screen *screen) {
    screen->column = 0;
    if (screen->row + 1 < screen->rows) {
        screen->row++;
    } else {
        scroll(screen);
    }
}

void screen_fresh_line(struct screen *screen) {
    if (screen->column > 0) {
        next_line(screen);
    }
}

static void put_character(struct screen *screen, uint32_t code, uint8_t style) {
    if (screen->column == screen->columns) {
        next_line(screen);
    }
    uint32_t cell = (uint32_t)glyph_of(screen, code) << 8 | style;
    screen->wanted[(size_t)screen->row * screen->columns + screen->column++] = cell;
    touch(screen, screen->row, screen->row + 1);
}

static void put_tab(struct screen *screen) {
    uint32_t column = (screen->column / TAB + 1) * TAB;
    screen->column = column < screen->columns ? column : screen->columns;
}

/* ---- escape sequences ---- */

enum state : uint8_t { TEXT, ESCAPE, SEQUENCE };

void screen_writer_init(struct screen_writer *writer, uint8_t style) {
    *writer = (struct screen_writer){.style = style, .usual = style};
}

/* Select graphic rendition, as far as there is something to select. */
static void select(struct screen_writer *writer, uint16_t parameter) {
    uint8_t fore = writer->style & 15, back = writer->style >> 4;
    if (parameter == 0) {
        fore = writer->usual & 15;
        back = writer->usual >> 4;
        writer->bold = false;
    } else if (parameter == 1) {
        fore |= SCREEN_BRIGHT;
        writer->bold = true;
    } else if (parameter == 39) {
        fore = writer->usual & 15;
    } else if (parameter == 49) {
        back = writer->usual >> 4;
    } else if (parameter >= 30 && parameter <= 37) {
        fore = (uint8_t)(parameter - 30 + (writer->bold ? SCREEN_BRIGHT : 0));
    } else if (parameter >= 90 && parameter <= 97) {
        fore = (uint8_t)(parameter - 90 + SCREEN_BRIGHT);
    } else if (parameter >= 40 && parameter <= 47) {
        back = (uint8_t)(parameter - 40);
    }
    writer->style = SCREEN_STYLE(fore, back);
}

static void end_sequence(struct screen_writer *writer, uint32_t code) {
    writer->state = TEXT;
    for (unsigned i = 0; code == 'm' && i <= writer->parameter_count; i++) {
        if (writer->parameters[i] == 38 || writer->parameters[i] == 48) {
            return; /* what follows is a colour by number or by its parts */
        }
        select(writer, writer->parameters[i]);
    }
}

static void add_digit(struct screen_writer *writer, uint32_t code) {
    uint16_t *parameter = &writer->parameters[writer->parameter_count];
    *parameter = *parameter < 1000 ? (uint16_t)(*parameter * 10 + (code - '0')) : 1000;
}

static void next_parameter(struct screen_writer *writer) {
    if (writer->parameter_count + 1u < COUNT_OF(writer->parameters)) {
        writer->parameters[++writer->parameter_count] = 0;
    } else {
        writer->parameters[writer->parameter_count] = 1000; /* one too many means nothing */
    }
}

static void put_sequence(struct screen_writer *writer, uint32_t code) {
    if (code >= '0' && code <= '9') {
        add_digit(writer, code);
    } else if (code == ';') {
        next_parameter(writer);
    } else if (code < ' ' || code >= '@') {
        end_sequence(writer, code);
    }
}

static void put_escape(struct screen_writer *writer, uint32_t code) {
    if (writer->state == SEQUENCE) {
        put_sequence(writer, code);
    } else if (code == '[') {
        writer->state = SEQUENCE;
        writer->parameter_count = 0;
        writer->parameters[0] = 0;
    } else if (code < ' ' || code >= '0') { /* between them are intermediates */
        writer->state = TEXT;
    }
}

static void put_control(struct screen *screen, struct screen_writer *writer, uint32_t code) {
    switch (code) {
    case '\n':
        next_line(screen);
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
    case 0x1B:
        writer->state = ESCAPE;
        break;
    default:
        break;
    }
}

static void put(struct screen *screen, struct screen_writer *writer, uint32_t code) {
    if (writer->state != TEXT && code != 0x1B) {
        put_escape(writer, code);
    } else if (code < ' ' || (code >= 0x7F && code < 0xA0)) {
        put_control(screen, writer, code);
    } else {
        put_character(screen, code, writer->style);
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
