/* SPDX-License-Identifier: MIT */
/* CONFIG: keys, comments, which line wins; and that no text makes it read beyond its end. */
#include <base/environment.h>
#include <stdlib.h>
#include <test/check.h>

static bool value_is(const char *text, const char *key, const char *expected) {
    struct text value;
    return environment_find(text_of(text), text_of(key), &value) &&
           text_equal(value, text_of(expected));
}

static bool absent(const char *text, const char *key) {
    struct text value;
    return !environment_find(text_of(text), text_of(key), &value);
}

static void test_find(void) {
    CHECK(value_is("a=1\nb=2\n", "b", "2"));
    CHECK(value_is("a=1\na=2", "a", "2"));
    CHECK(value_is("  a = 1 2 \r\n", "a", "1 2"));
    CHECK(value_is("url=http://x/#y\n", "url", "http://x/#y"));
    CHECK(value_is("a=b=c", "a", "b=c"));
    CHECK(value_is("a=", "a", ""));
    CHECK(value_is("/* a=1 */ a=2", "a", "2"));
    CHECK(value_is("a=1\n/* a=2\na=3 */\n", "a", "1"));
    CHECK(absent("// a=1\n# a=2\n", "a"));
    CHECK(absent("/* a=1", "a"));
    CHECK(absent("ab=1\n", "a"));
    CHECK(absent("a\n", "a"));
    CHECK(absent("", "a"));
    CHECK(absent("/*", "a") && absent("/**/", "a") && absent("/", "a") && absent("\n \n", "a"));
}

static size_t below(size_t limit) {
    return (size_t)rand() % limit;
}

static void test_random(void) {
    static const char alphabet[] = "a=/*#\n \r\tx1";
    srand(7);
    for (int round = 0; round < 20'000; round++) {
        size_t size = below(24);
        char *bytes = malloc(size + 1); /* exact, so that the sanitizer sees one byte too far */
        for (size_t i = 0; i < size; i++) {
            bytes[i] = alphabet[below(sizeof alphabet - 1)];
        }
        char *exact = memcpy(malloc(size == 0 ? 1 : size), bytes, size);
        struct text value = {}, text = {exact, size};
        bool found = environment_find(text, text_of("a"), &value);
        CHECK(!found || (value.bytes >= exact && value.bytes + value.size <= exact + size));
        free(exact);
        free(bytes);
    }
}

int main(void) {
    test_find();
    test_random();
    return check_finish("base/environment");
}
