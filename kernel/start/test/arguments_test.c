/* SPDX-License-Identifier: MIT */
/* The arguments file: empty strings, an environment, and files that lie. */
#include "../arguments.h"
#include <base/ensure.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

static struct arguments arguments;

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

/* From a copy of exactly that size, so that reading beyond it is seen. */
static bool reads(const char *text, size_t size) {
    static char *copy;
    free(copy);
    copy = memcpy(malloc(size + 1), text, size);
    copy = realloc(copy, size > 0 ? size : 1);
    return arguments_read(bytes_init(copy, size), &arguments);
}

static bool is(size_t index, const char *text) {
    return strcmp(arguments.strings[index], text) == 0;
}

int main(void) {
    CHECK(reads("2\0name\0\0A=b\0C=\0", 15));
    CHECK(arguments.argument_count == 2 && arguments.environment_count == 2);
    CHECK(is(0, "name") && is(1, "") && is(2, "A=b") && is(3, "C="));
    CHECK(reads("0\0", 2) && arguments.argument_count == 0 && arguments.environment_count == 0);
    CHECK(!reads("", 0));
    CHECK(!reads("1\0name", 6));
    CHECK(!reads("2\0name\0", 7));
    CHECK(!reads("x\0name\0", 7));
    CHECK(!reads("99999999999999999999\0a\0", 23));
    static char many[2 + ARGUMENTS_MAX + 1] = "1";
    CHECK(reads(many, 2 + ARGUMENTS_MAX) && !reads(many, sizeof(many)));
    return check_finish("arguments");
}
