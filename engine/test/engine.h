/* SPDX-License-Identifier: MIT */
/* An engine without a compiler, for tests of what comes before one. */
#pragma once
#include <engine/private.h>
#include <test/check.h>

static inline struct engine *test_engine(void) {
    struct engine_config config = {.code_size = 64 * 1024};
    struct engine *engine = nullptr;
    CHECK(engine_create(&config, &engine) == OK);
    return engine;
}

/* The module with something of everything: all.wat. */
static const uint8_t all_wasm[] = {
#embed "all.wasm"
};
