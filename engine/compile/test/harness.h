/* SPDX-License-Identifier: MIT */
/* What the tests of the compiler share: an engine with a target, a module in it, its functions. */
#pragma once
#include <engine/private.h>
#include <engine/target.h>
#include <test/check.h>

/* Of the machine that the test runs on: host/port. */
const struct target *port_target(void);

static inline struct engine *engine_with(const struct target *target, uint64_t features) {
    constexpr size_t CODE_SIZE = 16 * 1024 * 1024;
    struct engine_config config = {target, CODE_SIZE, features};
    struct engine *engine = nullptr;
    CHECK(engine_create(&config, &engine) == OK);
    return engine;
}

static inline struct module *module_in_mode(struct engine *engine, enum memory_mode mode,
                                            const void *bytes, size_t size) {
    struct module_error error;
    struct module *module = nullptr;
    status_t status = module_create(engine, bytes, size, mode, &error, &module);
    CHECK(status == OK);
    if (status != OK) {
        fprintf(stderr, "at %zu: %s\n", error.offset, error.text);
    }
    return module;
}

static inline struct module *module_with(struct engine *engine, const void *bytes, size_t size) {
    return module_in_mode(engine, MEMORY_GUARD, bytes, size);
}
