/* SPDX-License-Identifier: MIT */
/*
 * Preemption at every single instruction: tasks in a ring, and each is preempted before each
 * instruction of the engine's code, wherever it may be, so that it executes one and then all others
 * do. How one steps is the includer's: see sample.h; before a context goes on out of C,
 * stepping_follow() is called.
 */
#pragma once
#include "switch.h"

bool signal_preempt(void *user); /* host/port */

constexpr uint32_t STEP_TASKS = 3;

static uint64_t refused; /* on the process stack */

static bool on_process_stack(const struct context *context, uintptr_t sp) {
    return sp >= context->stack_base && sp <= context->stack_top;
}

static bool look(void *user, const struct interrupted *at) {
    struct context *context = running;
    struct task *task = context != nullptr ? task_of(context) : nullptr;
    if (task == nullptr) {
        return false;
    }
    if (at->pc == task->landing.pc && at->sp == task->landing.sp) {
        task->landing = (struct resume){};
        return false; /* the one instruction */
    }
    if (!signal_preempt(user)) {
        refused += on_process_stack(context, at->sp);
        return false;
    }
    task->landing = (struct resume){at->pc, at->sp, 0};
    return true;
}

static struct context *yield_and_step(struct context *context) {
    struct context *next = yield_to_next(context);
    if (next != context) {
        stepping_follow(next);
    }
    return next;
}

static struct context *stopped_step(struct context *context, enum stop why) {
    struct context *next = stopped(context, why);
    if (next != nullptr) {
        stepping_follow(next);
    }
    return next;
}

static void run_stepping(struct engine *engine) {
    port_context_set(tasks[0].context);
    running = tasks[0].context;
    stepping_start(engine);
    context_go(tasks[0].context);
    stepping_stop();
    running = nullptr;
    port_context_set(nullptr);
}

static void step_through(struct engine *engine, struct module *module, uint64_t expected[]) {
    task_count = STEP_TASKS;
    refused = 0;
    for (uint32_t i = 0; i < STEP_TASKS; i++) {
        task_init(&tasks[i], engine, module);
        tasks[i].context->stopped = stopped_step;
        task_prepare(&tasks[i], "work", i + 1);
    }
    gate_answer = yield_and_step;
    run_stepping(engine);
    for (uint32_t i = 0; i < STEP_TASKS; i++) {
        CHECK(result_of(&tasks[i]) == expected[i] && tasks[i].gates == 4);
        CHECK(tasks[i].preempted > 5000);
        task_fini(&tasks[i]);
    }
    CHECK(refused < 100); /* where the kernel's stack is in a register already */
}

static void test_steps_with(uint64_t features, enum memory_mode mode) {
    struct engine *engine = engine_with(port_target(), features);
    struct module *module = module_in_mode(engine, mode, switch_wasm, sizeof switch_wasm);
    uint64_t expected[STEP_TASKS];
    for (uint32_t i = 0; i < STEP_TASKS; i++) {
        expected[i] = expected_of(engine, module, "work", i + 1);
    }
    step_through(engine, module, expected);
    struct module *fresh = module_in_mode(engine, mode, switch_wasm, sizeof switch_wasm);
    if (!STEPS_IN_C) { /* else each compilation takes millions of steps */
        step_through(engine, fresh, expected);
    }
    module_destroy(fresh);
    module_destroy(module);
    engine_destroy(engine);
}

static inline void test_steps(void) {
    test_steps_with(port_target()->features_detect(), MEMORY_GUARD);
    test_steps_with(0, MEMORY_CHECKED);
}
