/* SPDX-License-Identifier: MIT */
/*
 * What a call and its answer take between two WebAssembly processes of one core, in nanoseconds
 * of CPU time: message ECHO.wasm CALLER.wasm. 64 bytes each way, a million times, the best of five.
 */
#include "../../host/port/target.h"
#include <engine/engine.h>
#include <engine/target.h>
#include <kernel/program.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

constexpr uint32_t CALLS = 1'000'000, RUNS = 5;
constexpr size_t CODE_SIZE = 64 << 20;

static void complain(void *data, const char *line) {
    fprintf(stderr, "message: %s\n", line);
}

static struct program_config load(const char *path) {
    FILE *file = fopen(path, "rb");
    char *bytes = malloc(1 << 16);
    size_t size = file != nullptr && bytes != nullptr ? fread(bytes, 1, 1 << 16, file) : 0;
    if (size == 0) {
        perror(path);
        exit(1);
    }
    return (struct program_config){
        .name = path, .bytes = bytes, .size = size, .bytes_stay = true, .complain = complain};
}

static uint64_t cpu_time_ns(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1'000'000'000 + (uint64_t)now.tv_nsec;
}

static uint64_t measure(struct engine *engine, const struct program_config *caller) {
    struct program_result result;
    uint64_t start_ns = cpu_time_ns();
    program_run(engine, caller, &result);
    uint64_t end_ns = cpu_time_ns();
    if (result.how != PROGRAM_EXITED || result.exit_code != 0) {
        fprintf(stderr, "message: ended %d, %u\n", result.how, result.exit_code);
        exit(1);
    }
    return end_ns - start_ns;
}

int main(int count, char **arguments) {
    const struct target *target = port_target();
    const struct engine_config config = {target, CODE_SIZE, target->features_detect()};
    struct engine *engine;
    struct program *echo;
    if (count != 3 || engine_create(&config, &engine) != OK) {
        return 1;
    }
    struct program_config echo_config = load(arguments[1]), caller = load(arguments[2]);
    echo_config.handler = true;
    if (program_create(engine, &echo_config, &echo) != OK) {
        return 1;
    }
    const struct program_grant grant = {"echo", PROTOCOL_CONSOLE, program_process(echo), 1};
    caller.grants = &grant;
    caller.grant_count = 1;
    uint64_t best_ns = UINT64_MAX;
    for (uint32_t i = 0; i < RUNS; i++) {
        uint64_t took_ns = measure(engine, &caller);
        best_ns = took_ns < best_ns ? took_ns : best_ns;
    }
    printf("%.1f\n", (double)best_ns / CALLS);
    program_destroy(echo);
    engine_destroy(engine);
    return 0;
}
