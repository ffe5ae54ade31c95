/* SPDX-License-Identifier: MIT */
/* See chip/font.h. Lookup is two steps whatever the font says, and building it is one pass. */
#include <base/checked.h>
#include <base/string.h>
#include <chip/font.h>
#include <chip/utf8.h>

constexpr uint32_t MAGIC2 = 0x864A'B572;
constexpr uint16_t MAGIC1 = 0x0436;
constexpr uint8_t MODE1_512 = 1, MODE1_TABLE = 2 | 4;
constexpr uint32_t FLAG2_TABLE = 1;
constexpr uint16_t SEQUENCE1 = 0xFFFE, END1 = 0xFFFF;
constexpr uint8_t SEQUENCE2 = 0xFE, END2 = 0xFF;

uint16_t font_find(const struct font *font, uint32_t code) {
    uint8_t page = code < FONT_CODES ? font->pages[code / FONT_PAGE] : 0;
    return page != 0 ? font->found[page - 1][code % FONT_PAGE] : FONT_NONE;
}

const uint8_t *font_glyph(const struct font *font, uint16_t glyph) {
    return font->glyphs + (size_t)glyph * font->glyph_size;
}

/* The first glyph that claims a character has it. */
static void enter(struct font *font, uint32_t code, uint32_t glyph) {
    if (code >= FONT_CODES) {
        return;
    }
    uint8_t *page = &font->pages[code / FONT_PAGE];
    if (*page == 0) {
        if (font->page_count == FONT_PAGES) {
            return;
        }
        memset(font->found[font->page_count], 0xFF, sizeof(font->found[0]));
        *page = (uint8_t)++font->page_count;
    }
    uint16_t *entry = &font->found[*page - 1][code % FONT_PAGE];
    *entry = *entry == FONT_NONE ? (uint16_t)glyph : *entry;
}

static void read_table1(struct font *font, struct bytes table) {
    bool sequence = false;
    uint16_t word;
    for (uint32_t glyph = 0; glyph < font->count && bytes_read_u16(&table, &word);) {
        if (word == END1) {
            glyph++;
            sequence = false;
        } else if (word == SEQUENCE1) {
            sequence = true;
        } else if (!sequence) {
            enter(font, word, glyph);
        }
    }
}

static void read_table2(struct font *font, struct bytes table) {
    struct utf8 utf8 = {};
    uint32_t codes[2];
    bool sequence = false;
    uint8_t byte;
    for (uint32_t glyph = 0; glyph < font->count && bytes_read_u8(&table, &byte);) {
        if (byte == END2 || byte == SEQUENCE2) {
            glyph += byte == END2;
            sequence = byte == SEQUENCE2;
            utf8 = (struct utf8){};
            continue;
        }
        size_t count = utf8_put(&utf8, byte, codes);
        for (size_t i = 0; i < count && !sequence; i++) {
            enter(font, codes[i], glyph);
        }
    }
}

/* Without a table a glyph's place is its character. */
static void number_glyphs(struct font *font) {
    for (uint32_t glyph = 0; glyph < font->count && glyph < 256; glyph++) {
        enter(font, glyph, glyph);
    }
}

static bool sizes_fit(const struct font *font) {
    return font->count > 0 && font->count < FONT_NONE && font->width > 0 &&
           font->width <= FONT_SIDE_MAX && font->height > 0 && font->height <= FONT_SIDE_MAX &&
           font->glyph_size == font->row_size * font->height;
}

/* Leaves the reader behind the glyphs. */
static bool take_glyphs(struct font *font, struct bytes *file) {
    font->row_size = (font->width + 7) / 8;
    if (!sizes_fit(font)) {
        return false;
    }
    font->glyphs = file->at;
    return bytes_skip(file, (size_t)font->count * font->glyph_size);
}

static bool read1(struct font *font, struct bytes file) {
    uint8_t mode, size;
    if (!bytes_skip(&file, 2) || !bytes_read_u8(&file, &mode) || !bytes_read_u8(&file, &size)) {
        return false;
    }
    font->count = mode & MODE1_512 ? 512 : 256;
    font->width = 8;
    font->height = font->glyph_size = size;
    if (!take_glyphs(font, &file)) {
        return false;
    }
    if (mode & MODE1_TABLE) {
        read_table1(font, file);
    } else {
        number_glyphs(font);
    }
    return true;
}

static bool read2(struct font *font, struct bytes file) {
    enum { VERSION = 1, HEADER_SIZE, FLAGS, LENGTH, GLYPH_SIZE, HEIGHT, WIDTH, WORDS };
    uint32_t words[WORDS];
    for (size_t i = 0; i < WORDS; i++) {
        if (!bytes_read_u32(&file, &words[i])) {
            return false;
        }
    }
    if (words[VERSION] != 0 || words[HEADER_SIZE] < sizeof(words) ||
        !bytes_skip(&file, words[HEADER_SIZE] - sizeof(words))) {
        return false;
    }
    font->count = words[LENGTH];
    font->width = words[WIDTH];
    font->height = words[HEIGHT];
    font->glyph_size = words[GLYPH_SIZE];
    if (font->width > FONT_SIDE_MAX || !take_glyphs(font, &file)) {
        return false;
    }
    if (words[FLAGS] & FLAG2_TABLE) {
        read_table2(font, file);
    } else {
        number_glyphs(font);
    }
    return true;
}

bool font_init(struct font *font, struct bytes file) {
    struct bytes first = file;
    uint16_t low, high;
    memset(font, 0, sizeof(*font));
    if (!bytes_read_u16(&first, &low)) {
        return false;
    }
    if (low == MAGIC1) {
        return read1(font, file);
    }
    return bytes_read_u16(&first, &high) && ((uint32_t)high << 16 | low) == MAGIC2 &&
           read2(font, file);
}
