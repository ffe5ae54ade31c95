/* SPDX-License-Identifier: MIT */
/*
 * Runs scripts of the WebAssembly specification's test suite (<spec/pack.h>) in an engine, wherever
 * that is. What fails is told, a line each: `source:line: reason`.
 */
#pragma once
#include <base/bytes.h>
#include <engine/module.h>

struct context;

/* Everything is borrowed. */
struct spec_config {
    struct engine *engine;
    struct context *context;                    /* of this engine; nothing runs on it */
    enum memory_mode memory_mode;               /* of the memories that modules define */
    void (*tell)(void *data, const char *line); /* without newline */
    void *data;
};

/* Of commands. */
struct spec_counts {
    uint32_t passed, failed, skipped;
};

/* Runs all scripts of a pack and adds to the counts. ERR_CORRUPT: it is none, from some place on;
 * ERR_NO_MEMORY. */
status_t spec_run(const struct spec_config *config, struct bytes pack, struct spec_counts *counts);
