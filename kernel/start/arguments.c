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

/* All the strings that follow. */
static bool strings_read(struct bytes *file, struct arguments *out, size_t *count) {
    for (*count = 0; file->at < file->end; (*count)++) {
        if (*count == ARGUMENTS_MAX || !string_next(file, &out->strings[*count])) {
            return false;
        }
    }
    return true;
}

bool arguments_read(struct bytes file, struct arguments *out) {
    const char *first;
    uint64_t arguments;
    size_t count;
    *out = (struct arguments){};
    if (!string_next(&file, &first) || !text_to_u64(text_of(first), &arguments) ||
        !strings_read(&file, out, &count) || arguments > count) {
        return false;
    }
    out->argument_count = (size_t)arguments;
    out->environment_count = count - (size_t)arguments;
    return true;
}
