/* SPDX-License-Identifier: MIT */
/*
 * Compiled code on the machine it is for: run.wat checks itself; gates, traps and their stack
 * traces, stack exhaustion and entering again are checked from outside. With the newest
 * instructions that this CPU has and without any, in both memory modes.
 */
#include "harness.h"
#include <string.h>

static const uint8_t run_wasm[] = {
#embed "run.wasm"
};

static struct context *context;
static struct instance *instance;

static enum trap call(struct function *function, uint64_t *values) {
    port_context_set(context);
    enum trap trap = context_enter(context, function, values);
    port_context_set(nullptr);
    return trap;
}

static struct function *find(const char *name) {
    struct external external;
    CHECK(instance_export(instance, text_of(name), &external) == OK);
    return external.function;
}

static void test_self_checks(const struct module *module) {
    for (uint32_t i = 0; i < module->export_count; i++) {
        const struct export *export = &module->exports[i];
        const struct function_type *type = module_function_type(module, export->index);
        uint64_t values[1] = {0};
        bool is_check = type->result_count == 1 && !text_equal(export->name, text_of("endless"));
        if (export->kind == EXTERNAL_FUNCTION && is_check) {
            bool passed = call(instance_function(instance, export->index), values) == TRAP_NONE &&
                          values[0] == 1;
            CHECK(passed);
            if (!passed) {
                fprintf(stderr, "%.*s\n", (int)export->name.size, export->name.bytes);
            }
        }
    }
}

/* The innermost frame is $trap3, called by $trap2, called by the export. */
static void check_trace(const struct module *module) {
    struct frame frames[8];
    size_t count = context_trace(context, frames, 8);
    CHECK(count == 3);
    for (size_t i = 0; i < count; i++) {
        CHECK(frames[i].module == module);
        CHECK(frames[i].function == frames[0].function + i);
        const struct body *body = &module->bodies[frames[i].function];
        CHECK(frames[i].offset - body->start < body->size);
        CHECK(i == 0 || frames[i].instance == instance);
    }
    for (size_t i = 1; i < count; i++) {
        CHECK(module->bytes[frames[i].offset] == OPCODE_call);
    }
}

static void test_traps(const struct module *module) {
    static const struct {
        enum trap trap;
        uint8_t byte; /* that the innermost offset leads to */
    } expected[] = {
        {TRAP_UNREACHABLE, OPCODE_unreachable},
        {TRAP_MEMORY_OUT_OF_BOUNDS, OPCODE_i32_load},
        {TRAP_DIVIDE_BY_ZERO, OPCODE_i32_div_s},
        {TRAP_MEMORY_OUT_OF_BOUNDS, 0xFC},
        {TRAP_INDIRECT_CALL_TYPE, OPCODE_call_indirect},
    };
    for (uint32_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        uint64_t values[1] = {i};
        struct frame frame;
        CHECK(call(find("trap"), values) == expected[i].trap);
        check_trace(module);
        CHECK(context_trace(context, &frame, 1) == 1);
        CHECK(module->bytes[frame.offset] == expected[i].byte);
    }
}

static void test_endless(void) {
    constexpr size_t FRAMES = 16;
    struct frame frames[FRAMES];
    uint64_t values[1];
    for (int i = 0; i < 2; i++) {
        CHECK(call(find("endless"), values) == TRAP_STACK_OVERFLOW);
        CHECK(context_trace(context, frames, FRAMES) == FRAMES);
        CHECK(frames[0].function == frames[FRAMES - 1].function);
    }
}

static struct context *add_all(struct context *caller, struct function *gate, uint64_t *values) {
    double sum = 0, second;
    memcpy(&second, &values[1], sizeof second);
    sum = (double)(int32_t)values[0] + second + (double)values[2];
    caller->trap = *(const enum trap *)gate->data;
    values[0] = 0xFFFF'FFFF'0000'002A; /* the upper half must not matter */
    memcpy(&values[1], &sum, sizeof sum);
    return caller;
}

static void test_gate(struct engine *engine) {
    static enum trap trap;
    struct function *gate = nullptr;
    double second = 0.5, sum;
    trap = TRAP_NONE;
    CHECK(gate_create(context, engine_type_parse(engine, "iFI", "iF"), add_all, &trap, &gate) ==
          OK);
    uint64_t values[3] = {UINT32_MAX, 0, 100};
    memcpy(&values[1], &second, sizeof second);
    CHECK(call(gate, values) == TRAP_NONE);
    memcpy(&sum, &values[1], sizeof sum);
    CHECK(values[0] == 42 && sum == 99.5);
    trap = TRAP_KILLED;
    CHECK(call(gate, values) == TRAP_KILLED);
    struct frame frame;
    CHECK(context_trace(context, &frame, 1) == 0);
    gate_destroy(gate);
}

static void test_with(uint64_t features, enum memory_mode mode) {
    struct engine *engine = engine_with(port_target(), features);
    struct module *module = module_in_mode(engine, mode, run_wasm, sizeof run_wasm);
    CHECK(context_create(engine, 256 * 1024, &context) == OK);
    CHECK(instance_create(module, context, &instance) == OK);
    CHECK(instance_initialize(instance) == TRAP_NONE);
    test_self_checks(module);
    test_traps(module);
    test_self_checks(module);
    test_endless();
    test_gate(engine);
    instance_destroy(instance);
    context_destroy(context);
    module_destroy(module);
    engine_destroy(engine);
}

int main(void) {
    test_with(0, MEMORY_GUARD);
    test_with(0, MEMORY_CHECKED);
    test_with(port_target()->features_detect(), MEMORY_GUARD);
    test_with(port_target()->features_detect(), MEMORY_CHECKED);
    return check_finish("engine/compile/run");
}
