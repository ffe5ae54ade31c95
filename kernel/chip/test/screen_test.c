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
constexpr struct screen_style PLAIN = {SCREEN_WHITE, SCREEN_BLACK};
constexpr size_t CAPACITY = 4000;

static uint8_t font_file[32 + 128 * HIGH];
static struct font font;
static struct screen screen;
static struct screen_writer writer;
static struct screen_memory memory;
static uint64_t cells[2 * CAPACITY];

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
    uint32_t background = SCREEN_BLACK, scale = screen.scale;
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

static uint32_t paper(uint32_t column, uint32_t row) { /* of a character below 64 */
    return pixel(column * WIDE, row * HIGH + HIGH - 1);
}

static void test_colours(void) {
    CHECK(start(9 * WIDE, 3 * HIGH, 9 * WIDE * 4, CAPACITY));
    say("a\x1B[31mc\x1B[1;32me\x1B[0mg\x1B[2Zi\x1B(Bk\x1B[38;5;1mm\x1B[0;2;3;4;5;6;7;27;9;31mo");
    CHECK(row_is(0, "acegikmo"));
    CHECK(ink(0, 0) == SCREEN_WHITE && ink(1, 0) == SCREEN_RED);
    CHECK(ink(2, 0) == SCREEN_BRIGHT_GREEN);
    CHECK(ink(3, 0) == SCREEN_WHITE && ink(5, 0) == SCREEN_WHITE);
    CHECK(ink(6, 0) == SCREEN_RED && ink(7, 0) == SCREEN_RED);
    say("\n\x1B[0;33;44mA\x1B[39;49mA\x1B[97mA\x1B[99999999999mA\x1B[");
    CHECK(ink(0, 1) == SCREEN_YELLOW);
    CHECK(pixel(0, HIGH) == SCREEN_BLUE);
    CHECK(ink(1, 1) == SCREEN_WHITE);
    CHECK(ink(3, 1) == SCREEN_BRIGHT_WHITE);
    say("\x1B[0mB");
    CHECK(pixel(4 * WIDE + 1, HIGH) == SCREEN_WHITE);
    CHECK(start(20 * WIDE, 3 * HIGH, 20 * WIDE * 4, CAPACITY));
    say("\x1B[38;5;196;48;5;21m1\x1B[38;2;1;2;3;48;2;250;128;7m1\x1B[38;5;244m1\x1B[7m1");
    CHECK(ink(0, 0) == 0xFF0000 && paper(0, 0) == 0x0000FF);
    CHECK(ink(1, 0) == 0x010203 && paper(1, 0) == 0xFA8007);
    CHECK(ink(2, 0) == 0x808080 && ink(3, 0) == 0xFA8007 && paper(3, 0) == 0x808080);
    say("\x1B[0;31m1\x1B[1m1\x1B[22m1\x1B[38;2;256;0;0m1\x1B[38;5;256m1\x1B[38;9;32m1\x1B[38m1\x1B["
        "4:3m1"
        "\x1B[31:7m1\x1B[103m1");
    CHECK(ink(4, 0) == SCREEN_RED && ink(5, 0) == SCREEN_BRIGHT_RED && ink(6, 0) == SCREEN_RED);
    for (uint32_t column = 7; column < 13; column++) {
        CHECK(ink(column, 0) == SCREEN_RED && paper(column, 0) == SCREEN_BLACK);
    }
    CHECK(paper(13, 0) == SCREEN_BRIGHT_YELLOW);
}

