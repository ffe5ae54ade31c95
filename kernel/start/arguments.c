/* SPDX-License-Identifier: MIT */
/* Splitting the arguments file. */
#include "arguments.h"
#include <base/string.h>

/* The next string; false at the end of the file or when no NUL ends it. */
static bool string_next(struct bytes *file, const char **out) {
    const uint8_t *start = file->at;
    while (file->at < file->end) {
        if (*file->at++ == 0) {
            *out = (const char *)start;
            return true;
        }
    }
    return false;
}

/* Strings up to an empty one, or to the end. */
static bool group_read(struct bytes *file, struct arguments *out, size_t *count) {
    size_t first = out->argument_count;
    *count = 0;
    while (file->at < file->end) {
        const char *string;
        if (!string_next(file, &string)) {
            return false;
        }
        if (string[0] == 0) {
            return true;
        }
        if (first + *count == ARGUMENTS_MAX) {
            return false;
        }
        out->strings[first + (*count)++] = string;
    }
    return true;
}

bool arguments_read(struct bytes file, struct arguments *out) {
    size_t arguments, environment;
    out->argument_count = out->environment_count = 0;
    if (!group_read(&file, out, &arguments)) {
        return false;
    }
    out->argument_count = arguments;
    if (!group_read(&file, out, &environment)) {
        return false;
    }
    out->environment_count = environment;
    return true;
}
