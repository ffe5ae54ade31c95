/* SPDX-License-Identifier: MIT */
/*
 * Tail calls: chains of functions with any numbers of parameters and results need constant stack;
 * two instances that call one another by tail calls each keep their base; traps and traces show
 * what is left on the stack.
 */
#include "../../test/build.h"
#include "harness.h"
#include <string.h>

static const uint8_t tail_wasm[] = {
#embed "tail.wasm"
};

constexpr size_t STACK_SIZE = 64 * 1024;
constexpr uint32_t STEPS = 20'000; /* far more than there is stack for */

static struct context *context;

static enum trap call(struct function *function, uint64_t *values) {
    port_context_set(context);
    enum trap trap = context_enter(context, function, values);
    port_context_set(nullptr);
    return trap;
}

/* Chains: function i takes a counter and `widths[i]` more, which it checks, and calls the next. */

static bool integers_only; /* so that the words begin after few registers */

static enum value_type type_of(uint32_t index) {
    static const enum value_type types[] = {TYPE_I32, TYPE_F64, TYPE_I64, TYPE_I64, TYPE_F32};
    return integers_only ? TYPE_I64 : types[index * 3 % 5];
}

static void build_types(struct build *build, uint32_t count) {
    build_u32(build, count);
    for (uint32_t i = 0; i < count; i++) {
        build_byte(build, type_of(i));
    }
}

static void build_value(struct build *build, uint32_t index) {
    static const uint8_t zeros[8];
    switch (type_of(index)) {
    case TYPE_I32:
        BUILD(build, OPCODE_i32_const, (uint8_t)(index % 64));
        break;
    case TYPE_I64:
        BUILD(build, OPCODE_i64_const, (uint8_t)(index % 64));
        break;
    case TYPE_F32:
        BUILD(build, OPCODE_f32_const, 0, 0, (uint8_t)index, 0x3F);
        break;
    default:
        build_byte(build, OPCODE_f64_const);
        build_bytes(build, zeros, 6);
        BUILD(build, (uint8_t)index, 0x3F);
    }
}

static uint8_t unequal(enum value_type type) {
    switch (type) {
    case TYPE_I32:
        return OPCODE_i32_ne;
    case TYPE_I64:
        return OPCODE_i64_ne;
    case TYPE_F32:
        return OPCODE_f32_ne;
    default:
        return OPCODE_f64_ne;
    }
}

static void build_checks(struct build *body, uint32_t width) {
    for (uint32_t i = 0; i < width; i++) {
        build_byte(body, OPCODE_local_get);
        build_u32(body, i);
        build_value(body, i);
        BUILD(body, unequal(type_of(i)), OPCODE_if, 0x40, OPCODE_unreachable, OPCODE_end);
    }
}

/* The counter is the last parameter, so that it travels in a word when there are many. */
static void build_link(struct build *body, uint32_t width, uint32_t results, uint32_t next,
                       uint32_t next_width) {
    build_byte(body, 0);
    build_checks(body, width);
    build_byte(body, OPCODE_local_get);
    build_u32(body, width);
    BUILD(body, OPCODE_i32_eqz, OPCODE_if, 0x40);
    for (uint32_t i = 0; i < results; i++) {
        build_value(body, i);
    }
    BUILD(body, OPCODE_return, OPCODE_end);
    for (uint32_t i = 0; i < next_width; i++) {
        if (i < width) {
            build_byte(body, OPCODE_local_get);
            build_u32(body, i);
        } else {
            build_value(body, i);
        }
    }
    build_byte(body, OPCODE_local_get);
    build_u32(body, width);
    BUILD(body, OPCODE_i32_const, 1, OPCODE_i32_sub, OPCODE_return_call);
    build_u32(body, next);
    build_byte(body, OPCODE_end);
}

/* Calls the chain with locals that live on over the call, and tells by 1 that all came back. */
static void build_caller(struct build *body, uint32_t width, uint32_t results) {
    build_u32(body, 1);
    build_u32(body, 8);
    build_byte(body, TYPE_I64);
    for (uint8_t i = 0; i < 8; i++) {
        BUILD(body, OPCODE_i64_const, i, OPCODE_local_set, 1 + i);
    }
    for (uint32_t i = 0; i < width; i++) {
        build_value(body, i);
    }
    BUILD(body, OPCODE_local_get, 0, OPCODE_call, 0);
    for (uint32_t i = results; i-- > 0;) {
        build_value(body, i);
        BUILD(body, unequal(type_of(i)), OPCODE_if, 0x40, OPCODE_unreachable, OPCODE_end);
    }
    for (uint8_t i = 0; i < 8; i++) {
        BUILD(body, OPCODE_local_get, 1 + i, OPCODE_i64_const, i, OPCODE_i64_ne, OPCODE_if, 0x40,
              OPCODE_unreachable, OPCODE_end);
    }
    BUILD(body, OPCODE_i32_const, 1, OPCODE_end);
}

