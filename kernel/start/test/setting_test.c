/* SPDX-License-Identifier: MIT */
/* CONFIG and the arguments file, ordinary and broken. */
#include "../arguments.h"
#include "../setting.h"
#include <base/ensure.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

static bool is(struct text text, const char *expected) {
    return text_equal(text, text_of(expected));
}

static void test_setting(void) {
    struct setting setting;
    setting_read(text_of("// comment\nstart = app/sqlite.wasm \nafter=poweroff\n/* log=error */\n"
                         "log=debug\r\nlog=trace\nstdin=framed\npanic=reboot\nlogto=serial1"),
                 &setting);
    CHECK(is(setting.start, "app/sqlite.wasm") && setting.power_off && setting.framed);
    CHECK(setting.log_level == LOG_TRACE && setting.panic == PANIC_REBOOT);
    CHECK(is(setting.log_to, "serial1") && is(setting.console, "serial0"));
    setting_read(text_of("log=loud\nafter=party\npanic=\nstdin"), &setting);
    CHECK(setting.log_level == LOG_INFO && !setting.power_off && setting.panic == PANIC_HALT);
    CHECK(!setting.framed && setting.start.size == 0 && setting.fault.size == 0);
    setting_read((struct text){nullptr, 0}, &setting);
    CHECK(is(setting.console, "serial0"));
}

static bool read(const char *bytes, size_t size, struct arguments *out) {
    return arguments_read(bytes_init(bytes, size), out);
}

static void test_arguments(void) {
    static struct arguments arguments;
    CHECK(read("sqlite\0-batch\0\0HOME=/\0", 22, &arguments));
    CHECK(arguments.argument_count == 2 && arguments.environment_count == 1);
    CHECK(strcmp(arguments.strings[1], "-batch") == 0 &&
          strcmp(arguments.strings[2], "HOME=/") == 0);
    CHECK(read("one\0", 4, &arguments) && arguments.argument_count == 1);
    CHECK(read("", 0, &arguments) && arguments.argument_count == 0);
    CHECK(read("\0A=b\0\0", 6, &arguments) && arguments.argument_count == 0 &&
          arguments.environment_count == 1);
    CHECK(!read("one\0two", 7, &arguments));
    CHECK(!read("one\0\0A=b", 8, &arguments));
    static char many[2 * (ARGUMENTS_MAX + 1)];
    for (size_t i = 0; i < sizeof(many); i += 2) {
        many[i] = 'x';
    }
    CHECK(read(many, sizeof(many) - 2, &arguments) && arguments.argument_count == ARGUMENTS_MAX);
    CHECK(!read(many, sizeof(many), &arguments));
}

int main(void) {
    test_setting();
    test_arguments();
    return check_finish("setting");
}
