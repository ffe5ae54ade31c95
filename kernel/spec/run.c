/* SPDX-License-Identifier: MIT */
/*
 * In place of kernel/start/run.c: start= names a pack of the specification's scripts
 * (<spec/pack.h>) in the initrd. They run in this kernel's engine, on its page tables, with its
 * exceptions; what fails is logged, and the last line counts. memory= says how their memories are
 * reached. The exit code is 0 when nothing failed, else 1.
 */
#include "../start/run.h"
#include "../start/initrd.h"
#include <engine/engine.h>
#include <engine/target.h>
#include <kernel/log.h>
#include <kernel/target.h>
#include <spec/runner.h>

constexpr size_t CODE_SIZE = 64 * 1024 * 1024; /* address space */
constexpr size_t STACK_SIZE = 1024 * 1024;
constexpr uint32_t EXIT_FAILED = 1;

static void tell(void *data, const char *line) {
    log_write(LOG_ERROR, "test", "%s", line);
}

static status_t config_init(const struct setting *setting, struct spec_config *out) {
    const struct engine_config engine = {kernel_target, CODE_SIZE,
                                         kernel_target->features_detect()};
    *out = (struct spec_config){
        .memory_mode = setting->checked_memory ? MEMORY_CHECKED : MEMORY_GUARD, .tell = tell};
    status_t status = engine_create(&engine, &out->engine);
    return status == OK ? context_create(out->engine, STACK_SIZE, &out->context) : status;
}

uint32_t run_program(const struct setting *setting) {
    struct bytes initrd, pack;
    struct spec_config config;
    struct spec_counts counts = {};
    if (!initrd_map(&initrd) || !initrd_file_find(initrd, setting->start, &pack)) {
        log_write(LOG_ERROR, "test", "start=%.*s: not in the initrd", (int)setting->start.size,
                  setting->start.bytes);
        return EXIT_FAILED;
    }
    status_t status = config_init(setting, &config);
    if (status == OK) {
        status = spec_run(&config, pack, &counts);
    }
    if (status != OK) {
        log_write(LOG_ERROR, "test", "specification: %s", status_text(status));
    }
    log_write(LOG_INFO, "test", "specification: %u passed, %u failed, %u skipped", counts.passed,
              counts.failed, counts.skipped);
    return status == OK && counts.failed == 0 ? 0 : EXIT_FAILED;
}
