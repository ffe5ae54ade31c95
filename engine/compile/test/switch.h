/* SPDX-License-Identifier: MIT */
/*
 * What the tests of switching share: tasks, each a context with an instance of switch.wat, which
 * stand in a ring. A task that is done is left out. What "work" returns tells whether anything was
 * lost; expected_of() has it from a run of that task alone.
 */
#pragma once
#include "harness.h"
#include <string.h>

static const uint8_t switch_wasm[] = {
#embed "switch.wasm"
};

constexpr uint32_t TASKS_MAX = 8;

struct task {
    struct context *context;
    struct instance *instance;
    struct function *yield, *wide;
    uint64_t gates; /* calls of them */
    enum stop stop; /* its end; STOP_NONE: it goes on */
    uint64_t preempted;
    struct resume landing; /* where it was preempted: step.h */
};

static struct task tasks[TASKS_MAX];
static uint32_t task_count;

static struct task *task_of(struct context *context) {
    return context->owner;
}

/* Who follows in the ring: the task itself when all others are done; NULL: it is done, too. */
static struct task *follower(const struct task *task) {
    for (uint32_t i = 1; i <= task_count; i++) {
        struct task *next = &tasks[((uint32_t)(task - tasks) + i) % task_count];
        if (next->stop == STOP_NONE) {
            return next;
        }
    }
    return nullptr;
}

[[maybe_unused]] static struct context *volatile running;

static struct context *let_follow(const struct task *task) {
    struct task *next = follower(task);
    running = next != nullptr ? next->context : nullptr;
    port_context_set(running);
    return running;
}

/* Set by each test: who goes on behind a gate. */
static struct context *(*gate_answer)(struct context *);

static struct context *stay(struct context *context) {
    return context;
}

[[maybe_unused]] static struct context *yield_to_next(struct context *context) {
    return let_follow(task_of(context));
}

static struct context *gate_yield(struct context *context, struct function *gate,
                                  uint64_t *values) {
    task_of(context)->gates++;
    values[0] = values[0] * 3 + 1;
    return gate_answer(context);
}

static struct context *gate_wide(struct context *context, struct function *gate, uint64_t *values) {
    uint64_t hash = 0, results[] = {0, values[3], (uint32_t)(values[0] + 1), values[15]};
    for (uint32_t i = 0; i < 16; i++) { /* also of upper halves, which are zero */
        hash = (hash ^ values[i]) * 0x100000001B3 + (hash >> 29);
    }
    results[0] = hash;
    task_of(context)->gates++;
    memcpy(values, results, sizeof results);
    return gate_answer(context);
}

static struct context *stopped(struct context *context, enum stop why) {
    if (why == STOP_PREEMPTED) {
        task_of(context)->preempted++;
    } else {
        task_of(context)->stop = why;
    }
    return let_follow(task_of(context));
}

static status_t resolve_gate(void *data, const struct module *importer, const struct import *import,
                             struct external *out) {
    const struct task *task = data;
    bool is_yield = text_equal(import->name, text_of("yield"));
    *out = (struct external){.kind = EXTERNAL_FUNCTION,
                             .function = is_yield ? task->yield : task->wide};
    return OK;
}

static void complain(void *data, const struct module *importer, const struct import *import,
                     const char *why) {
    CHECK(false);
}

static void task_init(struct task *task, struct engine *engine, struct module *module) {
    *task = (struct task){};
    CHECK(context_create(engine, 64 * 1024, &task->context) == OK);
    task->context->owner = task;
    task->context->stopped = stopped;
    CHECK(gate_create(task->context, engine_type_parse(engine, "I", "I"), gate_yield, nullptr,
                      &task->yield) == OK);
    CHECK(gate_create(task->context, engine_type_parse(engine, "iIfFIIIIIIFFFFFf", "IFif"),
                      gate_wide, nullptr, &task->wide) == OK);
    CHECK(instance_create(module, task->context, &task->instance) == OK);
    CHECK(instance_link(task->instance, resolve_gate, complain, task) == OK);
    CHECK(instance_initialize(task->instance) == TRAP_NONE);
}

static void task_fini(struct task *task) {
    instance_destroy(task->instance);
    gate_destroy(task->yield);
    gate_destroy(task->wide);
    context_destroy(task->context);
}

static struct function *task_function(struct task *task, const char *name) {
    struct external external;
    CHECK(instance_export(task->instance, text_of(name), &external) == OK);
    return external.function;
}

/* The task will begin with name(value). */
static void task_prepare(struct task *task, const char *name, uint64_t value) {
    task->stop = STOP_NONE;
    CHECK(context_prepare(task->context, task_function(task, name), &value) == OK);
}

[[maybe_unused]] static void go(struct task *task) {
    port_context_set(task->context);
    context_go(task->context);
    port_context_set(nullptr);
}

[[maybe_unused]] static uint64_t result_of(const struct task *task) {
    uint64_t value = 0;
    CHECK(task->stop == STOP_RETURNED);
    if (task->stop == STOP_RETURNED) {
        context_results(task->context, &value);
    }
    return value;
}

/* What name(value) returns in a new instance that runs alone. */
static uint64_t expected_of(struct engine *engine, struct module *module, const char *name,
                            uint64_t value) {
    struct task task;
    gate_answer = stay;
    task_init(&task, engine, module);
    port_context_set(task.context);
    CHECK(context_enter(task.context, task_function(&task, name), &value) == TRAP_NONE);
    port_context_set(nullptr);
    task_fini(&task);
    return value;
}
