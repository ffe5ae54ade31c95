/* SPDX-License-Identifier: MIT */
/* The command: scripts are packed, then run, with one engine and one stack for all, and the counts
 * are told at the end; or they are kept as a pack. */
#include "spec.h"

#include "../port/target.h"
#include "pack.h"
#include <engine/engine.h>
#include <engine/target.h>
#include <spec/runner.h>
#include <stdlib.h>

constexpr size_t CODE_SIZE = 64 * 1024 * 1024;
constexpr size_t STACK_SIZE = 1024 * 1024;

static bool config_init(struct spec_config *config, bool baseline) {
    const struct target *target = port_target();
    struct engine_config engine = {.target = target,
                                   .code_size = CODE_SIZE,
                                   .cpu_features = baseline ? 0 : target->features_detect()};
    status_t status = engine_create(&engine, &config->engine);
    if (status == OK) {
        status = context_create(config->engine, STACK_SIZE, &config->context);
    }
    if (status != OK) {
        fprintf(stderr, "copper spec: cannot start: %s\n", status_text(status));
    }
    return status == OK;
}

static void config_fini(struct spec_config *config) {
    if (config->context != nullptr) {
        context_destroy(config->context);
    }
    if (config->engine != nullptr) {
        engine_destroy(config->engine);
    }
}

static void tell(void *data, const char *line) {
    puts(line);
}

static bool run_pack(const struct spec_config *config, const char *path, struct bytes pack,
                     struct spec_counts *counts) {
    status_t status = spec_run(config, pack, counts);
    if (status != OK) {
        fprintf(stderr, "copper spec: %s: %s\n", path, status_text(status));
    }
    return status == OK;
}

/* One script at a time, so that no more than one is in memory. */
static bool run_script(const struct spec_config *config, const char *path,
                       struct spec_counts *counts) {
    char *bytes = nullptr;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    bool good = out != nullptr && pack_script(path, out);
    good = out != nullptr && fclose(out) == 0 && good &&
           run_pack(config, path, bytes_init(bytes, size), counts);
    free(bytes);
    return good;
}

int spec_command(bool baseline, enum memory_mode memory_mode, int argc, char **argv) {
    struct spec_config config = {.memory_mode = memory_mode, .tell = tell};
    struct spec_counts counts = {};
    bool good = config_init(&config, baseline);
    for (int i = 0; good && i < argc; i++) {
        good = run_script(&config, argv[i], &counts);
    }
    config_fini(&config);
    if (!good) {
        return 2;
    }
    printf("%u passed, %u failed, %u skipped\n", counts.passed, counts.failed, counts.skipped);
    return counts.failed != 0;
}

int spec_pack(const char *out, int argc, char **argv) {
    FILE *file = fopen(out, "wb");
    bool good = file != nullptr;
    for (int i = 0; good && i < argc; i++) {
        good = pack_script(argv[i], file);
    }
    if (file == nullptr || fclose(file) != 0) {
        perror(out);
        return 2;
    }
    return good ? 0 : 2;
}
