/* SPDX-License-Identifier: MIT */
/*
 * The birth record (abi/birth.h): measured, then written into memory of just that size; or checked,
 * when a guardian has written it, and its handles exchanged for the child's own.
 *
 *   | struct birth | struct birth_handle ... | arguments | environment | handle names |
 */
#include "unit.h"
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/device.h>
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

static status_t grant_one(struct process *to, const struct program_grant *grant, handle_t *out) {
    return grant->device != nullptr ? process_grant_device(to, grant->device, out)
                                    : process_grant(to, grant->server, grant->badge, out);
}

static status_t write_handles(struct program *program, const struct program_config *config,
                              struct writer *writer) {
    for (size_t i = 0; i < config->grant_count; i++) {
        const struct program_grant *grant = &config->grants[i];
        struct birth_handle handle = {.protocol = grant->protocol};
        status_t status = grant_one(program->process, grant, &handle.handle);
        if (status != OK) {
            program_complain(program, "cannot grant %s: %s", grant->name, status_text(status));
            return status;
        }
        put(writer, &handle, sizeof handle);
    }
    return OK;
}

static status_t write_record(struct program *program, const struct program_config *config,
                             size_t strings) {
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
    status_t status = write_handles(program, config, &writer);
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

status_t program_birth(struct program *program, const struct program_config *config) {
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
    return write_record(program, config, strings);
}

/* ---- given by a guardian ---- */

/* All strings end within the record, and there are as many as it says: one per argument and so on.
 */
static bool strings_are_right(const uint8_t *strings, uint32_t size, uint64_t expected) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < size; i++) {
        count += strings[i] == 0;
    }
    return count == expected && (size == 0 || strings[size - 1] == 0);
}

static bool record_is_right(const uint8_t *record, uint32_t size) {
    struct birth birth;
    memcpy(&birth, record, sizeof birth);
    uint64_t before = sizeof birth + (uint64_t)birth.handle_count * sizeof(struct birth_handle);
    return birth.magic == BIRTH_MAGIC && birth.size == size &&
           before + birth.strings_size == size &&
           strings_are_right(record + before, birth.strings_size,
                             (uint64_t)birth.argument_count + birth.environment_count +
                                 birth.handle_count);
}

static struct birth_handle handle_at(const uint8_t *record, uint32_t index) {
    struct birth_handle handle;
    memcpy(&handle, record + sizeof(struct birth) + index * sizeof handle, sizeof handle);
    return handle;
}

static void set_handle(uint8_t *record, uint32_t index, handle_t handle) {
    uint8_t *place = record + sizeof(struct birth) + index * sizeof(struct birth_handle);
    memcpy(place + offsetof(struct birth_handle, handle), &handle, sizeof handle);
}

/* The numbers in the record become the child's. */
static status_t give_handles(struct process *guardian, struct process *child, uint8_t *record,
                             uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        handle_t given;
        status_t status = process_handle_give(guardian, handle_at(record, i).handle, child, &given);
        if (status != OK) {
            while (i-- > 0) {
                (void)process_handle_close(child, handle_at(record, i).handle);
            }
            return status;
        }
        set_handle(record, i, given);
    }
    return OK;
}

status_t program_birth_give(struct program *program, struct process *guardian, uint8_t *record,
                            uint32_t size) {
    struct birth birth;
    if (size < sizeof birth || !record_is_right(record, size)) {
        return ERR_INVALID;
    }
    memcpy(&birth, record, sizeof birth);
    status_t status = give_handles(guardian, program->process, record, birth.handle_count);
    if (status != OK) {
        return status;
    }
    if (program->birth != nullptr) {
        port_release(program->birth, program->birth_size);
    }
    program->birth = record;
    program->birth_size = size;
    return OK;
}
