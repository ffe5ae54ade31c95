/* SPDX-License-Identifier: MIT */
/* The filter of terminal output: what passes, what does not, broken UTF-8; and of random bytes,
 * however they are split, that nothing but permitted bytes comes out and that it passes again. */
#include "../filter.h"
#include <base/ensure.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

static uint8_t seen[4096];
static size_t seen_size;
static uint32_t state = 4711;

void ensure_failed(const char *condition, const char *file, int line) {
    fprintf(stderr, "%s:%d: ensure(%s)\n", file, line, condition);
    abort();
}

static uint32_t chance(uint32_t bound) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % bound;
}

static void collect(const uint8_t *bytes, size_t size) {
    if (size > sizeof seen - seen_size) {
        abort();
    }
    memcpy(seen + seen_size, bytes, size);
    seen_size += size;
}

static bool gives(const char *in, const char *out) {
    struct filter filter = {};
    seen_size = 0;
    filter_write(&filter, (const uint8_t *)in, strlen(in), collect);
    return seen_size == strlen(out) && memcmp(seen, out, seen_size) == 0;
}

static bool passes(const char *in) {
    return gives(in, in);
}

static void test_passes(void) {
    CHECK(passes("plain text\r\n\ttab\b\a"));
    CHECK(passes("\33[1;31mred\33[0m \33[38:2:1:2:3mx\33[m"));
    CHECK(passes("\33[2J\33[H\33[10;20H\33[K\33[3A\33[?25l\33[?1049h\33[?7l\33[s\33[u"));
    CHECK(passes("\0337\0338\33M"));
    CHECK(passes("\u00e4\u20ac\U0001f600\u00a0"));
}

static void test_dropped(void) {
    CHECK(gives("a\5b\16\17c\177", "abc"));                                /* answerback, SO, SI */
    CHECK(gives("a\33[6nb\33[5n\33[c\33[>c\33[=c\33Zc", "abc"));           /* reports */
    CHECK(gives("a\33]0;title\ab\33]52;c;aGk=\33\\c", "abc"));             /* title, clipboard */
    CHECK(gives("a\33P1$qm\33\\b\33_x\33\\\33^y\33\\\33Xz\33\\c", "abc")); /* strings */
    CHECK(gives("a\33(0b\33%@\33cc", "abc"));                            /* character sets, reset */
    CHECK(gives("a\33[8;1;1tb\33[21tc\33[4i", "abc"));                   /* size, title, printing */
    CHECK(gives("a\33[?1000hb\33[?25;1000hc\33[?1h\33[20h\33=", "abc")); /* mouse, keys */
    CHECK(gives("a\33[1;2;3;4;5Tb\33[1;2sc\33[!p\33[1 q", "abc"));
    CHECK(gives("a\u009b6nb", "a6nb")); /* CSI of 8 bits */
}

static void test_cut_short(void) {
    CHECK(gives("\33[6\33[1mx", "\33[1mx"));
    CHECK(gives("\33[3\nx", "\nx"));
    CHECK(gives("\33]open\nx", "\nx"));
    CHECK(gives("\33\33[5nx", "x"));
    CHECK(gives("\33[1111111111111111111111111111mx", "\33[1111111111111111111111111111mx"));
    CHECK(gives("\33[111111111111111111111111111111mx", "x"));
    CHECK(gives("\33[11111111111111111111111111111111111111111111mx", "x"));
}

static void test_broken_text(void) {
    CHECK(gives("\x80x\xff", "\ufffdx\ufffd"));
    CHECK(gives("\xe2\x82x", "\ufffdx"));
    CHECK(gives("\xc0\xaf", "\ufffd\ufffd"));
    CHECK(gives("\xed\xa0\x80", "\ufffd\ufffd\ufffd"));
    CHECK(gives("\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"));
    CHECK(gives("\xe2\33[6n\33[1m", "\ufffd\33[1m"));
}

/* Bytes of which sequences are made, more often than others. */
static uint8_t random_byte(void) {
    static const char likely[] = "\33\33\33[[]?;0125hlmncHJ\a\n\\\xc2\x9b\xe2\x82\xac";
    return chance(4) == 0 ? (uint8_t)chance(256) : (uint8_t)likely[chance(sizeof likely - 1)];
}

static void test_random(void) {
    static uint8_t in[512], once[sizeof seen];
    for (unsigned round = 0; round < 20000; round++) {
        size_t size = 1 + chance(sizeof in - 1), cut = chance((uint32_t)size);
        for (size_t i = 0; i < size; i++) {
            in[i] = random_byte();
        }
        struct filter whole = {}, split = {}, again = {};
        seen_size = 0;
        filter_write(&whole, in, size, collect);
        size_t once_size = seen_size;
        memcpy(once, seen, once_size);
        seen_size = 0;
        filter_write(&split, in, cut, collect);
        filter_write(&split, in + cut, size - cut, collect);
        CHECK(seen_size == once_size && memcmp(seen, once, once_size) == 0);
        seen_size = 0;
        filter_write(&again, once, once_size, collect);
        CHECK(seen_size == once_size && memcmp(seen, once, once_size) == 0);
        CHECK(memchr(once, 5, once_size) == nullptr);
    }
}

int main(void) {
    test_passes();
    test_dropped();
    test_cut_short();
    test_broken_text();
    test_random();
    return check_finish("filter");
}
