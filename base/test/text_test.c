/* SPDX-License-Identifier: MIT */
/* Text, numbers in text, UTF-8, and formatting. */
#include <base/format.h>
#include <base/string.h>
#include <test/check.h>

#define UTF8(text) utf8_valid((const uint8_t *)(text), sizeof(text) - 1)

static void test_utf8(void) {
    CHECK(UTF8("") && UTF8("plain") && UTF8("a\0b"));
    CHECK(UTF8("\xC2\x80") && UTF8("\xDF\xBF") && UTF8("\xE0\xA0\x80") && UTF8("\xEF\xBF\xBF"));
    CHECK(UTF8("\xED\x9F\xBF") && UTF8("\xEE\x80\x80"));
    CHECK(UTF8("\xF0\x90\x80\x80") && UTF8("\xF4\x8F\xBF\xBF"));
    CHECK(!UTF8("\x80") && !UTF8("\xBF") && !UTF8("\xC0\x80") && !UTF8("\xC1\xBF"));
    CHECK(!UTF8("\xE0\x9F\xBF") && !UTF8("\xED\xA0\x80") && !UTF8("\xED\xBF\xBF"));
    CHECK(!UTF8("\xF0\x8F\xBF\xBF") && !UTF8("\xF4\x90\x80\x80") && !UTF8("\xF5\x80\x80\x80"));
    CHECK(!UTF8("\xC2") && !UTF8("\xE1\x80") && !UTF8("\xF1\x80\x80") && !UTF8("\xFF"));
    CHECK(!UTF8("\xC2\x41") && !UTF8("\xE1\x80\x41") && !UTF8("\xF1\x80\xC0\x80"));
}

static bool number_is(const char *text, uint64_t wanted) {
    uint64_t value;
    return text_to_u64(text_of(text), &value) && value == wanted;
}

static bool number_fails(const char *text) {
    uint64_t value;
    return !text_to_u64(text_of(text), &value);
}

static void test_numbers(void) {
    CHECK(number_is("0", 0) && number_is("18446744073709551615", UINT64_MAX));
    CHECK(number_is("0x1f", 31) && number_is("0xFFFFFFFFFFFFFFFF", UINT64_MAX));
    CHECK(number_fails("18446744073709551616") && number_fails("0x10000000000000000"));
    CHECK(number_fails("") && number_fails("0x") && number_fails("12a") && number_fails("-1"));
    CHECK(number_fails(" 1") && number_fails("0x1g") && number_fails("1 "));
}

static void test_split(void) {
    struct text rest = text_of("a=b=c");
    CHECK(text_equal(text_split(&rest, '='), text_of("a")));
    CHECK(text_equal(rest, text_of("b=c")));
    CHECK(text_equal(text_split(&rest, ':'), text_of("b=c")) && rest.size == 0);
    CHECK(text_split(&rest, ':').size == 0);
    CHECK(text_starts_with(text_of("abc"), text_of("ab")) &&
          text_starts_with(text_of(""), text_of("")));
    CHECK(!text_starts_with(text_of("a"), text_of("ab")));
}

static bool says(const char *wanted, const char *got, size_t size) {
    return strlen(wanted) == size && memcmp(wanted, got, size + 1) == 0;
}

#define FORMAT(wanted, ...)                                                                        \
    do {                                                                                           \
        char buffer[80];                                                                           \
        size_t size = format_buffer(buffer, sizeof buffer, __VA_ARGS__);                           \
        CHECK(says(wanted, buffer, size));                                                         \
    } while (0)

static void test_format(void) {
    FORMAT("plain 100%", "plain 100%%");
    FORMAT("-5 7 ff FF", "%d %u %x %X", -5, 7u, 255u, 255u);
    FORMAT("-2147483648 -9223372036854775808", "%i %lld", INT32_MIN, (long long)INT64_MIN);
    FORMAT("18446744073709551615", "%zu", SIZE_MAX);
    FORMAT("-1 255 -1 65535", "%hhd %hhu %hd %hu", -1, 255, -1, 65535);
    FORMAT("[   42][42   ][00042][-0042]", "[%5d][%-5d][%05d][%05d]", 42, 42, 42, -42);
    FORMAT("[  ab][ab  ][a]", "[%4s][%-4s][%.1s]", "ab", "ab", "ab");
    FORMAT("[  x][abc]", "[%*s][%.*s]", 3, "x", 3, "abcdef");
    FORMAT("c 0x1000", "%c %p", 'c', (void *)0x1000);
    FORMAT("0", "%d", 0);
}

static void test_format_bounds(void) {
    char small[4] = "zzz";
    CHECK(format_buffer(small, sizeof small, "%s", "abcdef") == 6);
    CHECK(memcmp(small, "abc", 4) == 0);
    CHECK(format_buffer(small, 1, "%d", 12) == 2 && small[0] == 0);
    small[0] = 'q';
    CHECK(format_buffer(small, 0, "%d", 12) == 2 && small[0] == 'q');
}

int main(void) {
    test_utf8();
    test_numbers();
    test_split();
    test_format();
    test_format_bounds();
    return check_finish("base/text");
}
