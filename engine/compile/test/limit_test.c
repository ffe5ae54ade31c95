/* SPDX-License-Identifier: MIT */
/*
 * Functions of unusual size, and everything for every target: whatever validation accepts is
 * compiled or refused with a status, twice to the same bytes, with sites in order, and in code
 * that grows no faster than the body.
 */
#include "../../test/build.h"
#include "harness.h"

static const uint8_t run_wasm[] = {
#embed "run.wasm"
};

static struct engine *engine;
static struct compiler *compiler;

static void check_sites(const struct code_draft *draft) {
    bool ordered = true;
    for (uint32_t i = 1; i < draft->site_count; i++) {
        ordered &= draft->sites[i - 1].pc < draft->sites[i].pc;
    }
    CHECK(ordered);
    CHECK(draft->site_count == 0 || draft->sites[draft->site_count - 1].pc <= draft->size);
}

/* The size of the code. */
static uint32_t compile(struct module *module, uint32_t function) {
    struct code_draft first, second;
    status_t status = function_compile(compiler, module, function, &first);
    CHECK(status == OK);
    if (status != OK) {
        return 0;
    }
    uint8_t *copy = malloc(first.size);
    memcpy(copy, first.bytes, first.size);
    check_sites(&first);
    CHECK(function_compile(compiler, module, function, &second) == OK);
    CHECK(first.size == second.size && memcmp(copy, second.bytes, first.size) == 0);
    free(copy);
    return first.size;
}

static void test_module(const uint8_t *bytes, size_t size) {
    struct module *module = module_with(engine, bytes, size);
    for (uint32_t i = module->imported_functions; i < module->function_count; i++) {
        compile(module, i);
    }
    module_destroy(module);
}

/* A module with one type, one memory and one function, whose body this is. */
static struct build module_of(struct build *type, struct build *body) {
    struct build build = build_module(), section = {}, part = {};
    build_byte(&section, 1);
    build_bytes(&section, type->bytes, type->size);
    build_section(&build, 1, &section);
    BUILD(&section, 1, 0);
    build_section(&build, 3, &section);
    BUILD(&section, 1, 0, 1);
    build_section(&build, 5, &section);
    build_byte(&section, 1);
    build_bytes(&part, body->bytes, body->size);
    build_part(&section, &part);
    build_section(&build, 10, &section);
    build_free(&section);
    build_free(&part);
    build_free(type);
    build_free(body);
    return build;
}

static status_t try_compile(struct build build, uint32_t *size) {
    struct code_draft draft = {};
    struct module *module = module_with(engine, build.bytes, build.size);
    status_t status = function_compile(compiler, module, 0, &draft);
    *size = status == OK ? compile(module, 0) : 0;
    module_destroy(module);
    build_free(&build);
    return status;
}

static struct build no_values(void) {
    struct build type = {};
    BUILD(&type, 0x60, 0, 0);
    return type;
}

/* block ... block, br_table with `count` entries to all of them, end ... end */
static uint32_t table_size(uint32_t count) {
    constexpr uint32_t BLOCKS = 500;
    struct build type = {}, body = {};
    uint32_t size;
    BUILD(&type, 0x60, 1, TYPE_I32, 0);
    build_byte(&body, 0);
    for (uint32_t i = 0; i < BLOCKS; i++) {
        BUILD(&body, OPCODE_block, 0x40);
    }
    BUILD(&body, OPCODE_local_get, 0, OPCODE_br_table);
    build_u32(&body, count);
    for (uint32_t i = 0; i < count; i++) {
        build_u32(&body, i % BLOCKS);
    }
    build_u32(&body, 0);
    for (uint32_t i = 0; i < BLOCKS; i++) {
        BUILD(&body, OPCODE_end, OPCODE_local_get, 0, OPCODE_drop);
    }
    build_byte(&body, OPCODE_end);
    CHECK(try_compile(module_of(&type, &body), &size) == OK);
    return size;
}

