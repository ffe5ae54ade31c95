/* SPDX-License-Identifier: MIT */
/* CONFIG's keys for the kernel. */
#include "setting.h"
#include <base/checked.h>
#include <base/environment.h>

constexpr uint64_t AGAIN_MAX = 1'000'000'000;
constexpr uint64_t CACHE_MIB = 32, CACHE_MIB_MAX = 1024 * 1024;

static struct text value_of(struct text environment, const char *key, const char *otherwise) {
    struct text value;
    return environment_find(environment, text_of(key), &value) ? value : text_of(otherwise);
}

/* The position of a value in a list; `otherwise` when it is not in it. */
static size_t choice_of(struct text value, const char *const *choices, size_t count,
                        size_t otherwise) {
    for (size_t i = 0; i < count; i++) {
        if (text_equal(value, text_of(choices[i]))) {
            return i;
        }
    }
    return otherwise;
}

/* At most `max`; `otherwise` when it is no number, or greater. */
static uint64_t number_of(struct text value, uint64_t otherwise, uint64_t max) {
    uint64_t number;
    return text_to_u64(value, &number) && number <= max ? number : otherwise;
}

void setting_read(struct text environment, struct setting *out) {
    static const char *const actions[] = {"halt", "poweroff", "reboot"};
    *out = (struct setting){
        .start = value_of(environment, "start", ""),
        .init = value_of(environment, "init", ""),
        .arguments = value_of(environment, "arguments", ""),
        .root = value_of(environment, "root", "/"),
        .drivers = value_of(environment, "driver", ""),
        .power_off = text_equal(value_of(environment, "after", ""), text_of("poweroff")),
        .console = value_of(environment, "console", "serial0"),
        .framed = text_equal(value_of(environment, "stdin", ""), text_of("framed")),
        .control = !text_equal(value_of(environment, "control", ""), text_of("off")),
        .pushed_kernel = value_of(environment, "pushed_kernel", ""),
        .pushed_initrd = value_of(environment, "pushed_initrd", ""),
        .pushed_config = value_of(environment, "pushed_config", ""),
        .trap_imports = text_equal(value_of(environment, "imports", ""), text_of("trap")),
        .log_to = value_of(environment, "logto", "serial0"),
        .log = value_of(environment, "log", ""),
        .panic = (enum panic_action)choice_of(value_of(environment, "panic", ""), actions,
                                              COUNT_OF(actions), PANIC_HALT),
        .checked_memory = text_equal(value_of(environment, "memory", ""), text_of("checked")),
        .again = number_of(value_of(environment, "again", ""), 0, AGAIN_MAX),
        .cache_mib = number_of(value_of(environment, "cache", ""), CACHE_MIB, CACHE_MIB_MAX),
        .machine =
            {
                .clock = value_of(environment, "clock", ""),
                .legacy_interrupts =
                    text_equal(value_of(environment, "interrupts", ""), text_of("legacy")),
                .single = text_equal(value_of(environment, "nosmp", ""), text_of("1")),
            },
        .paging = value_of(environment, "paging", ""),
        .fault = value_of(environment, "fault", ""),
        .test = value_of(environment, "test", ""),
    };
}
