/* SPDX-License-Identifier: MIT */
/* See record.h. Arguments come first, then the environment, then the handles' names. */
#include "record.h"

static_assert(sizeof(struct birth) + WIRING_PROCESS_USES * sizeof(struct birth_handle) +
                  WIRING_SIZE_MAX + WIRING_STRINGS + WIRING_PROCESS_USES + PROCESS_NAME_MAX <=
              BIRTH_MAX);

static uint8_t *put_text(uint8_t *to, struct text text) {
    memcpy(to, text.bytes, text.size);
    to[text.size] = 0;
    return to + text.size + 1;
}

static uint8_t *put_strings(const struct wiring *wiring, const struct wiring_process *process,
                            bool environment, uint8_t *to, uint32_t *count) {
    const struct wiring_string *strings = &wiring->strings[process->first_string];
    for (uint32_t i = 0; i < process->string_count; i++) {
        if (strings[i].environment == environment) {
            to = put_text(to, strings[i].text);
            *count += 1;
        }
    }
    return to;
}

/* A program without arguments has its name as the one that programs expect. */
static uint8_t *put_arguments(const struct wiring *wiring, const struct wiring_process *process,
                              uint8_t *to, uint32_t *count) {
    to = put_strings(wiring, process, false, to, count);
    if (*count == 0) {
        to = put_text(to, process->name);
        *count = 1;
    }
    return to;
}

uint32_t record_write(const struct wiring *wiring, const struct wiring_process *process,
                      const handle_t handles[WIRING_PROCESS_USES], uint8_t to[BIRTH_MAX]) {
    const struct wiring_use *uses = &wiring->uses[process->first_use];
    struct birth birth = {.magic = BIRTH_MAGIC};
    uint8_t *at = to + sizeof birth;
    for (uint32_t i = 0; i < process->use_count; i++) {
        if (handles[i] != HANDLE_NONE) {
            struct birth_handle handle = {handles[i], uses[i].protocol};
            memcpy(at, &handle, sizeof handle);
            at += sizeof handle;
            birth.handle_count++;
        }
    }
    const uint8_t *strings = at;
    at = put_arguments(wiring, process, at, &birth.argument_count);
    at = put_strings(wiring, process, true, at, &birth.environment_count);
    for (uint32_t i = 0; i < process->use_count; i++) {
        at = handles[i] != HANDLE_NONE ? put_text(at, uses[i].name) : at;
    }
    birth.strings_size = (uint32_t)(at - strings);
    birth.size = (uint32_t)(at - to);
    memcpy(to, &birth, sizeof birth);
    return birth.size;
}
