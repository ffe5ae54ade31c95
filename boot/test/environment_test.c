/* SPDX-License-Identifier: MIT */
/* CONFIG: keys, comments, which line wins; and that no text makes it read beyond its end. */
#include "fixture.h"
#include <boot/environment.h>
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

static bool screen_is(const char *text, uint32_t width, uint32_t height) {
    struct screen_size size = environment_screen(text_of(text));
    return size.width == width && size.height == height;
}

static void test_loader_keys(void) {
    CHECK(screen_is("screen=800x600\n", 800, 600));
    CHECK(screen_is("screen=1x1\n", 640, 480));
    CHECK(screen_is("", 1024, 768));
    CHECK(screen_is("screen=wide", 1024, 768));
    CHECK(screen_is("screen=99999999999999999999x600", 1024, 768));
    CHECK(screen_is("screen=800x600 // small", 800, 600));
    CHECK(text_equal(environment_kernel(text_of("kernel=a/b c")), text_of("a/b")));
    CHECK(text_equal(environment_kernel(text_of("kernel=")), text_of("sys/core")));
    CHECK(text_equal(environment_kernel(text_of("x=1")), text_of("sys/core")));
}

static void test_random(void) {
    static const char alphabet[] = "a=/*#\n \r\tx1";
    struct random random = {7};
    for (int round = 0; round < 20'000; round++) {
        size_t size = random_below(&random, 24);
        char *bytes = malloc(size + 1); /* exact, so that the sanitizer sees one byte too far */
        for (size_t i = 0; i < size; i++) {
            bytes[i] = alphabet[random_below(&random, sizeof alphabet - 1)];
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
    test_loader_keys();
    test_random();
    return check_finish("boot/environment");
}
