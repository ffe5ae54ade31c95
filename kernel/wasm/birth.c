/* SPDX-License-Identifier: MIT */
/*
 * The birth record (abi/birth.h): measured, then written into memory of just that size.
 *
 *   | struct birth | struct birth_handle ... | arguments | environment | handle names |
 */
#include "unit.h"
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/port.h>

struct writer {
    uint8_t *at; /* NULL: only measure */
    size_t size;
};

static void put(struct writer *writer, const void *bytes, size_t size) {
    if (writer->at != nullptr) {
        memcpy(writer->at + writer->size, bytes, size);
    }
    writer->size += size;
}

static void put_strings(struct writer *writer, const char *const *strings, size_t count) {
    for (size_t i = 0; i < count; i++) {
        put(writer, strings[i], strlen(strings[i]) + 1);
    }
}

static size_t strings_size(const struct program_config *config) {
    struct writer writer = {};
    put_strings(&writer, config->arguments, config->argument_count);
    put_strings(&writer, config->environment, config->environment_count);
    for (size_t i = 0; i < config->grant_count; i++) {
        put_strings(&writer, &config->grants[i].name, 1);
    }
    return writer.size;
}

static status_t write_handles(struct program *program, struct writer *writer) {
    for (size_t i = 0; i < program->config->grant_count; i++) {
        const struct program_grant *grant = &program->config->grants[i];
        struct birth_handle handle = {.protocol = grant->protocol};
        status_t status =
            process_grant(program->process, grant->server, grant->badge, &handle.handle);
        if (status != OK) {
            program_complain(program, "cannot grant %s: %s", grant->name, status_text(status));
            return status;
        }
        put(writer, &handle, sizeof handle);
    }
    return OK;
}

static status_t write_record(struct program *program, size_t strings) {
    const struct program_config *config = program->config;
    struct birth header = {
        .magic = BIRTH_MAGIC,
        .size = program->birth_size,
        .argument_count = (uint32_t)config->argument_count,
        .environment_count = (uint32_t)config->environment_count,
        .handle_count = (uint32_t)config->grant_count,
        .strings_size = (uint32_t)strings,
    };
    struct writer writer = {.at = program->birth};
    put(&writer, &header, sizeof header);
    status_t status = write_handles(program, &writer);
    if (status != OK) {
        return status;
    }
    put_strings(&writer, config->arguments, config->argument_count);
    put_strings(&writer, config->environment, config->environment_count);
    for (size_t i = 0; i < config->grant_count; i++) {
        put_strings(&writer, &config->grants[i].name, 1);
    }
    ensure(writer.size == program->birth_size);
    return OK;
}

status_t program_birth(struct program *program) {
    const struct program_config *config = program->config;
    size_t strings = strings_size(config);
    size_t size =
        sizeof(struct birth) + config->grant_count * sizeof(struct birth_handle) + strings;
    if (size > BIRTH_MAX) {
        program_complain(program,
                         "arguments and environment take %zu bytes; at most %u can be given", size,
                         BIRTH_MAX);
        return ERR_TOO_BIG;
    }
    program->birth = port_allocate(size);
    if (program->birth == nullptr) {
        program_complain(program, "%s", status_text(ERR_NO_MEMORY));
        return ERR_NO_MEMORY;
    }
    program->birth_size = (uint32_t)size;
    return write_record(program, strings);
}
