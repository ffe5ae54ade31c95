/* SPDX-License-Identifier: MIT */
/*
 * Contexts that take turns on one kernel stack: fresh ones, ones that wait in gates, ones that
 * trap, return or are killed while others wait; entries within gates; arguments and results of all
 * kinds. Preemption has tests of its own.
 */
#include "switch.h"

static struct engine *engine;
static struct module *module;

static void make_tasks(uint32_t count) {
    task_count = count;
    for (uint32_t i = 0; i < count; i++) {
        task_init(&tasks[i], engine, module);
    }
}

static void drop_tasks(void) {
    for (uint32_t i = 0; i < task_count; i++) {
        task_fini(&tasks[i]);
    }
}

static void test_ring(void) {
    uint64_t expected[TASKS_MAX];
    for (uint32_t i = 0; i < TASKS_MAX; i++) {
        expected[i] = expected_of(engine, module, "work", i);
    }
    gate_answer = yield_to_next;
    make_tasks(TASKS_MAX);
    for (uint32_t i = 0; i < TASKS_MAX; i++) {
        task_prepare(&tasks[i], "work", i);
    }
    go(&tasks[3]);
    for (uint32_t i = 0; i < TASKS_MAX; i++) {
        CHECK(result_of(&tasks[i]) == expected[i] && tasks[i].gates == 4);
        CHECK(expected[i] != expected[(i + 1) % TASKS_MAX]);
    }
    drop_tasks();
}

/* To the dispatcher after each gate, and on again by another order. */
static struct context *to_dispatcher(struct context *context) {
    return nullptr;
}

static void test_dispatcher(void) {
    uint64_t expected[3];
    for (uint32_t i = 0; i < 3; i++) {
        expected[i] = expected_of(engine, module, "work", 100 + i);
    }
    make_tasks(3);
    gate_answer = to_dispatcher;
    for (uint32_t i = 0; i < 3; i++) {
        task_prepare(&tasks[i], "work", 100 + i);
    }
    task_count = 0; /* so nobody follows who has ended */
    for (uint32_t round = 0; round < 5; round++) {
        for (uint32_t i = 0; i < 3; i++) {
            struct task *task = &tasks[(i * 2 + round) % 3];
            CHECK(task->stop == STOP_NONE && task->gates == round);
            go(task);
        }
    }
    task_count = 3;
    for (uint32_t i = 0; i < 3; i++) {
        CHECK(result_of(&tasks[i]) == expected[i]);
    }
    drop_tasks();
}

/* One is fresh when it is killed, one waits in a gate. */
static void test_kill(void) {
    make_tasks(3);
    gate_answer = yield_to_next;
    for (uint32_t i = 0; i < 3; i++) {
        task_prepare(&tasks[i], "work", i);
    }
    tasks[1].context->trap = TRAP_KILLED;
    gate_answer = to_dispatcher;
    go(&tasks[2]);
    tasks[2].context->trap = TRAP_KILLED;
    gate_answer = yield_to_next;
    go(&tasks[0]);
    CHECK(tasks[0].stop == STOP_RETURNED && tasks[0].gates == 4);
    CHECK(tasks[1].stop == STOP_TRAPPED && tasks[1].gates == 0);
    CHECK(tasks[1].context->trap == TRAP_KILLED && tasks[2].context->trap == TRAP_KILLED);
    CHECK(tasks[2].stop == STOP_TRAPPED && tasks[2].gates == 1);
    struct frame frames[4];
    CHECK(context_trace(tasks[1].context, frames, 4) == 0);
    CHECK(context_trace(tasks[2].context, frames, 4) == 2); /* gates, work */
    CHECK(frames[0].instance == tasks[2].instance && frames[0].module == module);
    drop_tasks();
}

