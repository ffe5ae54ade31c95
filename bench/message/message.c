/* SPDX-License-Identifier: MIT */
/*
 * What messages take, in nanoseconds of CPU time each, 64 bytes, one core, the best of some runs:
 *
 *   message POST.wasm [COUNT [WHAT]]      a line each, or WHAT alone: its name and the nanoseconds
 *
 *   call   a call and its answer between two WebAssembly processes
 *   pipe   the same between two Linux processes, over two pipes
 *   one    sends of one process to another
 *   many   sends of 100 processes to one
 *   ring   sends around a ring of 1,000 processes, of one message
 *
 * COUNT is how many, a million else. All processes are of one module (post.wat).
 */
#include "../../host/port/target.h"
#include <engine/engine.h>
#include <engine/target.h>
#include <kernel/program.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

constexpr uint32_t RUNS = 5, SIZE = 64;
constexpr uint32_t MANY = 100, RING = 1000;
constexpr size_t CODE_SIZE = 64 << 20;
enum : uint32_t { BURST = 1, PASS_ON = 3, CALLS = 4, JOIN = 6 };

static uint64_t count = 1'000'000;
static struct engine *engine;
static struct program_config config;

[[noreturn]] static void fail(const char *what) {
    fprintf(stderr, "message: %s\n", what);
    exit(1);
}

static void must(bool good, const char *what) {
    if (!good) {
        fail(what);
    }
}

static void complain(void *data, const char *line) {
    fail(line);
}

static void load(const char *path) {
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 16);
    must(file != nullptr && bytes != nullptr, path);
    config = (struct program_config){.name = "post",
                                     .bytes = bytes,
                                     .size = fread(bytes, 1, 1 << 16, file),
                                     .bytes_stay = true,
                                     .stack_size = 64 * 1024,
                                     .memory_mode = MEMORY_CHECKED,
                                     .handler = true,
                                     .complain = complain};
}

