/* SPDX-License-Identifier: MIT */
/* UTF-8 by bytes: every character goes there and back, malformed bytes become U+FFFD as Unicode
 * recommends, and what is random never yields what is not a character. */
#include <base/ensure.h>
#include <base/string.h>
#include <chip/utf8.h>
#include <stdlib.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

static size_t decode(const char *bytes, size_t size, uint32_t *out) {
    struct utf8 utf8 = {};
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        count += utf8_put(&utf8, (uint8_t)bytes[i], &out[count]);
    }
    return count;
}

static size_t encode(uint32_t code, char out[4]) {
    static const uint8_t leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; code >>= 6) {
        out[i] = (char)(0x80 | (code & 0x3F));
    }
    out[0] = (char)(leads[size] | code);
    return size;
}

static void test_all(void) {
    unsigned wrong = 0;
    for (uint32_t code = 0; code < 0x11'0000; code++) {
        char bytes[4];
        uint32_t out[8];
        size_t count = decode(bytes, encode(code, bytes), out);
        bool surrogate = code >= 0xD800 && code < 0xE000;
        wrong += surrogate ? out[0] != UTF8_REPLACEMENT : count != 1 || out[0] != code;
    }
    CHECK(wrong == 0);
}

#define DECODES(text, ...)                                                                         \
    do {                                                                                           \
        const uint32_t expected[] = {__VA_ARGS__};                                                 \
        uint32_t out[32];                                                                          \
        size_t count = decode(text, sizeof(text) - 1, out);                                        \
        CHECK(count == sizeof(expected) / 4 && memcmp(out, expected, sizeof(expected)) == 0);      \
    } while (0)

constexpr uint32_t BAD = UTF8_REPLACEMENT;

static void test_malformed(void) {
    DECODES("\x80\xBF", BAD, BAD);
    DECODES("\xC0\x80", BAD, BAD);
    DECODES("\xFE\xFF\xF5", BAD, BAD, BAD);
    DECODES("\xE0\x9F\x80", BAD, BAD, BAD);          /* overlong */
    DECODES("\xED\xA0\x80", BAD, BAD, BAD);          /* a surrogate */
    DECODES("\xF4\x90\x80\x80", BAD, BAD, BAD, BAD); /* beyond the last */
    DECODES("\xE2\x82"
            "A",
            BAD, 'A');
    DECODES("\xF0\x9F\x98\xC3\xA9", BAD, 0xE9); /* what breaks one off begins the next */
    /* The example of the standard, table 3-8. */
    DECODES("a\xF1\x80\x80\xE1\x80\xC2"
            "b\x80"
            "c\x80\xBF"
            "d",
            'a', BAD, BAD, BAD, 'b', BAD, 'c', BAD, BAD, 'd');
}

static void test_random(void) {
    srand(1);
    struct utf8 utf8 = {};
    unsigned wrong = 0;
    size_t characters = 0;
    for (unsigned i = 0; i < 300'000; i++) {
        uint32_t out[2];
        size_t count = utf8_put(&utf8, (uint8_t)(rand() >> 4), out);
        wrong += count > 2;
        for (size_t at = 0; at < count; at++) {
            wrong += out[at] >= 0x11'0000 || (out[at] >= 0xD800 && out[at] < 0xE000);
        }
        characters += count;
    }
    CHECK(wrong == 0 && characters > 200'000);
}

int main(void) {
    test_all();
    test_malformed();
    test_random();
    return check_finish("utf8");
}
