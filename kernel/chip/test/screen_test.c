/* SPDX-License-Identifier: MIT */
/*
 * The console against a framebuffer in memory that is exactly as large as it says: text is read
 * back from the pixels. The font has 3x3 glyphs whose bits spell the character's number.
 */
#include <base/checked.h>
#include <base/ensure.h>
#include <base/string.h>
#include <chip/screen.h>
#include <stdlib.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

constexpr uint32_t WIDE = 3, HIGH = 3;
constexpr uint8_t PLAIN = SCREEN_STYLE(SCREEN_WHITE, SCREEN_BLACK);
constexpr size_t CAPACITY = 4000;

static uint8_t font_file[32 + 128 * HIGH];
static struct font font;
static struct screen screen;
static struct screen_writer writer;
static struct screen_memory memory;
static uint32_t cells[2 * CAPACITY];

static void font_make(void) {
    const uint32_t words[] = {0x864AB572, 0, 32, 0, 128, HIGH, HIGH, WIDE};
    memcpy(font_file, words, sizeof(words));
    for (unsigned code = 0; code < 128; code++) {
        unsigned bits = code == ' ' ? 0 : code; /* three in each of the first rows, then one */
        for (unsigned row = 0; row < HIGH; row++) {
            font_file[32 + code * HIGH + row] = (uint8_t)((bits >> (3 * row) & 7) << 5);
        }
    }
    CHECK(font_init(&font, bytes_init(font_file, sizeof(font_file))));
}

static bool start(uint32_t width, uint32_t height, uint32_t scanline, size_t capacity) {
    free(memory.pixels);
    size_t size = (size_t)(height - 1) * scanline + width * 4;
    memory = (struct screen_memory){malloc(size), size, width, height, scanline, memory.type};
    memset(memory.pixels, 0x5A, size);
    memset(cells, 0x77, sizeof(cells));
    screen_writer_init(&writer, PLAIN);
    if (!screen_init(&screen, &memory, &font, cells, capacity)) {
        return false;
    }
    screen_clear(&screen, PLAIN);
    screen_draw(&screen);
    return true;
}

static uint32_t pixel(uint32_t x, uint32_t y) {
    uint32_t value;
    memcpy(&value, memory.pixels + (size_t)y * memory.scanline + (size_t)x * 4, 4);
    return value;
}

/* The character that the pixels of a cell spell; 0 when a square of the scale is not of one. */
static char read_cell(uint32_t column, uint32_t row) {
    uint32_t background = screen.pixels[0], scale = screen.scale;
    unsigned bits = 0;
    for (uint32_t y = 0; y < HIGH * scale; y++) {
        for (uint32_t x = 0; x < WIDE * scale; x++) {
            uint32_t value = pixel(column * WIDE * scale + x, row * HIGH * scale + y);
            uint32_t corner =
                pixel((column * WIDE + x / scale) * scale, (row * HIGH + y / scale) * scale);
            if (value != corner) {
                return 0;
            }
            unsigned bit = 3 * (y / scale) + 2 - x / scale;
            bits |= (unsigned)(value != background) << bit;
        }
    }
    return bits == 0 ? ' ' : (char)bits;
}

static bool row_is(uint32_t row, const char *text) {
    for (uint32_t column = 0; column < screen.columns; column++) {
        char expected = *text != 0 ? *text++ : ' ';
        if (read_cell(column, row) != expected) {
            return false;
        }
    }
    return *text == 0;
}

static void say(const char *text) {
    screen_write(&screen, &writer, text, strlen(text));
    screen_draw(&screen);
}

static void test_text(void) {
    CHECK(start(8 * WIDE, 4 * HIGH, 8 * WIDE * 4, CAPACITY));
    CHECK(screen.columns == 8 && screen.rows == 4 && screen.scale == 1);
    say("ab\r\ncd");
    CHECK(row_is(0, "ab") && row_is(1, "cd") && row_is(2, ""));
    say("\rxyz\b\b!");
    CHECK(row_is(1, "x!z"));
    say("\n12345678");
    CHECK(row_is(2, "12345678") && row_is(3, "")); /* a full line wraps when there is more */
    say("9");
    CHECK(row_is(3, "9") && row_is(0, "ab"));
    say("\nlast");
    CHECK(row_is(0, "x!z") && row_is(1, "12345678") && row_is(2, "9") && row_is(3, "last"));
    say("\n\n\n\n\n\n\n\n");
    CHECK(row_is(0, "") && row_is(3, ""));
    say("\b\b\bA\tB\tC\x01\x7F");
    CHECK(row_is(1, "A") && row_is(2, "B") && row_is(3, "C"));
    screen_fresh_line(&screen);
    uint32_t row = screen.row;
    screen_fresh_line(&screen);
    CHECK(screen.row == row && screen.column == 0);
}

