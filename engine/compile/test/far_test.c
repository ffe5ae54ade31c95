/* SPDX-License-Identifier: MIT */
/*
 * A function whose jumps span more than what their short forms reach, on every target: up to 1 MiB
 * of conditional jumps of aarch64 and of jal of riscv64. For each size it is made for every target,
 * twice to the same bytes, and run on the machine's own: out of three blocks by a bit, zero, a
 * comparison and a table, around a loop, and into a trap.
 *
 *     loop
 *       block block block        left, to return a number, for some x: 1 if it is odd, 2 for 0
 *                                and 50, 3 for 48 and above 100
 *         local 1 = 7 * local 1 + 13, N times
 *         local 2 = local 2 + 1, again while that is below 2
 *         return local 1 + 1 / (x - 4)
 */
#include "../../test/build.h"
#include "harness.h"

static const uint32_t sizes[] = {1, 700, 4000, 60'000, 150'000};

static void put_filler(struct build *body, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        BUILD(body, OPCODE_local_get, 1, OPCODE_i32_const, 7, OPCODE_i32_mul, OPCODE_i32_const, 13,
              OPCODE_i32_add, OPCODE_local_set, 1);
    }
}

/* Inside of one block more, which the table's default leaves. */
static void put_exits(struct build *body) {
    BUILD(body, OPCODE_local_get, 0, OPCODE_i32_const, 1, OPCODE_i32_and, OPCODE_br_if, 3);
    BUILD(body, OPCODE_local_get, 0, OPCODE_i32_eqz, OPCODE_br_if, 2);
    BUILD(body, OPCODE_local_get, 0, OPCODE_i32_const, 0xE4, 0, OPCODE_i32_gt_u, OPCODE_br_if, 1);
    BUILD(body, OPCODE_local_get, 0, OPCODE_i32_const, 48, OPCODE_i32_sub);
    BUILD(body, OPCODE_br_table, 3, 1, 0, 2, 0, OPCODE_end);
}

static void put_body(struct build *body, uint32_t count) {
    BUILD(body, 1, 2, TYPE_I32, OPCODE_loop, 0x40);
    BUILD(body, OPCODE_block, 0x40, OPCODE_block, 0x40, OPCODE_block, 0x40, OPCODE_block, 0x40);
    put_exits(body);
    put_filler(body, count);
    BUILD(body, OPCODE_local_get, 2, OPCODE_i32_const, 1, OPCODE_i32_add, OPCODE_local_tee, 2);
    BUILD(body, OPCODE_i32_const, 2, OPCODE_i32_lt_u, OPCODE_br_if, 3);
    BUILD(body, OPCODE_local_get, 1, OPCODE_i32_const, 1, OPCODE_local_get, 0, OPCODE_i32_const, 4);
    BUILD(body, OPCODE_i32_sub, OPCODE_i32_div_u, OPCODE_i32_add, OPCODE_return);
    BUILD(body, OPCODE_end, OPCODE_i32_const, 3, OPCODE_return);
    BUILD(body, OPCODE_end, OPCODE_i32_const, 2, OPCODE_return);
    BUILD(body, OPCODE_end, OPCODE_i32_const, 1, OPCODE_return);
    BUILD(body, OPCODE_end, OPCODE_unreachable, OPCODE_end);
}

/* (func (export "f") (param i32) (result i32)) */
static struct build module_of(uint32_t count) {
    struct build build = build_module(), section = {}, body = {};
    BUILD(&section, 1, 0x60, 1, TYPE_I32, 1, TYPE_I32);
    build_section(&build, 1, &section);
    BUILD(&section, 1, 0);
    build_section(&build, 3, &section);
    BUILD(&section, 1, 1, 'f', 0, 0);
    build_section(&build, 7, &section);
    build_byte(&section, 1);
    put_body(&body, count);
    build_part(&section, &body);
    build_section(&build, 10, &section);
    build_free(&section);
    build_free(&body);
    return build;
}

static uint32_t fallen_through(uint32_t count, uint32_t x) {
    uint32_t value = 0;
    for (uint32_t i = 0; i < 2 * count; i++) {
        value = 7 * value + 13;
    }
    return value + 1 / (x - 4);
}

static uint32_t expected(uint32_t count, uint32_t x) {
    if (x & 1) {
        return 1;
    }
    if (x == 0 || x == 50) {
        return 2;
    }
    return x > 100 || x == 48 ? 3 : fallen_through(count, x);
}

static void test_runs(struct engine *engine, struct context *context, uint32_t count) {
    struct build build = module_of(count);
    struct module *module = module_with(engine, build.bytes, build.size);
    struct instance *instance;
    CHECK(instance_create(module, context, &instance) == OK);
    CHECK(instance_initialize(instance) == TRAP_NONE);
    for (uint32_t x = 0; x < 110; x++) {
        uint64_t values[1] = {x};
        port_context_set(context);
        enum trap trap = context_enter(context, instance_function(instance, 0), values);
        port_context_set(nullptr);
        CHECK(trap == (x == 4 ? TRAP_DIVIDE_BY_ZERO : TRAP_NONE));
        CHECK(x == 4 || values[0] == expected(count, x));
    }
    instance_destroy(instance);
    module_destroy(module);
    build_free(&build);
}

/* The same bytes each time, and linear growth: longer branches are taken only where needed. */
static void test_compiles(const struct target *target) {
    struct engine *engine = engine_with(target, 0);
    struct compiler *compiler;
    uint32_t least = 0;
    CHECK(compiler_create(engine, &compiler) == OK);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct build build = module_of(sizes[i]);
        struct module *module = module_with(engine, build.bytes, build.size);
        struct code_draft first, second;
        CHECK(function_compile(compiler, module, 0, &first) == OK);
        uint8_t *copy = malloc(first.size);
        memcpy(copy, first.bytes, first.size);
        CHECK(function_compile(compiler, module, 0, &second) == OK);
        CHECK(first.size == second.size && memcmp(copy, second.bytes, first.size) == 0);
        CHECK(first.size <= least + 128 * sizes[i]);
        least = i == 0 ? first.size + 128 : least;
        free(copy);
        module_destroy(module);
        build_free(&build);
    }
    compiler_destroy(compiler);
    engine_destroy(engine);
}

int main(void) {
    static const struct target *const targets[] = {&target_x86_64, &target_aarch64, &target_riscv64,
                                                   &target_null};
    constexpr size_t STACK_SIZE = 64 * 1024;
    struct engine *engine = engine_with(port_target(), port_target()->features_detect());
    struct context *context;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        test_compiles(targets[i]);
    }
    CHECK(context_create(engine, STACK_SIZE, &context) == OK);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        test_runs(engine, context, sizes[i]);
    }
    context_destroy(context);
    engine_destroy(engine);
    return check_finish("engine/compile/far");
}
