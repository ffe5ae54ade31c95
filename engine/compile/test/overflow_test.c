/* SPDX-License-Identifier: MIT */
/*
 * Stack exhaustion with frames of every size: far larger than the guard page, larger than the whole
 * stack, and in leaf functions, which check nothing when they are small. It is always
 * TRAP_STACK_OVERFLOW, and never is a byte touched below the guard: there lie other stacks, filled
 * with a pattern.
 */
#include "../../test/build.h"
#include "harness.h"

constexpr uint32_t STACKS = 40;
constexpr size_t STACK_SIZE =
    256 * 1024 - 4096; /* whole regions: one may lie right below another */
constexpr uint8_t PATTERN = 0xA5;

static struct context *stacks[STACKS];
static struct context *top; /* the one that runs */

static void build_locals(struct build *body, uint32_t locals) {
    build_byte(body, 2);
    build_u32(body, locals);
    build_byte(body, TYPE_I64);
    build_u32(body, 12);
    build_byte(body, TYPE_F64);
    for (uint32_t i = 0; i < locals + 12; i++) {
        build_byte(body, OPCODE_local_get); /* so that it has a word, which starts as 0 */
        build_u32(body, i);
        build_byte(body, OPCODE_drop);
        if (i >= locals) { /* hot: a register that has to be saved */
            for (int again = 0; again < 4; again++) {
                build_byte(body, OPCODE_local_get);
                build_u32(body, i);
                build_byte(body, OPCODE_drop);
            }
        }
    }
}

static void build_operands(struct build *body, uint32_t operands) {
    for (uint32_t i = 0; i < operands; i++) {
        BUILD(body, OPCODE_i32_const, 0, OPCODE_i32_load, 0, 0); /* no call, so a leaf stays one */
    }
    build_repeat(body, OPCODE_drop, operands);
}

/* Locals that are set before they are read need no zero: what is stored first lies at the far end
 * of the frame, so nothing but the comparison keeps it from a stack below. (Zeroing starts at the
 * near end and would run into the guard page.) */
static void build_sets(struct build *body, uint32_t locals) {
    build_byte(body, 1);
    build_u32(body, locals);
    build_byte(body, TYPE_I64);
    for (uint32_t i = 0; i < locals; i++) {
        BUILD(body, OPCODE_i32_const, 0, OPCODE_i64_load, 0, 0, OPCODE_local_set);
        build_u32(body, i);
        build_byte(body, OPCODE_local_get); /* read, so that it is kept */
        build_u32(body, i);
        build_byte(body, OPCODE_drop);
    }
}

/* 0: itself again and again, with a large frame. 1: a leaf with such a frame, then itself. */
static struct build module_of(uint32_t locals, uint32_t operands) {
    struct build build = build_module(), section = {}, body = {};
    BUILD(&section, 1, 0x60, 0, 0);
    build_section(&build, 1, &section);
    BUILD(&section, 3, 0, 0, 0);
    build_section(&build, 3, &section);
    BUILD(&section, 1, 0, 1);
    build_section(&build, 5, &section);
    build_byte(&section, 3);
    build_locals(&body, locals);
    build_operands(&body, operands);
    BUILD(&body, OPCODE_call, 0, OPCODE_end);
    build_part(&section, &body);
    build_locals(&body, 1000); /* in steps wider than the guard */
    BUILD(&body, OPCODE_call, 2, OPCODE_call, 1, OPCODE_end);
    build_part(&section, &body);
    build_sets(&body, locals);
    build_operands(&body, operands);
    build_byte(&body, OPCODE_end);
    build_part(&section, &body);
    build_section(&build, 10, &section);
    build_free(&section);
    build_free(&body);
    return build;
}

static uint8_t *lowest(const struct context *stack) {
    return (uint8_t *)(stack->stack_limit - STACK_HEADROOM);
}

static size_t size_of(const struct context *stack) {
    return stack->stack_top - (uintptr_t)lowest(stack);
}

static void fill_others(void) {
    for (uint32_t i = 0; i < STACKS; i++) {
        if (stacks[i] != top) {
            memset(lowest(stacks[i]), PATTERN, size_of(stacks[i]));
        }
    }
}

/* How many bytes of other stacks are not as they were. */
static size_t count_touched(void) {
    size_t touched = 0;
    for (uint32_t i = 0; i < STACKS; i++) {
        const uint8_t *bytes = lowest(stacks[i]);
        for (size_t at = 0; stacks[i] != top && at < size_of(stacks[i]); at++) {
            touched += bytes[at] != PATTERN;
        }
    }
    return touched;
}

static void test_frames(struct engine *engine, uint32_t locals, uint32_t operands) {
    struct build build = module_of(locals, operands);
    struct module *module = module_with(engine, build.bytes, build.size);
    struct instance *instance;
    CHECK(instance_create(module, top, &instance) == OK);
    for (uint32_t function = 0; function < 2; function++) {
        uint64_t values[1];
        port_context_set(top);
        CHECK(context_enter(top, instance_function(instance, function), values) ==
              TRAP_STACK_OVERFLOW);
        port_context_set(nullptr);
    }
    CHECK(count_touched() == 0);
    instance_destroy(instance);
    module_destroy(module);
    build_free(&build);
}

/* A stack that another lies right below of, where a frame that is not checked would be. */
static struct context *find_neighbour(void) {
    for (uint32_t i = 0; i < STACKS * STACKS; i++) {
        if (stacks[i / STACKS]->stack_base == stacks[i % STACKS]->stack_top) {
            return stacks[i / STACKS];
        }
    }
    return nullptr;
}

int main(void) {
    static const struct {
        uint32_t locals, operands;
    } cases[] = {{0, 0},    {20, 0},     {0, 200},    {470, 0},    {490, 0},     {505, 0},
                 {520, 0},  {0, 505},    {0, 1000},   {1000, 0},   {1980, 0},    {2100, 0},
                 {0, 5000}, {10'000, 0}, {30'000, 0}, {49'000, 0}, {0, 100'000}, {40'000, 200'000}};
    struct engine *engine = engine_with(port_target(), 0);
    for (uint32_t i = 0; i < STACKS; i++) {
        CHECK(context_create(engine, STACK_SIZE, &stacks[i]) == OK);
    }
    top = find_neighbour();
    CHECK(top != nullptr);
    if (top == nullptr) {
        return check_finish("engine/compile/overflow");
    }
    fill_others();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_frames(engine, cases[i].locals, cases[i].operands);
    }
    for (uint32_t i = 0; i < STACKS; i++) {
        context_destroy(stacks[i]);
    }
    engine_destroy(engine);
    return check_finish("engine/compile/overflow");
}
