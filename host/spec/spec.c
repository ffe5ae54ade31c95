/* SPDX-License-Identifier: MIT */
/* The command: one engine and one stack for all scripts, and the counts at the end. */
#include "spec.h"

#include "../port/target.h"
#include "runner.h"
#include <engine/target.h>
#include <stdio.h>
#include <stdlib.h>

constexpr size_t CODE_SIZE = 64 * 1024 * 1024;
constexpr size_t STACK_SIZE = 1024 * 1024;

static bool runner_init(struct runner *runner, bool baseline) {
    const struct target *target = port_target();
    struct engine_config config = {.target = target,
                                   .code_size = CODE_SIZE,
                                   .cpu_features = baseline ? 0 : target->features_detect()};
    status_t status = engine_create(&config, &runner->engine);
    if (status == OK) {
        status = context_create(runner->engine, STACK_SIZE, &runner->context);
    }
    size_t most = LIMIT_PARAMETERS > LIMIT_RESULTS ? LIMIT_PARAMETERS : LIMIT_RESULTS;
    runner->values = calloc(most, sizeof *runner->values);
    if (status != OK || runner->values == nullptr) {
        fprintf(stderr, "copper spec: cannot start: %s\n", status_text(status));
        return false;
    }
    return true;
}

static void runner_fini(struct runner *runner) {
    free(runner->values);
    if (runner->context != nullptr) {
        context_destroy(runner->context);
    }
    if (runner->engine != nullptr) {
        engine_destroy(runner->engine);
    }
}

int spec_command(bool baseline, enum memory_mode memory_mode, int argc, char **argv) {
    struct runner runner = {.memory_mode = memory_mode};
    bool good = runner_init(&runner, baseline);
    for (int i = 0; good && i < argc; i++) {
        good = script_run(&runner, argv[i]);
    }
    runner_fini(&runner);
    if (!good) {
        return 2;
    }
    printf("%u passed, %u failed, %u skipped\n", runner.counts[OUTCOME_PASSED],
           runner.counts[OUTCOME_FAILED], runner.counts[OUTCOME_SKIPPED]);
    return runner.counts[OUTCOME_FAILED] != 0;
}
