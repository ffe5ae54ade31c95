/* SPDX-License-Identifier: MIT */
/*
 * Bodies that are validated only before they are compiled: a call of one that is not valid traps,
 * each time, and the others run; whoever wants all of it valid is refused as ever.
 */
#include "../../test/build.h"
#include "harness.h"

static struct context *context;

/* Types () -> i32, two functions, exported as "good" and "bad", which leaves an i64. */
static struct build mixed_module(void) {
    struct build build = build_module(), section = {};
    BUILD(&section, 1, 0x60, 0, 1, TYPE_I32);
    build_section(&build, 1, &section);
    BUILD(&section, 2, 0, 0);
    build_section(&build, 3, &section);
    BUILD(&section, 2, 4, 'g', 'o', 'o', 'd', EXTERNAL_FUNCTION, 0);
    BUILD(&section, 3, 'b', 'a', 'd', EXTERNAL_FUNCTION, 1);
    build_section(&build, 7, &section);
    BUILD(&section, 2);
    BUILD(&section, 4, 0, OPCODE_i32_const, 7, OPCODE_end);
    BUILD(&section, 4, 0, OPCODE_i64_const, 7, OPCODE_end);
    build_section(&build, 10, &section);
    build_free(&section);
    return build;
}

static enum trap call(struct instance *instance, const char *name, uint64_t *value) {
    struct external external;
    CHECK(instance_export(instance, text_of(name), &external) == OK);
    port_context_set(context);
    enum trap trap = context_enter(context, external.function, value);
    port_context_set(nullptr);
    return trap;
}

static void check_calls(struct module *module) {
    struct instance *instance;
    CHECK(instance_create(module, context, &instance) == OK);
    CHECK(instance_initialize(instance) == TRAP_NONE);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t value = 0;
        CHECK(call(instance, "bad", &value) == TRAP_INVALID_FUNCTION);
        CHECK(call(instance, "good", &value) == TRAP_NONE && value == 7);
    }
    instance_destroy(instance);
}

/* The same bytes, opened in either way, are two modules: neither answers for the other. */
static void test_open(size_t cache_size) {
    struct engine_config config = {port_target(), 1 << 20, port_target()->features_detect(),
                                   .cache_size = cache_size};
    struct build build = mixed_module();
    struct module_source source = {.bytes = build.bytes, .size = build.size, .stays = true};
    struct module_error error;
    struct engine *engine;
    struct module *module;
    CHECK(engine_create(&config, &engine) == OK);
    CHECK(context_create(engine, 256 * 1024, &context) == OK);
    for (unsigned i = 0; i < 2; i++) {
        source.bodies_later = true;
        CHECK(module_open(engine, &source, &error, &module) == OK);
        check_calls(module);
        source.bodies_later = false;
        struct module *refused;
        CHECK(module_open(engine, &source, &error, &refused) == ERR_CORRUPT && error.invalid);
        CHECK(error.function == 1);
        module_close(module);
    }
    CHECK(engine_statistics_get(engine)->functions_compiled == (cache_size > 0 ? 1 : 2));
    context_destroy(context);
    engine_destroy(engine);
    build_free(&build);
}

/* Only bodies are left for later: all else is looked at. */
static void test_outside(void) {
    struct engine *engine = engine_with(port_target(), 0);
    struct build build = mixed_module();
    struct module_error error;
    struct module *module;
    const size_t code_at = build.size - 13; /* before the code: a start function with a result */
    struct build wrong = {};
    build_bytes(&wrong, build.bytes, code_at);
    BUILD(&wrong, 8, 1, 0);
    build_bytes(&wrong, build.bytes + code_at, build.size - code_at);
    struct module_source source = {wrong.bytes, wrong.size, MEMORY_GUARD, true, true};
    CHECK(module_open(engine, &source, &error, &module) == ERR_CORRUPT && error.invalid);
    CHECK(error.function == UINT32_MAX);
    build_free(&wrong);
    build_free(&build);
    engine_destroy(engine);
}

int main(void) {
    test_open(0);
    test_open(1 << 20);
    test_outside();
    return check_finish("engine/compile/later");
}