/* Each: what is said to an empty screen of 6 columns and 4 rows, and what stands there then. */
static void test_sequences(void) {
    static const struct {
        const char *said, *rows[4];
    } cases[] = {
        {"abc\x1B[2Dx", {"axc"}},
        {"a\x1B[Cb\x1B[2Cc", {"a b  c"}},
        {"a\x1B[2Bb\x1B[Ac\x1B[9A\x1B[99CZ", {"a    Z", "  c", " b"}},
        {"\x1B[3;2Hx\x1B[Hy\x1B[;4Hz\x1B[99;99f!", {"y  z", "", " x", "     !"}},
        {"abc\x1B[2Ed\x1B[Fe\x1B[4Gf\x1B[1`g\x1B[3dh", {"abc", "g  f", "dh"}},
        {"abcdef\x1B[3G\x1B[K", {"ab"}},
        {"abcdef\x1B[3G\x1B[1K", {"   def"}},
        {"abcdef\x1B[3G\x1B[2Kx", {"  x"}},
        {"a\nb\nc\nd\x1B[2;2H\x1B[J", {"a", "b"}},
        {"a\nb\nc\nd\x1B[2;1H\x1B[1J", {"", "", "c", "d"}},
        {"a\nb\x1B[2Jx", {"", " x"}},
        {"abcdef\x1B[2G\x1B[2X", {"a  def"}},
        {"abcdef\x1B[2G\x1B[2P", {"adef"}},
        {"abcdef\x1B[2G\x1B[2@", {"a  bcd"}},
        {"a\nb\nc\nd\x1B[2H\x1B[L", {"a", "", "b", "c"}},
        {"a\nb\nc\nd\x1B[2H\x1B[2M", {"a", "d"}},
        {"a\nb\nc\nd\x1B[S", {"b", "c", "d"}},
        {"a\nb\nc\nd\x1B[99T", {"", "", "", ""}},
        {"a\nb\nc\nd\x1B[2;3r\x1B[3Hx\ny", {"a", "x", "y", "d"}}, /* only these rows scroll */
        {"a\nb\nc\nd\x1B[2;3r\x1B[4Hz\n!", {"a", "b", "c", "!"}},
        {"a\nb\nc\nd\x1B[3;2r\x1B[4H\n", {"b", "c", "d"}}, /* no region */
        {"a\nb\nc\nd\x1B[2;3r\x1B[2H\x1BM", {"a", "", "b", "d"}},
        {"ab\x1B[scd\x1B[ux", {"abxd"}},
        {"ab\x1B"
         "7cd\x1B"
         "8x",
         {"abxd"}},
        {"ab\x1B"
         "Dc\x1B"
         "Ed",
         {"ab", "  c", "d"}},
        {"ab\ncd\x1B"
         "c\x1B[?25lx",
         {"x"}},
        {"a\x1B]0;title\x07"
         "b",
         {"ab"}},
        {"a\x1B]0;title\x1B\\b\x1BPq#0\x1B\\c\x1B_x\x18"
         "d",
         {"abcd"}},
        {"a\x1B[>4;1m\x1B[?2004hb\x1B[!pc\x1B[1$rd", {"abcd"}},
        {"a\x1B[1\n2Cb", {"a", "     b"}}, /* control characters in the midst count */
        {"a\x1B[31\x18"
         "b\x1B\x1B[1Cc",
         {"ab c"}},
        {"a\x0B"
         "b",
         {"a", "b"}},
        {"\x1B[9999999999;9999999999Hx\x1B[9999999999Dy", {"", "", "", "y    x"}},
        {"abcdefg\x1B[0KX", {"abcdef", "gX"}},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        CHECK(start(6 * WIDE, 4 * HIGH, 6 * WIDE * 4, CAPACITY));
        say(cases[i].said);
        for (uint32_t row = 0; row < 4; row++) {
            const char *expected = cases[i].rows[row];
            bool same = row_is(row, expected != nullptr ? expected : "");
            if (!same) {
                printf("case %zu, row %u\n", i, row);
            }
            CHECK(same);
        }
    }
}

/* A string that does not end does not swallow the rest. */
static void test_endless_string(void) {
    CHECK(start(6 * WIDE, 4 * HIGH, 6 * WIDE * 4, CAPACITY));
    say("a\x1B]");
    for (unsigned i = 0; i < 4096; i++) {
        say("x");
    }
    say("b");
    CHECK(row_is(0, "ab"));
}

static void test_widths(void) {
    CHECK(start(6 * WIDE, 4 * HIGH, 6 * WIDE * 4, CAPACITY));
    say("a\xCC\x81"
        "b\xE2\x80\x8B"
        "c"); /* a combining accent, a space of no width */
    CHECK(row_is(0, "abc"));
    say("\n\xE6\xBC\xA2"
        "x\xF0\x9F\x98\x80"
        "y"); /* two wide ones */
    CHECK(row_is(1, "? x? y"));
    say("\n12345\xE6\xBC\xA2"); /* has no room in the line */
    CHECK(row_is(2, "12345") && row_is(3, "?"));
}

static void test_cursor(void) {
    CHECK(start(6 * WIDE, 4 * HIGH, 6 * WIDE * 4, CAPACITY));
    say("\x1B[?25hab");
    CHECK(pixel(2 * WIDE, 0) == SCREEN_WHITE && row_is(1, ""));
    say("\x1B[2;3H");
    CHECK(row_is(0, "ab") && pixel(2 * WIDE, HIGH) == SCREEN_WHITE);
    say("c\n");
    CHECK(row_is(1, "  c") && pixel(0, 2 * HIGH) == SCREEN_WHITE);
    say("123456");
    CHECK(pixel(5 * WIDE, 3 * HIGH - 1) == SCREEN_WHITE);
    say("\x1B[?25l");
    CHECK(row_is(0, "ab") && row_is(1, "  c") && row_is(2, "123456") && row_is(3, ""));
}

/* Parts of a picture make the whole. */
static void test_parts(void) {
    CHECK(start(6 * WIDE, 4 * HIGH, 6 * WIDE * 4, CAPACITY));
    screen_write(&screen, &writer, "a\nb\nc\nd", 7);
    CHECK(!screen_draw_rows(&screen, 1) && row_is(0, "a") && row_is(1, ""));
    CHECK(!screen_draw_rows(&screen, 2) && row_is(2, "c") && row_is(3, ""));
    CHECK(screen_draw_rows(&screen, 2) && row_is(3, "d"));
    CHECK(screen_draw_rows(&screen, 1));
}

