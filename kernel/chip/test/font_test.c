/* SPDX-License-Identifier: MIT */
/*
 * Fonts of both versions, with and without tables; sequences; files cut off at every byte, with
 * each byte changed, and with sizes that lie. Files lie at the end of a block of their own, so that
 * the address sanitizer sees a byte too many.
 */
#include <base/checked.h>
#include <base/ensure.h>
#include <base/string.h>
#include <chip/font.h>
#include <stdlib.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

struct file {
    uint8_t bytes[32 * 1024];
    size_t size;
};

static struct file file;
static struct font font;

static void put(const void *bytes, size_t size) {
    memcpy(file.bytes + file.size, bytes, size);
    file.size += size;
}

static void put_word(uint16_t word) {
    put(&word, sizeof(word));
}

/* Whatever the file says, every character leads to a glyph within the file, or to none. */
static bool opens(size_t size) {
    static uint8_t *copy; /* what was opened last can still be read */
    free(copy);
    copy = malloc(size + 1);
    memcpy(copy + 1, file.bytes, size);
    bool opened = font_init(&font, bytes_init(copy + 1, size));
    unsigned wrong = 0, sum = 0;
    for (uint32_t code = 0; opened && code < FONT_CODES + 500; code++) {
        uint16_t glyph = font_find(&font, code);
        wrong += glyph != FONT_NONE && glyph >= font.count;
    }
    for (uint32_t glyph = 0; opened && glyph < font.count; glyph++) {
        const uint8_t *rows = font_glyph(&font, (uint16_t)glyph);
        for (uint32_t i = 0; i < font.glyph_size; i++) {
            sum += rows[i];
        }
    }
    CHECK(wrong == 0 && sum != 1);
    return opened;
}

/* Four lines a glyph; glyph n is filled with n. */
static void make1(uint8_t mode) {
    file.size = 0;
    put((uint8_t[]){0x36, 0x04, mode, 4}, 4);
    for (unsigned glyph = 0; glyph < (mode & 1 ? 512 : 256); glyph++) {
        put((uint8_t[]){(uint8_t)glyph, (uint8_t)glyph, (uint8_t)glyph, (uint8_t)glyph}, 4);
    }
}

static void test_version1(void) {
    make1(0);
    CHECK(opens(file.size) && font.count == 256 && font.width == 8 && font.height == 4);
    CHECK(font_find(&font, 'A') == 'A' && font_find(&font, 255) == 255);
    CHECK(font_find(&font, 256) == FONT_NONE && font_find(&font, UINT32_MAX) == FONT_NONE);
    CHECK(font_glyph(&font, 7)[0] == 7 && font_glyph(&font, 7)[3] == 7);
    make1(1 | 2);
    put_word('x'), put_word(0x2500), put_word(0xFFFE), put_word('y'), put_word(0xFFFF);
    put_word('z'), put_word('x'), put_word(0xFFFF); /* the first that claims x has it */
    CHECK(opens(file.size) && font.count == 512);
    CHECK(font_find(&font, 'x') == 0 && font_find(&font, 0x2500) == 0);
    CHECK(font_find(&font, 'z') == 1 && font_find(&font, 'y') == FONT_NONE);
}

static void make2(uint32_t header, uint32_t flags, uint32_t count, uint32_t size, uint32_t height,
                  uint32_t width) {
    const uint32_t words[] = {0x864AB572, 0, header, flags, count, size, height, width};
    file.size = 0;
    put(words, sizeof(words));
}

static void put_glyphs2(void) {
    for (unsigned i = 0; i < 3 * 2 * 5; i++) {
        put(&(uint8_t){(uint8_t)i}, 1);
    }
    put("A\xC3\xA9\xFE"
        "Be\xFF",
        7);
    put("B\xF0\x9F\x98\x80\xFF", 6);
    put("\x80\xE2\x82\xFF", 4); /* malformed: U+FFFD, then what the end cuts off */
}

static void test_version2(void) {
    make2(32, 1, 3, 10, 5, 12);
    put_glyphs2();
    CHECK(opens(file.size) && font.count == 3 && font.width == 12 && font.height == 5);
    CHECK(font.row_size == 2 && font.glyph_size == 10 && font_glyph(&font, 1)[0] == 10);
    CHECK(font_find(&font, 'A') == 0 && font_find(&font, 0xE9) == 0 && font_find(&font, 'B') == 1);
    CHECK(font_find(&font, 0x1F600) == 1 && font_find(&font, 'e') == FONT_NONE);
    CHECK(font_find(&font, 0xFFFD) == 2);
    make2(36, 0, 3, 10, 5, 12); /* a longer header, no table */
    put("more", 4);
    put_glyphs2();
    CHECK(opens(file.size) && font_find(&font, 2) == 2 && font_find(&font, 3) == FONT_NONE);
    CHECK(font_glyph(&font, 0)[1] == 1);
}

static void test_cut(void) {
    make2(32, 1, 3, 10, 5, 12);
    put_glyphs2();
    size_t whole = 32 + 30;
    for (size_t size = 0; size < file.size; size++) {
        CHECK(opens(size) == (size >= whole));
    }
}

static void test_changed(void) {
    static const uint8_t values[] = {0, 1, 0x7F, 0x80, 0xFE, 0xFF};
    for (size_t i = 0; i < 32 + 30 + 17; i++) {
        for (size_t value = 0; value < COUNT_OF(values); value++) {
            make2(32, 1, 3, 10, 5, 12);
            put_glyphs2();
            file.bytes[i] = values[value];
            opens(file.size);
        }
    }
}

static void test_sizes(void) {
    static const uint32_t sizes[][6] = {
        {32, 0, 0, 10, 5, 12},          {32, 0, 3, 0, 0, 12},       {32, 0, 3, 0, 5, 0},
        {32, 0, 3, 11, 5, 12},          {32, 0, 0xFFFF, 10, 5, 12}, {32, 0, 0x1999999A, 10, 5, 12},
        {32, 0, 3, 65, 65, 8},          {32, 0, 3, 9, 1, 65},       {32, 0, 3, 0, 5, 0xFFFFFFF9},
        {0, 0, 3, 10, 5, 12},           {31, 0, 3, 10, 5, 12},      {UINT32_MAX, 0, 3, 10, 5, 12},
        {32, 0, 3, 10, 0x80000005, 12},
    };
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        const uint32_t *s = sizes[i];
        make2(s[0], s[1], s[2], s[3], s[4], s[5]);
        put_glyphs2();
        CHECK(!opens(file.size));
    }
    make2(32, 0, 3, 10, 5, 12);
    file.bytes[4] = 1; /* an unknown version */
    put_glyphs2();
    CHECK(!opens(file.size));
    make1(0);
    file.bytes[3] = 0;
    CHECK(!opens(file.size));
    file.bytes[3] = 5; /* more than there is */
    CHECK(!opens(file.size));
}

/* More pages of characters than there is room for: the first ones count. */
static void test_many(void) {
    make1(2);
    for (uint32_t code = 0; code < 0xF000; code += 100) {
        put_word((uint16_t)code);
    }
    put_word(0xFFFF);
    CHECK(opens(file.size) && font.page_count == FONT_PAGES);
    CHECK(font_find(&font, 0) == 0 && font_find(&font, 5000) == 0);
    CHECK(font_find(&font, 0xE000 / 100 * 100) == FONT_NONE);
}

int main(void) {
    test_version1();
    test_version2();
    test_cut();
    test_changed();
    test_sizes();
    test_many();
    return check_finish("font");
}