/* By a fault of memory, an explicit trap, the guard of the stack; others wait meanwhile. */
static void test_traps(void) {
    static const struct {
        const char *name;
        uint64_t value;
        enum trap trap;
    } all[] = {
        {"divide", 0, TRAP_DIVIDE_BY_ZERO},
        {"outside", 0xFFFF'0000, TRAP_MEMORY_OUT_OF_BOUNDS},
        {"endless", 1, TRAP_STACK_OVERFLOW},
    };
    uint64_t expected = expected_of(engine, module, "work", 5);
    make_tasks(5);
    gate_answer = yield_to_next;
    for (uint32_t i = 0; i < 3; i++) {
        task_prepare(&tasks[i], all[i].name, all[i].value);
    }
    task_prepare(&tasks[3], "work", 5);
    task_prepare(&tasks[4], "divide", 2);
    go(&tasks[0]);
    for (uint32_t i = 0; i < 3; i++) {
        struct frame frame;
        CHECK(tasks[i].stop == STOP_TRAPPED && tasks[i].context->trap == all[i].trap);
        CHECK(context_trace(tasks[i].context, &frame, 1) == 1);
    }
    CHECK(result_of(&tasks[3]) == expected && result_of(&tasks[4]) == 2);
    /* What trapped can be used again. */
    gate_answer = stay;
    task_prepare(&tasks[2], "work", 5);
    go(&tasks[2]);
    CHECK(result_of(&tasks[2]) == expected);
    drop_tasks();
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint32_t bits_of_single(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void test_values(void) {
    constexpr uint64_t DIRT = 0xDEAD'BEEF'0000'0000; /* not of an i32 or f32 */
    uint64_t values[21] = {DIRT | 50, 7};
    values[3] = bits_of(0.5);
    values[8] = 0x8877'6655'4433'2211;
    values[9] = DIRT | 8;
    values[10] = 33;
    values[11] = 1000;
    values[12] = bits_of(-3);
    values[14] = DIRT | bits_of_single(2.5f);
    values[19] = bits_of(100);
    values[20] = DIRT | bits_of_single(6.25f);
    make_tasks(2);
    gate_answer = yield_to_next;
    CHECK(context_prepare(tasks[0].context, task_function(&tasks[0], "many"), values) == OK);
    CHECK(context_prepare(tasks[1].context, task_function(&tasks[1], "none"), nullptr) == OK);
    memset(values, 0, sizeof values);
    go(&tasks[1]);
    CHECK(tasks[0].stop == STOP_RETURNED && tasks[1].stop == STOP_RETURNED);
    context_results(tasks[0].context, values);
    CHECK(values[0] == bits_of_single(6.25f));
    CHECK(values[1] == 7 + 1000 + 100);
    CHECK(values[2] == bits_of(100.5));
    CHECK(values[3] == 42);
    CHECK(values[4] == 0x8877'6655'4433'2211);
    CHECK(values[5] == bits_of(-7.5));
    drop_tasks();
}

/* A gate itself can be what runs; and a gate may let others run below it. */
static uint64_t nested_result;

static struct context *enter_another(struct context *context) {
    uint64_t value = 11;
    gate_answer = stay;
    port_context_set(tasks[1].context);
    CHECK(context_enter(tasks[1].context, task_function(&tasks[1], "work"), &value) == TRAP_NONE);
    port_context_set(context);
    nested_result = value;
    return context;
}

static void test_nested(void) {
    uint64_t expected[] = {expected_of(engine, module, "work", 10),
                           expected_of(engine, module, "work", 11)};
    make_tasks(2);
    tasks[1].stop = STOP_TRAPPED; /* not in the ring */
    gate_answer = enter_another;
    task_prepare(&tasks[0], "work", 10);
    go(&tasks[0]);
    CHECK(result_of(&tasks[0]) == expected[0] && nested_result == expected[1]);
    CHECK(tasks[1].context->stopped == stopped);
    task_prepare(&tasks[0], "yield", 4);
    go(&tasks[0]);
    CHECK(result_of(&tasks[0]) == 13);
    drop_tasks();
}

/* While a gate has not answered yet another core lets the context go on, to its next gate and
 * beyond: here it is the same core, deeper on its stack. Then the gate answers the context that it
 * left. */
static struct context *go_elsewhere(struct context *context) {
    gate_answer = to_dispatcher;
    context_go(context);
    gate_answer = stay;
    port_context_set(context);
    return context;
}

static void test_elsewhere(void) {
    uint64_t expected = expected_of(engine, module, "work", 21);
    make_tasks(1);
    gate_answer = go_elsewhere;
    task_prepare(&tasks[0], "work", 21);
    go(&tasks[0]);
    CHECK(result_of(&tasks[0]) == expected && tasks[0].gates == 4);
    drop_tasks();
}

static void test_too_many_words(void) {
    constexpr uint32_t COUNT = 900;
    static const uint64_t zeros[COUNT];
    static enum value_type types[COUNT];
    struct context *context;
    for (uint32_t i = 0; i < COUNT; i++) {
        types[i] = TYPE_I64;
    }
    struct function function = {
        .type = engine_type_intern(engine, COUNT, types, 0, nullptr),
    };
    CHECK(context_create(engine, 2 * STACK_HEADROOM, &context) == OK);
    while (context->stack_limit + 512 < context->stack_top) {
        context->stack_limit += 512; /* as if it were smaller */
    }
    CHECK(context_prepare(context, &function, zeros) == ERR_NO_MEMORY);
    CHECK(context_enter(context, &function, nullptr) == TRAP_STACK_OVERFLOW);
    engine_type_release(engine, function.type);
    context_destroy(context);
}

int main(void) {
    const enum memory_mode modes[] = {MEMORY_GUARD, MEMORY_CHECKED};
    for (uint32_t i = 0; i < 2; i++) {
        engine = engine_with(port_target(), port_target()->features_detect());
        module = module_in_mode(engine, modes[i], switch_wasm, sizeof switch_wasm);
        test_ring();
        test_dispatcher();
        test_kill();
        test_traps();
        test_values();
        test_nested();
        test_elsewhere();
        test_too_many_words();
        module_destroy(module);
        engine_destroy(engine);
    }
    return check_finish("engine/compile/switch");
}
