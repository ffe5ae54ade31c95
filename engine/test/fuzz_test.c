/* SPDX-License-Identifier: MIT */
/*
 * Mutated modules must be refused or accepted, never crash: all.wasm, or the files given, with a
 * few bytes changed, inserted, removed or copied, always the same way. What is accepted is
 * instantiated too. A mutation that is accepted must stay so: the same bytes give the same answer
 * twice.
 */
#include "engine.h"

#include <stdlib.h>

constexpr size_t SIZE_MAX_FUZZED = 64 * 1024;
constexpr unsigned ROUNDS = 40'000;

static uint64_t state = 0x1234'5678'9ABC'DEF1;

/* xorshift64*: the same numbers in every run. */
static uint32_t next(uint32_t below) {
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint32_t)((state * UINT64_C(0x2545'F491'4F6C'DD1D)) >> 33) % below;
}

/* Bytes that mean something in many places. */
static uint8_t odd_byte(void) {
    static const uint8_t bytes[] = {0,    1,    2,    0x40, 0x60, 0x6F, 0x70,
                                    0x7C, 0x7F, 0x80, 0x0B, 0x05, 0xFC, 0xFF};
    return next(2) == 0 ? bytes[next(sizeof bytes)] : (uint8_t)next(256);
}

static size_t mutate_once(uint8_t *bytes, size_t size, size_t capacity) {
    uint32_t at = 8 + next((uint32_t)size - 8);
    switch (next(5)) {
    case 0:
        bytes[at] ^= (uint8_t)(1 << next(8));
        return size;
    case 1:
        if (size == capacity) {
            return size;
        }
        memmove(bytes + at + 1, bytes + at, size - at);
        bytes[at] = odd_byte();
        return size + 1;
    case 2:
        if (size <= 16) {
            return size;
        }
        memmove(bytes + at, bytes + at + 1, size - at - 1);
        return size - 1;
    case 3: {
        uint32_t from = 8 + next((uint32_t)size - 8);
        size_t room = size - (at > from ? at : from);
        memmove(bytes + at, bytes + from, room < 16 ? room : 16);
        return size;
    }
    default:
        bytes[at] = odd_byte();
        return size;
    }
}

static status_t resolve(void *data, const struct module *module, const struct import *import,
                        struct external *out) {
    return ERR_NOT_FOUND;
}

static void complain(void *data, const struct module *module, const struct import *import,
                     const char *why) {
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
    if (!is_small(module) || instance_create(module, nullptr, &instance) != OK) {
        return;
    }
    if (instance_link(instance, resolve, complain, nullptr) == OK) {
        (void)instance_initialize(instance);
        for (uint32_t i = 0; i < module->export_count; i++) {
            struct external external;
            CHECK(instance_export(instance, module->exports[i].name, &external) == OK);
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
    size_t capacity = size + 16;
    for (unsigned round = 0; round < rounds; round++) {
        /* An exact allocation, so that a read beyond the end is seen. */
        uint8_t *copy = malloc(capacity);
        memcpy(copy, bytes, size);
        size_t mutated = size;
        for (uint32_t count = 1 + next(4); count > 0; count--) {
            mutated = mutate_once(copy, mutated, capacity);
        }
        copy = realloc(copy, mutated);
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
        fuzz(engine, bytes, size, 20);
    }
}

int main(int argc, char **argv) {
    struct engine *engine = test_engine();
    for (int i = 1; i < argc; i++) {
        fuzz_file(engine, argv[i]);
    }
    CHECK(try_module(engine, all_wasm, sizeof all_wasm));
    for (size_t size = 0; size < sizeof all_wasm; size++) {
        uint8_t *part = malloc(size + 1);
        memcpy(part, all_wasm, size);
        uint8_t *exact = realloc(part, size == 0 ? 1 : size);
        try_module(engine, exact, size);
        free(exact);
    }
    unsigned accepted = fuzz(engine, all_wasm, sizeof all_wasm, ROUNDS);
    CHECK(accepted > 0 && accepted < ROUNDS);
    engine_destroy(engine);
    return check_finish("engine/fuzz");
}
