/* SPDX-License-Identifier: MIT */
/* CONFIG: any text of at most 4095 bytes. What is found lies within it. */
#include "fuzz.h"
#include <base/ensure.h>
#include <base/environment.h>
#include <boot/environment.h>
#include <string.h>

const char fuzz_name[] = "boot/fuzz config";
const unsigned fuzz_rounds = 20'000;

size_t fuzz_seed(unsigned n, uint8_t to[FUZZ_SEED_MAX]) {
    static const char *const seeds[] = {
        "# comment\nscreen=800x600\n/* kernel=none */ kernel=sys/mine ./x\n// no\nnosmp=1\n",
        "screen=99999999999999999999x1\nkernel=\n/*",
    };
    if (n >= sizeof seeds / sizeof seeds[0]) {
        return 0;
    }
    memcpy(to, seeds[n], strlen(seeds[n]));
    return strlen(seeds[n]);
}

static void check_within(struct text all, struct text part) {
    ensure(part.size == 0 ||
           (part.bytes >= all.bytes && part.bytes + part.size <= all.bytes + all.size));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    struct text all = {(const char *)bytes, size}, value;
    if (size > 4095) {
        return 0;
    }
    if (environment_find(all, text_of("nosmp"), &value)) {
        check_within(all, value);
    }
    struct screen_size screen = environment_screen(all);
    ensure(screen.width >= 640 && screen.width <= 16384);
    ensure(screen.height >= 480 && screen.height <= 16384);
    struct text kernel = environment_kernel(all);
    ensure(kernel.size > 0);
    if (!text_equal(kernel, text_of("sys/core"))) {
        check_within(all, kernel);
    }
    return 0;
}