/* With glyphs of eight pixels, the quick way draws what the other does. */
static void test_eight(void) {
    static uint8_t file[32 + 256 * 2];
    static struct font eight;
    const uint32_t words[] = {0x864AB572, 0, 32, 0, 256, 2, 2, 8};
    memcpy(file, words, sizeof(words));
    for (unsigned code = 0; code < 256; code++) {
        file[32 + 2 * code] = (uint8_t)code;
        file[33 + 2 * code] = (uint8_t)~code;
    }
    CHECK(font_init(&eight, bytes_init(file, sizeof(file))));
    CHECK(start(40 * 8, 4, 40 * 8 * 4 + 4, CAPACITY));
    CHECK(screen_init(&screen, &memory, &eight, cells, CAPACITY) && screen.scale == 1);
    screen_clear(&screen, PLAIN);
    say("0123456789abcdefghijklmnopqrstuvwxyzABCDE");
    bool good = true;
    for (uint32_t column = 0; column < 36; column++) {
        unsigned code = (uint8_t)"0123456789abcdefghijklmnopqrstuvwxyz"[column];
        for (uint32_t x = 0; x < 8; x++) {
            bool on = code >> (7 - x) & 1;
            good &= pixel(column * 8 + x, 0) == (on ? SCREEN_WHITE : SCREEN_BLACK);
            good &= pixel(column * 8 + x, 1) == (on ? SCREEN_BLACK : SCREEN_WHITE);
        }
    }
    CHECK(good);
}

static void test_pin(void) {
    CHECK(start(8 * WIDE, 8 * HIGH, 8 * WIDE * 4, CAPACITY));
    screen_band(&screen, 2, (struct screen_style){SCREEN_BLACK, SCREEN_RED});
    screen_draw(&screen);
    CHECK(pixel(0, 2 * HIGH - 1) == SCREEN_RED);
    CHECK(pixel(8 * WIDE - 1, 2 * HIGH - 1) == SCREEN_RED);
    CHECK(pixel(0, 2 * HIGH) == SCREEN_BLACK);
    say("stays\nhere\n");
    screen_pin(&screen);
    say("gone\n1\n2\n3\n4\n5\n6");
    CHECK(row_is(2, "1") && row_is(7, "6"));
    CHECK(pixel(8 * WIDE - 1, 0) == SCREEN_RED);
    screen_pin(&screen); /* two rows are left to scroll */
    say("\n7\n8");
    CHECK(row_is(5, "4") && row_is(6, "7") && row_is(7, "8"));
    screen_clear(&screen, PLAIN);
    say("0\n1\n2\n3\n4\n5");
    screen_pin_full(&screen); /* one row is left to keep */
    CHECK(screen.top == 0);
    say("\n6");
    screen_pin_full(&screen);
    say("\n7\n8\n9");
    CHECK(row_is(0, "0") && row_is(5, "5") && row_is(6, "8") && row_is(7, "9"));
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

/* Anything at all: positions stay on the screen, nothing beside the cells is touched, and what is
 * drawn, in whatever parts, is what is wanted. */
static void test_random(void) {
    CHECK(start(13 * WIDE + 1, 5 * HIGH + 2, 13 * WIDE * 4 + 7, CAPACITY));
    srand(3);
    bool good = true;
    for (unsigned i = 0; i < 200'000; i++) {
        char bytes[24];
        for (size_t at = 0; at < sizeof(bytes); at++) {
            static const char often[] = "\n\t\b\r\x1B[\x1B[\x1B[;;?mABCDEFGHJKLMPSTXrsudfhl@`]\\"
                                        "0123456789 abc\x07\xE6\xBC\xA2";
            bytes[at] = rand() % 8 ? often[(size_t)rand() % (sizeof(often) - 1)] : (char)rand();
        }
        screen_write(&screen, &writer, bytes, (size_t)rand() % sizeof(bytes));
        if (rand() % 500 == 0) {
            screen_pin(&screen);
        } else if (rand() % 500 == 0) {
            screen_clear(&screen, (struct screen_style){(uint32_t)rand() & 0xFFFFFF, SCREEN_RED});
        }
        screen_draw_rows(&screen, (uint32_t)rand() % 8);
        good &= screen.row < screen.rows && screen.column <= screen.columns;
        good &= screen.top < screen.bottom && screen.bottom <= screen.rows;
    }
    CHECK(good);
    screen.cursor = false;
    screen_draw(&screen);
    for (uint32_t row = 0; row < screen.rows; row++) {
        const uint64_t *wanted = screen.wanted + (size_t)screen.lines[row] * screen.columns;
        CHECK(memcmp(wanted, screen.shown + (size_t)row * screen.columns, screen.columns * 8u) ==
              0);
    }
}

int main(void) {
    font_make();
    test_text();
    test_unicode();
    test_colours();
    test_sequences();
    test_endless_string();
    test_widths();
    test_cursor();
    test_parts();
    test_eight();
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
