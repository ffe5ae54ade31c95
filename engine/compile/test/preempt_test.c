/* SPDX-License-Identifier: MIT */
/*
 * Preemption by signals that come at any time, also while a context goes on: several threads, the
 * cores, take contexts from one queue and let them go on until they are preempted, wait in a gate
 * or end. So most go on on another thread than before.
 */
#include "switch.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

bool signal_preempt(void *user); /* host/port */

constexpr uint32_t CORES = 2, ROUNDS = 4;
constexpr uint32_t SPINNER = 3;            /* a task that only ends when it is killed, */
constexpr uint64_t SPINNER_PREEMPTED = 50; /* which is then */
constexpr size_t HANDLER_STACK_SIZE = 64 * 1024;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct task *queue[TASKS_MAX];
static uint32_t queued, alive; /* alive: tasks that have not ended */
static uint64_t moved;         /* goings on by another thread than before */
static uint32_t last_core[TASKS_MAX];
static pthread_t cores[CORES];

static void put(struct task *task) {
    pthread_mutex_lock(&lock);
    queue[queued++] = task;
    pthread_mutex_unlock(&lock);
}

/* The one that has waited longest; NULL: there is none at the moment. */
static struct task *take(uint32_t core, bool *over) {
    struct task *task = nullptr;
    pthread_mutex_lock(&lock);
    *over = alive == 0;
    if (queued > 0) {
        task = queue[0];
        memmove(queue, queue + 1, --queued * sizeof *queue);
        moved += last_core[task - tasks] != core;
        last_core[task - tasks] = core;
    }
    pthread_mutex_unlock(&lock);
    return task;
}

/* From here on another core may have it. */
static struct context *wait_in_queue(struct context *context) {
    port_context_set(nullptr);
    put(task_of(context));
    return nullptr;
}

static struct context *stopped_on_core(struct context *context, enum stop why) {
    struct task *task = task_of(context);
    if (why == STOP_PREEMPTED) {
        if (++task->preempted == SPINNER_PREEMPTED && task == &tasks[SPINNER]) {
            context->trap = TRAP_KILLED;
        }
        return wait_in_queue(context);
    }
    port_context_set(nullptr);
    pthread_mutex_lock(&lock);
    task->stop = why;
    alive--;
    pthread_mutex_unlock(&lock);
    return nullptr;
}

static void interrupt(int number, siginfo_t *info, void *user) {
    (void)signal_preempt(user);
}

static void *core_run(void *data) {
    uint32_t core = (uint32_t)(uintptr_t)data;
    stack_t stack = {.ss_sp = malloc(HANDLER_STACK_SIZE), .ss_size = HANDLER_STACK_SIZE};
    bool over = stack.ss_sp == nullptr || sigaltstack(&stack, nullptr) != 0;
    while (!over) {
        struct task *task = take(core, &over);
        if (task != nullptr) {
            go(task);
        }
    }
    stack.ss_flags = SS_DISABLE;
    sigaltstack(&stack, nullptr);
    free(stack.ss_sp);
    return nullptr;
}

static bool is_over(void) {
    pthread_mutex_lock(&lock);
    bool over = alive == 0;
    pthread_mutex_unlock(&lock);
    return over;
}

/* The timer of all cores. */
static void interrupt_all(void) {
    uint32_t random = 1;
    while (!is_over()) {
        random = random * 1664525 + 1013904223;
        struct timespec delay = {.tv_nsec = 1000 + (random >> 16) % 20'000};
        nanosleep(&delay, nullptr);
        pthread_kill(cores[random >> 31], SIGUSR1);
    }
}

static void run_all(void) {
    for (uintptr_t i = 0; i < CORES; i++) {
        CHECK(pthread_create(&cores[i], nullptr, core_run, (void *)i) == 0);
    }
    interrupt_all();
    for (uint32_t i = 0; i < CORES; i++) {
        CHECK(pthread_join(cores[i], nullptr) == 0);
    }
}

static void check_spinner(void) {
    const struct task *task = &tasks[SPINNER];
    struct frame frame;
    CHECK(task->stop == STOP_TRAPPED && task->context->trap == TRAP_KILLED);
    CHECK(task->preempted == SPINNER_PREEMPTED);
    CHECK(context_trace(task->context, &frame, 1) == 1);
}

static void test_round(struct engine *engine, struct module *module, const uint64_t expected[]) {
    gate_answer = wait_in_queue;
    queued = alive = 0;
    task_count = TASKS_MAX;
    for (uint32_t i = 0; i < TASKS_MAX; i++) {
        task_init(&tasks[i], engine, module);
        tasks[i].context->stopped = stopped_on_core;
        task_prepare(&tasks[i], i == SPINNER ? "spin" : "work", i);
        put(&tasks[i]);
        alive++;
    }
    run_all();
    for (uint32_t i = 0; i < TASKS_MAX; i++) {
        if (i != SPINNER) {
            CHECK(result_of(&tasks[i]) == expected[i] && tasks[i].gates == 4);
        }
    }
    check_spinner();
    for (uint32_t i = 0; i < TASKS_MAX; i++) {
        task_fini(&tasks[i]);
    }
}

int main(void) {
    struct sigaction action = {.sa_sigaction = interrupt, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    CHECK(sigaction(SIGUSR1, &action, nullptr) == 0);
    struct engine *engine = engine_with(port_target(), port_target()->features_detect());
    struct module *module = module_with(engine, switch_wasm, sizeof switch_wasm);
    uint64_t expected[TASKS_MAX];
    for (uint32_t i = 0; i < TASKS_MAX; i++) {
        expected[i] = expected_of(engine, module, "work", i);
    }
    for (uint32_t i = 0; i < ROUNDS; i++) {
        test_round(engine, module, expected);
    }
    CHECK(moved > 0);
    module_destroy(module);
    engine_destroy(engine);
    return check_finish("engine/compile/preempt");
}
