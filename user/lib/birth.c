/* SPDX-License-Identifier: MIT */
/* See user/birth.h. The record is copied anew each time: it is asked for once or twice. */
#include <base/string.h>
#include <user/birth.h>

constexpr uint32_t RECORD_MAX = 4096; /* servers and drivers have a few handles */

alignas(8) static uint8_t record[RECORD_MAX];

/* The string of that number, of all that the record has; NULL: it ends before. */
static const char *string_at(const struct birth *birth, uint32_t number) {
    const char *at =
        (const char *)record + sizeof *birth + birth->handle_count * sizeof(struct birth_handle);
    const char *end = (const char *)record + birth->size;
    while (at < end && number-- > 0) {
        at += strlen(at) + 1;
    }
    return at < end ? at : nullptr;
}

static bool is_named(const struct birth *birth, uint32_t index, const char *name) {
    const char *string = string_at(birth, birth->argument_count + birth->environment_count + index);
    return name == nullptr || (string != nullptr && text_equal(text_of(string), text_of(name)));
}

handle_t birth_find(enum protocol protocol, const char *name) {
    const struct birth *birth = (const struct birth *)record;
    const struct birth_handle *handles = (const struct birth_handle *)(birth + 1);
    int32_t size = system_birth(record, RECORD_MAX);
    if (size < (int32_t)sizeof *birth || (uint32_t)size > RECORD_MAX) {
        return HANDLE_NONE;
    }
    for (uint32_t i = 0; i < birth->handle_count; i++) {
        if (handles[i].protocol == protocol && is_named(birth, i, name)) {
            return handles[i].handle;
        }
    }
    return HANDLE_NONE;
}
