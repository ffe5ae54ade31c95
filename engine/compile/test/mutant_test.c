/* SPDX-License-Identifier: MIT */
/*
 * Mutated modules that are valid must compile, for every target, twice to the same bytes; nothing
 * of them is run. Arguments: a seed, then files to mutate.
 */
#include "../../test/mutate.h"
#include "harness.h"
#include <string.h>

static const uint8_t run_wasm[] = {
#embed "run.wasm"
};
static const uint8_t tail_wasm[] = {
#embed "tail.wasm"
};

constexpr unsigned ROUNDS = 3000, FILE_ROUNDS = 10;
constexpr size_t SIZE_MAX_FUZZED = 64 * 1024;

static struct engine *engine;
static struct compiler *compiler;
static unsigned compiled;

static void compile_all(struct module *module) {
    for (uint32_t i = module->imported_functions; i < module->function_count; i++) {
        struct code_draft first, second;
        CHECK(function_compile(compiler, module, i, &first) == OK);
        uint8_t *copy = malloc(first.size);
        memcpy(copy, first.bytes, first.size);
        CHECK(function_compile(compiler, module, i, &second) == OK);
        CHECK(first.size == second.size && memcmp(copy, second.bytes, first.size) == 0);
        free(copy);
        compiled++;
    }
}

static void fuzz(const uint8_t *bytes, size_t size, unsigned rounds) {
    for (; rounds > 0; rounds--) {
        struct module_error error;
        struct module *module;
        size_t mutated;
        uint8_t *copy = mutate(bytes, size, &mutated);
        enum memory_mode mode = rounds % 2 == 0 ? MEMORY_GUARD : MEMORY_CHECKED;
        if (module_create(engine, copy, mutated, mode, &error, &module) == OK) {
            compile_all(module);
            module_destroy(module);
        }
        free(copy);
    }
}

static void fuzz_file(const char *path) {
    static uint8_t bytes[SIZE_MAX_FUZZED];
    FILE *file = fopen(path, "rb");
    size_t size = file != nullptr ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file != nullptr) {
        fclose(file);
    }
    if (size > 8 && size < sizeof bytes) {
        fuzz(bytes, size, FILE_ROUNDS);
    }
}

static void fuzz_for(const struct target *target, uint64_t features, int count, char **paths) {
    engine = engine_with(target, features);
    CHECK(compiler_create(engine, &compiler) == OK);
    for (int i = 0; i < count; i++) {
        fuzz_file(paths[i]);
    }
    fuzz(run_wasm, sizeof run_wasm, ROUNDS);
    fuzz(tail_wasm, sizeof tail_wasm, ROUNDS);
    compiler_destroy(compiler);
    engine_destroy(engine);
}

int main(int argc, char **argv) {
    if (argc > 1) {
        mutate_seed(strtoull(argv[1], nullptr, 10));
    }
    int files = argc > 2 ? argc - 2 : 0;
    fuzz_for(&target_x86_64, 0, files, argv + 2);
    fuzz_for(&target_x86_64, UINT64_MAX, files, argv + 2);
    fuzz_for(&target_aarch64, 0, files, argv + 2);
    fuzz_for(&target_riscv64, 0, files, argv + 2);
    fuzz_for(&target_riscv64, UINT64_MAX, files, argv + 2);
    fuzz_for(&target_null, 0, files, argv + 2);
    CHECK(compiled > 0);
    return check_finish("engine/compile/mutant");
}
