/* SPDX-License-Identifier: MIT */
/*
 * Console fonts: PSF versions 1 and 2, with or without their Unicode table. Source: kbd's
 * psf.h and psfaddtable(1).
 *
 *   PSF1   36 04 mode charsize | glyphs | table: 16-bit characters, FFFE before a sequence,
 *          FFFF after each glyph's list
 *   PSF2   72 B5 4A 86 version headersize flags count charsize height width, 32 bits each |
 *          glyphs | table: UTF-8, FE before a sequence, FF after each glyph's list
 *
 * A glyph is rows of whole bytes, the leftmost pixel in the highest bit. Sequences (a base with
 * combining characters) are passed over.
 */
#pragma once
#include <base/bytes.h>
#include <stddef.h>
#include <stdint.h>

constexpr uint32_t FONT_PAGE = 128; /* characters that share a page of the lookup table */
constexpr uint32_t FONT_PAGES = 64;
constexpr uint32_t FONT_CODES = 0x11'0000;
constexpr uint32_t FONT_SIDE_MAX = 64; /* pixels of a glyph, either way */
constexpr uint16_t FONT_NONE = UINT16_MAX;

struct font {
    const uint8_t *glyphs; /* borrowed */
    uint32_t count;
    uint32_t width, height; /* pixels */
    uint32_t row_size, glyph_size;
    uint32_t page_count;
    uint8_t pages[FONT_CODES / FONT_PAGE]; /* of each 128 characters: 1 + their page, 0 for none */
    uint16_t found[FONT_PAGES][FONT_PAGE];
};

/* False when the file is not a font or not all there; a table that breaks off, or that names more
 * characters than there is room for, counts as far as it goes. */
bool font_init(struct font *font, struct bytes file);
/* FONT_NONE when it has no such character. */
uint16_t font_find(const struct font *font, uint32_t code);
/* The rows of a glyph, `row_size` bytes each; glyph < count. */
const uint8_t *font_glyph(const struct font *font, uint16_t glyph);