static void build_type(struct build *section, uint32_t width, uint32_t results) {
    build_byte(section, 0x60);
    build_u32(section, width + 1);
    for (uint32_t i = 0; i < width; i++) {
        build_byte(section, type_of(i));
    }
    build_byte(section, TYPE_I32);
    build_types(section, results);
}

static struct build build_chain(const uint32_t *widths, uint32_t count, uint32_t results) {
    struct build build = build_module(), section = {}, body = {};
    build_u32(&section, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        build_type(&section, widths[i], results);
    }
    BUILD(&section, 0x60, 1, TYPE_I32, 1, TYPE_I32);
    build_section(&build, 1, &section);
    build_u32(&section, count + 1);
    for (uint32_t i = 0; i <= count; i++) {
        build_u32(&section, i);
    }
    build_section(&build, 3, &section);
    build_u32(&section, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t next = (i + 1) % count;
        build_link(&body, widths[i], results, next, widths[next]);
        build_part(&section, &body);
    }
    build_caller(&body, widths[0], results);
    build_part(&section, &body);
    build_section(&build, 10, &section);
    build_free(&section);
    build_free(&body);
    return build;
}

static void test_chain(struct engine *engine, const uint32_t *widths, uint32_t count,
                       uint32_t results) {
    struct build build = build_chain(widths, count, results);
    struct module *module = module_with(engine, build.bytes, build.size);
    struct instance *instance;
    CHECK(instance_create(module, context, &instance) == OK);
    for (uint32_t steps = 0; steps <= STEPS; steps = 2 * steps + 1) {
        uint64_t values[1] = {steps};
        bool good = call(instance_function(instance, count), values) == TRAP_NONE && values[0] == 1;
        CHECK(good);
        if (!good) {
            fprintf(stderr, "%u steps, %u results, first width %u: %s\n", steps, results, widths[0],
                    trap_text(context->trap));
        }
    }
    instance_destroy(instance);
    module_destroy(module);
    build_free(&build);
}

static void test_chains(struct engine *engine) {
    static const uint32_t narrow[] = {0, 0}, some[] = {0, 4, 12}, wide[] = {2, 40},
                          up_down[] = {0, 12, 44, 12, 0, 100}, most[] = {0, 999, 20};
    static const uint32_t results[] = {0, 1, 2, 9, 25, 1000};
    /* In some of these the words overlap the place where they go, from below or above. */
    for (uint32_t i = 0; i < 2 * 48; i++) {
        uint32_t width = i % 48 < 40 ? i % 48 : 350 + (i % 48 - 40) * 80;
        integers_only = i >= 48;
        test_chain(engine, (uint32_t[]){0, width}, 2, width % 3);
        test_chain(engine, (uint32_t[]){width, width + 1, 30}, 3, 1);
    }
    integers_only = false;
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        test_chain(engine, narrow, 2, results[i]);
        test_chain(engine, some, 3, results[i]);
        test_chain(engine, wide, 2, results[i]);
        test_chain(engine, up_down, 6, results[i]);
        test_chain(engine, most, 3, results[i]);
    }
}

/* Two instances that import from one another. */

struct pair {
    struct instance *instances[2];
    struct function *gate;
};

static enum trap gate_trap;

static struct context *add_all(struct context *caller, struct function *gate, uint64_t *values) {
    double sum, second;
    memcpy(&second, &values[1], sizeof second);
    sum = (double)(int32_t)values[0] + second + (double)values[2];
    caller->trap = gate_trap;
    values[0] = 42;
    memcpy(&values[1], &sum, sizeof sum);
    return caller;
}

static struct instance *linked;

static status_t resolve(void *data, const struct module *module, const struct import *import,
                        struct external *out) {
    const struct pair *pair = data;
    if (text_equal(import->module, text_of("gate"))) {
        *out = (struct external){.kind = EXTERNAL_FUNCTION, .function = pair->gate};
        return OK;
    }
    return instance_export(pair->instances[linked == pair->instances[0]], import->name, out);
}

static void complain(void *data, const struct module *module, const struct import *import,
                     const char *why) {
    fprintf(stderr, "%.*s: %s\n", (int)import->name.size, import->name.bytes, why);
}

static enum trap call_export(const struct pair *pair, uint32_t number, const char *name,
                             uint64_t *values) {
    struct external external;
    CHECK(instance_export(pair->instances[number], text_of(name), &external) == OK);
    return call(external.function, values);
}

