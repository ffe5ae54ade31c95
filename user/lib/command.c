/* SPDX-License-Identifier: MIT */
/*
 * See user/command.h. The record is the kernel's copy of what whoever started the command wrote:
 * one that is not whole ends the command.
 */
#include <base/string.h>
#include <user/command.h>

constexpr uint32_t EXIT_NO_BIRTH = 70;
constexpr uint32_t TEXTS_MAX = 4096; /* arguments, variables and names of handles */

alignas(8) static uint8_t record[BIRTH_MAX];
static const char *texts[TEXTS_MAX];

static const struct birth *birth(void) {
    return (const struct birth *)record;
}

static const struct birth_handle *handles(void) {
    return (const struct birth_handle *)(record + sizeof(struct birth));
}

static bool is_whole(uint32_t size) {
    const struct birth *own = birth();
    uint64_t strings = sizeof *own + (uint64_t)own->handle_count * sizeof(struct birth_handle);
    uint64_t count = (uint64_t)own->argument_count + own->environment_count + own->handle_count;
    return own->magic == BIRTH_MAGIC && own->size == size && strings + own->strings_size == size &&
           count <= TEXTS_MAX;
}

/* Finds where each text begins; false: there are fewer. */
static bool find_texts(void) {
    const struct birth *own = birth();
    const char *end = (const char *)record + own->size, *at = end - own->strings_size;
    uint32_t count = own->argument_count + own->environment_count + own->handle_count;
    for (uint32_t i = 0; i < count; i++) {
        const char *next = at;
        while (next < end && *next != 0) {
            next++;
        }
        if (next == end) {
            return false;
        }
        texts[i] = at;
        at = next + 1;
    }
    return true;
}

void command_run(command_main *run) {
    int32_t size = system_birth(record, sizeof record);
    if (size < (int32_t)sizeof(struct birth) || size > (int32_t)sizeof record ||
        !is_whole((uint32_t)size) || !find_texts()) {
        system_exit(EXIT_NO_BIRTH);
    }
    if (birth()->argument_count > 0) {
        print_name_set(texts[0]);
    }
    uint32_t code = run(birth()->argument_count, texts);
    print_flush();
    system_exit(code);
}

handle_t command_handle(const char *name, uint32_t protocol, uint32_t *out) {
    const char *const *names = &texts[birth()->argument_count + birth()->environment_count];
    for (uint32_t i = 0; i < birth()->handle_count; i++) {
        struct birth_handle entry = handles()[i];
        if (text_equal(text_of(names[i]), text_of(name)) &&
            (protocol == 0 || entry.protocol == protocol)) {
            if (out != nullptr) {
                *out = entry.protocol;
            }
            return entry.handle;
        }
    }
    return HANDLE_NONE;
}

const char *const *command_environment(uint32_t *count) {
    *count = birth()->environment_count;
    return &texts[birth()->argument_count];
}

const char *command_variable(const char *name) {
    uint32_t count;
    const char *const *variables = command_environment(&count);
    size_t size = strlen(name);
    for (uint32_t i = 0; i < count; i++) {
        if (strlen(variables[i]) > size && memcmp(variables[i], name, size) == 0 &&
            variables[i][size] == '=') {
            return variables[i] + size + 1;
        }
    }
    return nullptr;
}
