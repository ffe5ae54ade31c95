/* SPDX-License-Identifier: MIT */
/*
 * Mutated modules must be refused or accepted, never crash: all.wasm, or the files given, with a
 * few bytes changed, always the same way. What is accepted is linked, to things that may or may not
 * match, and instantiated. A mutation that is accepted must stay so: the same bytes give the same
 * answer twice.
 */
#include "engine.h"
#include "mutate.h"

constexpr size_t SIZE_MAX_FUZZED = 64 * 1024;
constexpr unsigned ROUNDS = 40'000;
constexpr unsigned FILE_ROUNDS = 20;

/* What imports are given: mostly something of the right kind. */
static const struct module *provider;
static struct instance *provided;
static struct context context;

static status_t resolve(void *data, const struct module *module, const struct import *import,
                        struct external *out) {
    uint32_t first = mutate_below(provider->export_count);
    bool any = mutate_below(50) == 0;
    for (uint32_t i = 0; i < provider->export_count; i++) {
        const struct export *export = &provider->exports[(first + i) % provider->export_count];
        if (export->kind == import->kind || any) {
            return instance_export(provided, export->name, out);
        }
    }
    return ERR_NOT_FOUND;
}

static unsigned linked;

static void complain(void *data, const struct module *module, const struct import *import,
                     const char *why) {
    CHECK(why[0] != 0 && import->kind <= EXTERNAL_GLOBAL);
}

/* Not with memories that would take the machine's. */
static bool is_small(const struct module *module) {
    for (uint32_t i = 0; i < module->memory_count; i++) {
        if (module->memories[i].limits.minimum > 16) {
            return false;
        }
    }
    for (uint32_t i = 0; i < module->table_count; i++) {
        if (module->tables[i].limits.minimum > 10'000) {
            return false;
        }
    }
    return true;
}

static void instantiate(struct module *module) {
    struct instance *instance;
    if (!is_small(module) || instance_create(module, &context, &instance) != OK) {
        return;
    }
    if (instance_link(instance, resolve, complain, nullptr) == OK) {
        linked++;
        (void)instance_initialize(instance);
        for (uint32_t i = 0; i < module->export_count; i++) {
            struct external external;
            CHECK(instance_export(instance, module->exports[i].name, &external) == OK);
            CHECK(external.kind == module->exports[i].kind);
        }
    }
    instance_destroy(instance);
}

static bool try_module(struct engine *engine, const uint8_t *bytes, size_t size) {
    struct module_error error;
    struct module *module;
    status_t status = module_create(engine, bytes, size, MEMORY_CHECKED, &error, &module);
    if (status != OK) {
        CHECK(status == ERR_CORRUPT && error.offset <= size && error.text[0] != 0);
        return false;
    }
    for (uint32_t i = 0; i < module->function_count; i++) {
        (void)module_function_name(module, i);
    }
    instantiate(module);
    module_destroy(module);
    return true;
}

static unsigned fuzz(struct engine *engine, const uint8_t *bytes, size_t size, unsigned rounds) {
    unsigned accepted = 0;
    for (unsigned round = 0; round < rounds; round++) {
        size_t mutated;
        uint8_t *copy = mutate(bytes, size, &mutated);
        bool good = try_module(engine, copy, mutated);
        CHECK(good == try_module(engine, copy, mutated));
        accepted += good;
        free(copy);
    }
    return accepted;
}

static void fuzz_file(struct engine *engine, const char *path) {
    static uint8_t bytes[SIZE_MAX_FUZZED];
    FILE *file = fopen(path, "rb");
    size_t size = file != nullptr ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file != nullptr) {
        fclose(file);
    }
    if (size > 8 && size < sizeof bytes) {
        fuzz(engine, bytes, size, FILE_ROUNDS);
    }
}

static void fuzz_prefixes(struct engine *engine) {
    for (size_t size = 0; size < sizeof all_wasm; size++) {
        uint8_t *part = malloc(size + 1);
        memcpy(part, all_wasm, size);
        uint8_t *exact = realloc(part, size == 0 ? 1 : size);
        try_module(engine, exact, size);
        free(exact);
    }
}

static struct module *provide(struct engine *engine) {
    static const uint8_t provider_wasm[] = {
#embed "provider.wasm"
    };
    struct module_error error;
    struct module *module = nullptr;
    CHECK(module_create(engine, provider_wasm, sizeof provider_wasm, MEMORY_GUARD, &error,
                        &module) == OK);
    CHECK(instance_create(module, &context, &provided) == OK);
    CHECK(instance_initialize(provided) == TRAP_NONE);
    provider = module;
    return module;
}

/* Arguments: a seed, then files to mutate. */
int main(int argc, char **argv) {
    struct engine *engine = test_engine();
    struct module *module = provide(engine);
    if (argc > 1) {
        mutate_seed(strtoull(argv[1], nullptr, 10));
    }
    for (int i = 2; i < argc; i++) {
        fuzz_file(engine, argv[i]);
    }
    CHECK(try_module(engine, all_wasm, sizeof all_wasm));
    fuzz_prefixes(engine);
    unsigned accepted = fuzz(engine, all_wasm, sizeof all_wasm, ROUNDS);
    CHECK(accepted > 0 && accepted < ROUNDS);
    CHECK(linked > 0 && linked < accepted);
    instance_destroy(provided);
    module_destroy(module);
    engine_destroy(engine);
    return check_finish("engine/fuzz");
}
