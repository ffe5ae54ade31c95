/* SPDX-License-Identifier: MIT */
/*
 * The file that arguments= names: strings, each ended by NUL. The first is the number of arguments
 * in decimal; the arguments follow, then environment entries to the end. Without such a file the
 * program's name is its only argument.
 */
#pragma once
#include <base/bytes.h>

constexpr size_t ARGUMENTS_MAX = 4096;

struct arguments {
    const char *strings[ARGUMENTS_MAX]; /* the arguments, then the environment; borrowed */
    size_t argument_count, environment_count;
};

/* False when the file is not of that form or holds too many strings. */
bool arguments_read(struct bytes file, struct arguments *out);