static void test_unicode(void) {
    CHECK(start(8 * WIDE, 4 * HIGH, 8 * WIDE * 4, CAPACITY));
    say("a\xC3\xA9"
        "b\xFF"
        "c");
    CHECK(row_is(0, "a?b?c")); /* the font has neither the letter nor U+FFFD */
    say("\r\xE2");
    say("\x82");
    say("\xAC.\n");
    CHECK(row_is(0, "?.b?c"));
    /* Two writers do not disturb each other's characters. */
    struct screen_writer other;
    screen_writer_init(&other, PLAIN);
    say("\xE2\x82");
    screen_write(&screen, &other, "o", 1);
    say("\xAC");
    CHECK(row_is(1, "o?"));
}

static uint32_t ink(uint32_t column, uint32_t row) { /* of a character whose lowest bit is set */
    return pixel(column * WIDE + 2, row * HIGH);
}

static void test_escapes(void) {
    CHECK(start(9 * WIDE, 3 * HIGH, 9 * WIDE * 4, CAPACITY));
    say("a\x1B[31mc\x1B[1;32me\x1B[0mg\x1B[2Ji\x1B(Bk\x1B[38;5;1mm\x1B[1;2;3;4;5;6;7;8;9;31mo");
    CHECK(row_is(0, "acegikmo"));
    CHECK(ink(0, 0) == screen.pixels[SCREEN_WHITE] && ink(1, 0) == screen.pixels[SCREEN_RED]);
    CHECK(ink(2, 0) == screen.pixels[SCREEN_GREEN + SCREEN_BRIGHT]);
    CHECK(ink(3, 0) == screen.pixels[SCREEN_WHITE] && ink(5, 0) == screen.pixels[SCREEN_WHITE]);
    CHECK(ink(6, 0) == screen.pixels[SCREEN_WHITE]); /* colours by number: none of them */
    say("\n\x1B[0;33;44mA\x1B[39;49mA\x1B[97mA\x1B[99999999999mA\x1B[");
    CHECK(ink(0, 1) == screen.pixels[SCREEN_YELLOW]);
    CHECK(pixel(0, HIGH) == screen.pixels[SCREEN_BLUE]);
    CHECK(ink(1, 1) == screen.pixels[SCREEN_WHITE]);
    CHECK(ink(3, 1) == screen.pixels[SCREEN_WHITE + SCREEN_BRIGHT]);
    say("\x1B[0mB");
    CHECK(pixel(4 * WIDE + 1, HIGH) == screen.pixels[SCREEN_WHITE]);
}

static void test_pin(void) {
    CHECK(start(8 * WIDE, 8 * HIGH, 8 * WIDE * 4, CAPACITY));
    screen_band(&screen, 2, SCREEN_STYLE(SCREEN_BLACK, SCREEN_RED));
    screen_draw(&screen);
    CHECK(pixel(0, 2 * HIGH - 1) == screen.pixels[SCREEN_RED]);
    CHECK(pixel(8 * WIDE - 1, 2 * HIGH - 1) == screen.pixels[SCREEN_RED]);
    CHECK(pixel(0, 2 * HIGH) == screen.pixels[SCREEN_BLACK]);
    say("stays\nhere\n");
    screen_pin(&screen);
    say("gone\n1\n2\n3\n4\n5\n6");
    CHECK(row_is(2, "1") && row_is(7, "6"));
    CHECK(pixel(8 * WIDE - 1, 0) == screen.pixels[SCREEN_RED]);
    screen_pin(&screen); /* two rows are left to scroll */
    say("\n7\n8");
    CHECK(row_is(5, "4") && row_is(6, "7") && row_is(7, "8"));
    screen_clear(&screen, PLAIN);
    screen_band(&screen, UINT32_MAX, PLAIN);
    say("\n\n\n\n\n\n\n\n\nend");
    CHECK(row_is(7, "end") && screen.top == 0);
}

/* Only what changed is written: marks on other pixels stay. */
static void test_changes_only(void) {
    CHECK(start(8 * WIDE, 4 * HIGH, 8 * WIDE * 4, CAPACITY));
    say("same\nsame\nsame\nsame");
    memset(memory.pixels, 0xEE, memory.size);
    say("\nsame");
    size_t touched = 0;
    for (size_t i = 0; i < memory.size; i++) {
        touched += memory.pixels[i] != 0xEE;
    }
    CHECK(touched == 0);
    say("!");
    for (size_t i = 0; i < memory.size; i++) {
        touched += memory.pixels[i] != 0xEE;
    }
    CHECK(touched > 0 && touched <= WIDE * HIGH * 4);
}

