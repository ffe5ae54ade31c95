/* SPDX-License-Identifier: MIT */
/* A pack: its scripts, one after the other, and what came of them. */
#include "runner.h"

#include <base/format.h>
#include <engine/port.h>
#include <stdarg.h>

constexpr size_t LINE_SIZE = 400; /* what is longer is cut */

struct line {
    char bytes[LINE_SIZE];
    size_t size;
};

static void line_add(void *data, const char *bytes, size_t size) {
    struct line *line = data;
    size_t room = LINE_SIZE - 1 - line->size;
    size = size < room ? size : room;
    memcpy(line->bytes + line->size, bytes, size);
    line->size += size;
    line->bytes[line->size] = 0;
}

enum outcome script_fail(struct script *script, const char *format, ...) {
    struct line line = {};
    va_list arguments;
    va_start(arguments, format);
    format_to(line_add, &line, "%.*s:%u: ", (int)script->source.size, script->source.bytes,
              script->line);
    format_list(line_add, &line, format, arguments);
    va_end(arguments);
    script->runner->config->tell(script->runner->config->data, line.bytes);
    return OUTCOME_FAILED;
}

static status_t run_commands(struct script *script, struct bytes *commands) {
    struct command command;
    while (bytes_left(commands) > 0) {
        if (!command_read(commands, &command)) {
            return ERR_CORRUPT;
        }
        script->line = command.line;
        script->runner->counts[script_run(script, &command)]++;
    }
    return OK;
}

static status_t run_script(struct runner *runner, struct bytes *pack) {
    uint32_t size;
    struct bytes commands;
    struct script script = {.runner = runner};
    if (!bytes_read_u32(pack, &size) || !bytes_read_part(pack, size, &commands) ||
        !text_read(&commands, &script.source)) {
        return ERR_CORRUPT;
    }
    status_t status = spectest_create(runner->config, &script.spectest);
    if (status == OK) {
        status = run_commands(&script, &commands);
    }
    script_unload(&script);
    return status;
}

status_t spec_run(const struct spec_config *config, struct bytes pack, struct spec_counts *counts) {
    constexpr size_t MOST = LIMIT_PARAMETERS > LIMIT_RESULTS ? LIMIT_PARAMETERS : LIMIT_RESULTS;
    struct runner runner = {config, port_allocate(MOST * sizeof(uint64_t)), {}};
    status_t status = runner.values != nullptr ? OK : ERR_NO_MEMORY;
    while (status == OK && bytes_left(&pack) > 0) {
        status = run_script(&runner, &pack);
    }
    counts->passed += runner.counts[OUTCOME_PASSED];
    counts->failed += runner.counts[OUTCOME_FAILED];
    counts->skipped += runner.counts[OUTCOME_SKIPPED];
    if (runner.values != nullptr) {
        port_release(runner.values, MOST * sizeof(uint64_t));
    }
    return status;
}