static void test_tables(void) {
    uint32_t small = table_size(10'000), large = table_size(20'000);
    CHECK(large - small == 10'000 * 4);
}

/* Reads of many locals pending at once, then all of them set. */
static uint32_t pending_size(uint32_t count) {
    struct build type = no_values(), body = {};
    uint32_t size;
    build_byte(&body, 1);
    build_u32(&body, count);
    build_byte(&body, TYPE_I64);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < count; i++) {
            build_byte(&body, round == 0 ? OPCODE_local_get : OPCODE_local_set);
            build_u32(&body, i);
        }
    }
    build_byte(&body, OPCODE_end);
    CHECK(try_compile(module_of(&type, &body), &size) == OK);
    return size;
}

static void test_pending(void) {
    uint32_t small = pending_size(10'000), large = pending_size(20'000);
    CHECK(large < 3 * small);
}

static void test_nesting(void) {
    struct build type = no_values(), body = {};
    uint32_t size;
    build_byte(&body, 0);
    for (uint32_t depth = 1; depth < LIMIT_CONTROLS; depth++) {
        BUILD(&body, OPCODE_loop, 0x40);
    }
    build_repeat(&body, OPCODE_end, LIMIT_CONTROLS);
    CHECK(try_compile(module_of(&type, &body), &size) == OK);
}

static void test_operand_depth(void) {
    struct build type = no_values(), body = {};
    uint32_t size;
    build_byte(&body, 0);
    for (uint32_t depth = 0; depth < LIMIT_OPERANDS; depth++) {
        BUILD(&body, OPCODE_memory_size, 0);
    }
    build_repeat(&body, OPCODE_drop, LIMIT_OPERANDS);
    build_byte(&body, OPCODE_end);
    CHECK(try_compile(module_of(&type, &body), &size) == OK);
}

/* (param i64 x 1000) (result i64 x 1000): itself again and again. Two bytes of body are a thousand
 * moves each way; beyond the limit it is refused, not compiled for minutes. */
static void test_many_values(void) {
    constexpr uint32_t VALUES = 1000;
    static const struct {
        uint32_t calls;
        status_t status;
    } cases[] = {{20, OK}, {50'000, ERR_NOT_SUPPORTED}};
    for (size_t i = 0; i < 2; i++) {
        struct build type = {}, body = {};
        uint32_t size;
        build_byte(&type, 0x60);
        for (int side = 0; side < 2; side++) {
            build_u32(&type, VALUES);
            build_repeat(&type, TYPE_I64, VALUES);
        }
        build_byte(&body, 0);
        for (uint32_t local = 0; local < VALUES; local++) {
            build_byte(&body, OPCODE_local_get);
            build_u32(&body, local);
        }
        for (uint32_t calls = 0; calls < cases[i].calls; calls++) {
            BUILD(&body, OPCODE_call, 0);
        }
        build_byte(&body, OPCODE_end);
        CHECK(try_compile(module_of(&type, &body), &size) == cases[i].status);
    }
}

/* Offsets of 2 GiB and more, with constant and other indices. */
static void test_far_offsets(void) {
    static const uint32_t offsets[] = {0x7FFF'FFFF, 0x8000'0000, 0xFFFF'FFFF};
    struct build type = no_values(), body = {};
    uint32_t size;
    build_byte(&body, 0);
    for (size_t i = 0; i < 3; i++) {
        BUILD(&body, OPCODE_i32_const, 0x7F, OPCODE_i64_load, 0);
        build_u32(&body, offsets[i]);
        BUILD(&body, OPCODE_drop, OPCODE_memory_size, 0, OPCODE_memory_size, 0, OPCODE_i32_store,
              0);
        build_u32(&body, offsets[i]);
    }
    build_byte(&body, OPCODE_end);
    CHECK(try_compile(module_of(&type, &body), &size) == OK);
}

static void test_target(const struct target *target, uint64_t features) {
    engine = engine_with(target, features);
    CHECK(compiler_create(engine, &compiler) == OK);
    test_module(run_wasm, sizeof run_wasm);
    test_tables();
    test_pending();
    test_nesting();
    test_operand_depth();
    test_many_values();
    test_far_offsets();
    compiler_destroy(compiler);
    engine_destroy(engine);
}

int main(void) {
    test_target(&target_x86_64, 0);
    test_target(&target_x86_64, UINT64_MAX);
    test_target(&target_aarch64, 0);
    test_target(&target_null, 0);
    return check_finish("engine/compile/limit");
}