static void test_types(void) {
    static const struct {
        enum bootinfo_framebuffer type;
        uint32_t red;
    } types[] = {
        {BOOTINFO_ARGB, 0xCC3333},
        {BOOTINFO_RGBA, 0xCC333300},
        {BOOTINFO_ABGR, 0x3333CC},
        {BOOTINFO_BGRA, 0x3333CC00},
    };
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        memory.type = types[i].type;
        CHECK(start(8 * WIDE, HIGH, 8 * WIDE * 4, CAPACITY));
        say("\x1B[31ma");
        CHECK(ink(0, 0) == types[i].red);
    }
    memory.type = BOOTINFO_ARGB;
}

/* Neither the bytes behind a scanline nor those behind the last one are touched. */
static void test_shapes(void) {
    for (uint32_t width = 1; width < 40; width += 3) {
        for (uint32_t height = 1; height < 20; height++) {
            uint32_t scanline = width * 4 + (width * 7 + height) % 11;
            bool fits = width >= WIDE && height >= HIGH;
            CHECK(start(width, height, scanline, CAPACITY) == fits);
            if (fits) {
                say("hostile \xF0\x9F\x98\x80\x1B[7m\t\b\b\b\b\b\b\b\b\b\b\b\b\b\b lines\r\nof "
                    "text\n"
                    "\n\n\n\n\n\n\nmore of it than fits on the screen");
                CHECK(pixel(width - 1, height - 1) == 0 || width % WIDE == 0 || height % HIGH == 0);
                CHECK(scanline == width * 4 || height == 1 ||
                      memory.pixels[(size_t)width * 4] == 0x5A);
            }
        }
    }
}

static void test_contradictions(void) {
    uint8_t byte;
    const struct screen_memory wrong[] = {
        {&byte, 1, 0, 0, 0, 0},
        {&byte, 1, 8, 8, 32, 0},
        {&byte, 8 * 32 - 1, 8, 8, 32, 0},
        {&byte, SIZE_MAX, 8, 8, 31, 0},
        {&byte, SIZE_MAX, 8, 8, 0, 0},
        {&byte, UINT32_MAX, 0x40000000, 8, 0, 0},
        {&byte, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, 0},
        {&byte, UINT32_MAX, 0x3FFFFFFF, 2, 0xFFFFFFFC, 0},
    };
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        CHECK(!screen_init(&screen, &wrong[i], &font, cells, CAPACITY));
    }
}

/* With room for fewer cells, the same text is larger. */
static void test_scale(void) {
    CHECK(start(40 * WIDE + 1, 20 * HIGH + 2, 40 * WIDE * 4 + 9, 799));
    CHECK(screen.scale == 2 && screen.columns == 20 && screen.rows == 10);
    say("large\nletters");
    CHECK(row_is(0, "large") && row_is(1, "letters") && row_is(9, ""));
    CHECK(pixel(40 * WIDE, 20 * HIGH + 1) == 0); /* cleared, though no cell is there */
    CHECK(!start(40 * WIDE, HIGH, 40 * WIDE * 4, 39));
}

static void test_random(void) {
    CHECK(start(13 * WIDE + 1, 5 * HIGH + 2, 13 * WIDE * 4 + 7, CAPACITY));
    srand(3);
    for (unsigned i = 0; i < 20'000; i++) {
        char bytes[16];
        for (size_t at = 0; at < sizeof(bytes); at++) {
            static const char often[] = "\n\t\b\r\x1B[;m0123456789 abc";
            bytes[at] = rand() & 1 ? often[(size_t)rand() % (sizeof(often) - 1)] : (char)rand();
        }
        screen_write(&screen, &writer, bytes, (size_t)rand() % sizeof(bytes));
        if (rand() % 50 == 0) {
            screen_pin(&screen);
        } else if (rand() % 50 == 0) {
            screen_clear(&screen, (uint8_t)rand());
        }
        screen_draw(&screen);
    }
    CHECK(screen.row < screen.rows && screen.column <= screen.columns);
    CHECK(memcmp(screen.wanted, screen.shown, screen.columns * screen.rows * 4u) == 0);
}

int main(void) {
    font_make();
    test_text();
    test_unicode();
    test_escapes();
    test_pin();
    test_changes_only();
    test_types();
    test_shapes();
    test_contradictions();
    test_scale();
    test_random();
    free(memory.pixels);
    return check_finish("screen");
}