/* Of this process and of children that have been waited for. */
static uint64_t cpu_time_ns(void) {
    uint64_t sum = 0;
    for (int who = RUSAGE_CHILDREN; who <= RUSAGE_SELF; who++) {
        struct rusage usage;
        must(getrusage(who, &usage) == 0, "no times");
        sum += (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000'000;
        sum += (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1'000;
    }
    return sum;
}

/* ---- processes of ours ---- */

/* One that sends to `target`, or to nobody. */
static struct program *post(struct program *target) {
    const struct program_grant grant = {"to", PROTOCOL_CONSOLE,
                                        target != nullptr ? program_process(target) : nullptr, 1};
    struct program *program;
    config.grants = &grant;
    config.grant_count = target != nullptr ? 1 : 0;
    must(program_create(engine, &config, &program) == OK, "no program");
    return program;
}

/* A process of the kernel's own that can reach all of them. */
static struct process *teller(struct program *const *programs, uint32_t total, handle_t *handles) {
    const struct process_limits limits = {.handles = total};
    struct process *process;
    must(process_create("teller", &limits, &process) == OK, "no process");
    for (uint32_t i = 0; i < total; i++) {
        must(process_grant(process, program_process(programs[i]), 1, &handles[i]) == OK,
             "no handle");
    }
    return process;
}

/* `from` is to send to `to`. */
static void join(struct program *from, struct program *to) {
    handle_t handles[2];
    struct process *process = teller((struct program *[]){from, to}, 2, handles);
    const struct message message = {.operation = JOIN, .handle_count = 1, .handles = {handles[1]}};
    must(process_send(process, handles[0], &message, 0, 0) == OK, "nobody joins");
    process_destroy(process);
}

/* Tells each of `total` programs to do it `each` times. */
static void tell(struct program *const *programs, uint32_t total, uint32_t operation,
                 uint64_t each) {
    handle_t handles[MANY];
    struct process *process = teller(programs, total, handles);
    const struct message message = {.operation = operation, .words = {each}};
    for (uint32_t i = 0; i < total; i++) {
        must(process_send(process, handles[i], &message, 0, 0) == OK, "nobody listens");
    }
    process_destroy(process);
}

/* ---- what is measured ---- */

/* Programs that are there do `operation` `each` times. */
static uint64_t time_ns(struct program *const *programs, uint32_t total, uint32_t operation,
                        uint64_t each) {
    programs_settle();
    uint64_t start_ns = cpu_time_ns();
    tell(programs, total, operation, each);
    programs_settle();
    return cpu_time_ns() - start_ns;
}

static uint64_t run_call(void) {
    struct program *echo = post(nullptr), *caller = post(echo);
    uint64_t took_ns = time_ns(&caller, 1, CALLS, count);
    program_destroy(caller);
    program_destroy(echo);
    return took_ns;
}

static uint64_t run_senders(uint32_t total) {
    struct program *sink = post(nullptr), *senders[MANY];
    for (uint32_t i = 0; i < total; i++) {
        senders[i] = post(sink);
    }
    uint64_t took_ns = time_ns(senders, total, BURST, count / total);
    for (uint32_t i = 0; i < total; i++) {
        program_destroy(senders[i]);
    }
    program_destroy(sink);
    return took_ns;
}

static uint64_t run_one(void) {
    return run_senders(1);
}

static uint64_t run_many(void) {
    return run_senders(MANY);
}

/* The last of the chain gets a handle to the first when all are there. */
static uint64_t run_ring(void) {
    struct program *ring[RING];
    ring[0] = post(nullptr);
    for (uint32_t i = 1; i < RING; i++) {
        ring[i] = post(ring[i - 1]);
    }
    join(ring[0], ring[RING - 1]);
    uint64_t took_ns = time_ns(&ring[RING - 1], 1, PASS_ON, count);
    for (uint32_t i = 0; i < RING; i++) {
        program_destroy(ring[i]);
    }
    return took_ns;
}

static void exchange(int from, int to, bool first) {
    char bytes[SIZE] = {0};
    for (uint64_t i = 0; i < count; i++) {
        must(!first || write(to, bytes, SIZE) == SIZE, "no pipe");
        must(read(from, bytes, SIZE) == SIZE, "no pipe");
        must(first || write(to, bytes, SIZE) == SIZE, "no pipe");
    }
}

static uint64_t run_pipe(void) {
    int there[2], back[2];
    must(pipe(there) == 0 && pipe(back) == 0, "no pipe");
    uint64_t start_ns = cpu_time_ns();
    pid_t child = fork();
    must(child >= 0, "no process");
    if (child == 0) {
        exchange(there[0], back[1], false);
        _exit(0);
    }
    exchange(back[0], there[1], true);
    must(waitpid(child, nullptr, 0) == child, "no child");
    for (int i = 0; i < 2; i++) {
        close(there[i]);
        close(back[i]);
    }
    return cpu_time_ns() - start_ns;
}

static void measure(const char *name, uint64_t (*run)(void)) {
    uint64_t best_ns = UINT64_MAX;
    for (uint32_t i = 0; i < RUNS; i++) {
        uint64_t took_ns = run();
        best_ns = took_ns < best_ns ? took_ns : best_ns;
    }
    printf("%s %.1f\n", name, (double)best_ns / (double)count);
}

/* Both processes of the pipes on one core, as ours are. */
static void stay_on_one_core(void) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)sched_getcpu(), &set);
    (void)sched_setaffinity(0, sizeof set, &set);
}

int main(int argument_count, char **arguments) {
    static const struct {
        const char *name;
        uint64_t (*run)(void);
    } all[] = {{"call", run_call},
               {"pipe", run_pipe},
               {"one", run_one},
               {"many", run_many},
               {"ring", run_ring}};
    const struct target *target = port_target();
    const struct engine_config engine_config = {target, CODE_SIZE, target->features_detect()};
    must(argument_count >= 2 && argument_count <= 4, "usage: message POST.wasm [COUNT [WHAT]]");
    load(arguments[1]);
    count = argument_count > 2 ? strtoull(arguments[2], nullptr, 10) : count;
    must(count >= MANY && engine_create(&engine_config, &engine) == OK, "no engine");
    stay_on_one_core();
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (argument_count < 4 || strcmp(arguments[3], all[i].name) == 0) {
            measure(all[i].name, all[i].run);
        }
    }
    engine_destroy(engine);
    return 0;
}
