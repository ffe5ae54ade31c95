/* SPDX-License-Identifier: MIT */
/*
 * A guardian and its children, as compiled code, under sanitizers: test/guest/guardian.c checks
 * what programs see; here is checked that nothing is left of them, and what is told.
 */
#include "../../../host/port/target.h"
#include <base/ensure.h>
#include <engine/engine.h>
#include <engine/target.h>
#include <kernel/program.h>
#include <string.h>
#include <test/check.h>

static const uint8_t guardian[] = {
#embed "guardian.wasm"
};

static char told[4096];

static void tell(void *data, const char *line) {
    CHECK(strlen(told) + strlen(line) + 2 < sizeof told);
    strcat(told, line);
    strcat(told, "\n");
}

static struct engine *make_engine(size_t cache_size) {
    const struct engine_config config = {.target = port_target(),
                                         .code_size = 16 << 20,
                                         .cpu_features = port_target()->features_detect(),
                                         .cache_size = cache_size};
    struct engine *engine;
    ensure(engine_create(&config, &engine) == OK);
    return engine;
}

static void run(struct engine *engine, enum memory_mode mode) {
    const struct program_config config = {.name = "guardian",
                                          .bytes = guardian,
                                          .size = sizeof guardian,
                                          .bytes_stay = true,
                                          .memory_mode = mode,
                                          .complain = tell};
    struct program_result result;
    told[0] = 0;
    program_run(engine, &config, &result);
    CHECK(result.how == PROGRAM_EXITED && result.exit_code == 0);
    if (result.how != PROGRAM_EXITED || result.exit_code != 0) {
        fprintf(stderr, "guardian.c:%u\n%s", result.exit_code, told);
    }
    CHECK(strstr(told, "ends: trap: unreachable\nends:   at #0 command (func ") != nullptr);
    CHECK(strstr(told, "bad: malformed at 0x0: unexpected end\n") != nullptr);
    CHECK(strstr(told, "empty: empty: exports no function \"_start\"") != nullptr);
}

int main(void) {
    struct engine *engine = make_engine(64 << 20);
    run(engine, MEMORY_GUARD);
    run(engine, MEMORY_GUARD);
    run(engine, MEMORY_CHECKED);
    engine_destroy(engine);
    engine = make_engine(0); /* without a cache modules keep copies of their own */
    run(engine, MEMORY_GUARD);
    engine_destroy(engine);
    return check_finish("process");
}
