/* SPDX-License-Identifier: MIT */
/* The wiring file: any bytes. What comes out lies within the file and within its bounds. */
#include "../../../../../boot/test/fuzz/fuzz.h"
#include <base/ensure.h>
#include <string.h>
#include <user/wiring.h>

const char fuzz_name[] = "user/fuzz wiring";
const unsigned fuzz_rounds = 20'000;

size_t fuzz_seed(unsigned n, uint8_t to[FUZZ_SEED_MAX]) {
    static const char *const seeds[] = {
        "process a\nmodule a\nkind handler\nserves console\npriority 1\nmemory 64 KiB checked\n"
        "process b\nmodule 'b'\nkind wasi\npriority 2\nuse x = a.input\nuse k = kernel.log,time\n"
        "arguments a \"b c\" # d\nenvironment A=b\nrestart 3 in 10 s else stop\nturn 5 ms\n",
        "process a\nuse x = b\nserves clock\nprocess b\nserves clock\nsend y = a\nuse z = a\n"
        "mailbox 5 messages 64 KiB\nuse d = device.uart\nstack 1 MiB\nhandles 7\n",
    };
    if (n >= sizeof seeds / sizeof seeds[0]) {
        return 0;
    }
    memcpy(to, seeds[n], strlen(seeds[n]));
    return strlen(seeds[n]);
}

static struct wiring wiring;
static struct text file;
static unsigned errors;

static void note(void *data, struct wiring_place place, const char *text) {
    errors++;
    ensure(place.line >= 1 && place.line <= file.size + 1);
    ensure(place.column >= 1 && place.column <= file.size + 1 && text[0] != 0);
}

static void check_within(struct text part) {
    ensure(part.size == 0 ||
           (part.bytes >= file.bytes && part.bytes + part.size <= file.bytes + file.size));
}

static void check_process(const struct wiring_process *process) {
    check_within(process->name);
    check_within(process->module);
    ensure(process->priority >= 1 && process->priority < PROCESS_PRIORITIES);
    ensure(process->first_use + process->use_count <= wiring.use_count);
    ensure(process->first_string + process->string_count <= wiring.string_count);
    for (uint32_t i = 0; i < process->use_count; i++) {
        const struct wiring_use *use = &wiring.uses[process->first_use + i];
        check_within(use->name);
        check_within(use->part);
        ensure(use->giver != WIRING_OF_PROCESS || use->server < wiring.process_count);
        ensure(use->giver != WIRING_OF_PROCESS || use->sends ||
               wiring.processes[use->server].priority < process->priority);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    const struct wiring_reader reader = {.error = note};
    file = (struct text){(const char *)bytes, size};
    errors = 0;
    bool good = wiring_read(file, &reader, &wiring);
    ensure(good == (errors == 0) && errors <= WIRING_ERRORS + 1);
    for (uint32_t i = 0; good && i < wiring.process_count; i++) {
        check_process(&wiring.processes[i]);
    }
    return 0;
}
