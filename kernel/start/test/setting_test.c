/* SPDX-License-Identifier: MIT */
/* CONFIG, ordinary and broken. */
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
    CHECK(is(setting.log, "trace") && setting.panic == PANIC_REBOOT);
    CHECK(is(setting.log_to, "serial1") && is(setting.console, "serial0"));
    setting_read(text_of("log=loud\nafter=party\npanic=\nstdin"), &setting);
    CHECK(is(setting.log, "loud") && !setting.power_off && setting.panic == PANIC_HALT);
    CHECK(!setting.framed && setting.start.size == 0 && setting.fault.size == 0);
    CHECK(setting.machine.clock.size == 0 && !setting.machine.legacy_interrupts);
    setting_read(text_of("clock=pit\ninterrupts=legacy\nnosmp=1\ntest=cores"), &setting);
    CHECK(is(setting.machine.clock, "pit") && setting.machine.legacy_interrupts);
    CHECK(setting.machine.single && is(setting.test, "cores"));
    CHECK(setting.again == 0 && setting.cache_mib == 32);
    setting_read(text_of("again=20\ncache=0"), &setting);
    CHECK(setting.again == 20 && setting.cache_mib == 0);
    setting_read(text_of("again=x\ncache=99999999999999999999"), &setting);
    CHECK(setting.again == 0 && setting.cache_mib == 32);
    setting_read(text_of("memory=checked"), &setting);
    CHECK(setting.checked_memory);
    setting_read(text_of("memory=wide"), &setting);
    CHECK(!setting.checked_memory);
    setting_read((struct text){nullptr, 0}, &setting);
    CHECK(!setting.machine.single && setting.test.size == 0);
    CHECK(is(setting.console, "serial0"));
}

int main(void) {
    test_setting();
    return check_finish("setting");
}
