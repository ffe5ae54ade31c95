/* SPDX-License-Identifier: MIT */
/* The keys of CONFIG that are the loader's, with sense and without. */
#include <boot/environment.h>
#include <test/check.h>

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

int main(void) {
    test_loader_keys();
    return check_finish("boot/environment");
}