static struct pair pair_create(struct engine *engine, struct module *module) {
    struct pair pair = {};
    CHECK(gate_create(context, engine_type_parse(engine, "iFI", "iF"), add_all, nullptr,
                      &pair.gate) == OK);
    for (uint32_t i = 0; i < 2; i++) {
        CHECK(instance_create(module, context, &pair.instances[i]) == OK);
    }
    for (uint32_t i = 0; i < 2; i++) {
        linked = pair.instances[i];
        CHECK(instance_link(linked, resolve, complain, &pair) == OK);
    }
    for (uint32_t i = 0; i < 2; i++) {
        uint64_t values[1] = {i + 1};
        CHECK(instance_initialize(pair.instances[i]) == TRAP_NONE);
        CHECK(call_export(&pair, i, "start", values) == TRAP_NONE);
    }
    return pair;
}

static void pair_destroy(struct pair *pair) {
    instance_destroy(pair->instances[0]);
    instance_destroy(pair->instances[1]);
    gate_destroy(pair->gate);
}

static void test_bases(const struct pair *pair) {
    uint64_t values[2] = {STEPS, 0};
    CHECK(call_export(pair, 0, "count", values) == TRAP_NONE && values[0] == STEPS * 3 / 4);
    for (uint32_t i = 0; i < 2; i++) {
        values[0] = 0;
        CHECK(call_export(pair, i, "calls", values) == TRAP_NONE && values[0] > STEPS / 3);
        values[0] = 1000 + i;
        CHECK(call_export(pair, i, "preserves", values) == TRAP_NONE && values[0] == 1);
        values[0] = 1000;
        CHECK(call_export(pair, i, "returns", values) == TRAP_NONE && values[0] == 750);
        CHECK(call_export(pair, i, "gate", values) == TRAP_NONE && values[0] == 1);
    }
}

/* The innermost frame, then the exported caller; the function between both is gone. */
static void test_traps(const struct pair *pair, const struct module *module) {
    static const struct {
        enum trap trap;
        uint8_t byte;
        bool gone; /* the tail call was made */
    } expected[] = {
        {TRAP_UNDEFINED_ELEMENT, OPCODE_return_call_indirect, false},
        {TRAP_UNINITIALIZED_ELEMENT, OPCODE_return_call_indirect, false},
        {TRAP_INDIRECT_CALL_TYPE, OPCODE_return_call_indirect, false},
        {TRAP_UNREACHABLE, OPCODE_unreachable, true},
    };
    for (uint32_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        uint64_t values[1] = {i};
        struct frame frames[4] = {};
        CHECK(call_export(pair, 1, "trap", values) == expected[i].trap);
        CHECK(context_trace(context, frames, 4) == 2);
        CHECK(module->bytes[frames[0].offset] == expected[i].byte);
        CHECK(module->bytes[frames[1].offset] == OPCODE_call);
        CHECK(frames[1].instance == pair->instances[1]);
        CHECK((frames[0].function + 1 == frames[1].function) != expected[i].gone);
    }
}

/* A gate that traps in the place of its caller, behind a relay. */
static void test_gate_trap(const struct pair *pair, const struct module *module) {
    uint64_t values[2] = {};
    struct frame frames[2];
    gate_trap = TRAP_KILLED;
    CHECK(call_export(pair, 0, "gate", values) == TRAP_KILLED);
    CHECK(context_trace(context, frames, 2) == 1);
    CHECK(module->bytes[frames[0].offset] == OPCODE_call);
    gate_trap = TRAP_NONE;
}

static void test_overflow(const struct pair *pair) {
    constexpr size_t FRAMES = 6;
    struct frame frames[FRAMES];
    uint64_t values[1] = {};
    CHECK(call_export(pair, 0, "deeper", values) == TRAP_STACK_OVERFLOW);
    CHECK(context_trace(context, frames, FRAMES) == FRAMES);
    CHECK(frames[1].function == frames[3].function && frames[2].function == frames[4].function);
}

static void test_with(uint64_t features, enum memory_mode mode) {
    struct engine *engine = engine_with(port_target(), features);
    CHECK(context_create(engine, STACK_SIZE, &context) == OK);
    struct module *module = module_in_mode(engine, mode, tail_wasm, sizeof tail_wasm);
    struct pair pair = pair_create(engine, module);
    for (int i = 0; i < 2; i++) {
        test_bases(&pair);
        test_traps(&pair, module);
        test_gate_trap(&pair, module);
        test_overflow(&pair);
    }
    pair_destroy(&pair);
    module_destroy(module);
    test_chains(engine);
    context_destroy(context);
    engine_destroy(engine);
}

int main(void) {
    test_with(0, MEMORY_GUARD);
    test_with(port_target()->features_detect(), MEMORY_CHECKED);
    return check_finish("engine/compile/tail");
}
