/* SPDX-License-Identifier: MIT */
/* From the name of a program to a process of it. */
#pragma once
#include <user/record.h>

struct program_start {
    const char *name;             /* of the program */
    const char *const *arguments; /* the first is what it is called */
    uint32_t argument_count;
    struct record_handle standard[3]; /* input, output, errors */
    uint64_t key;                     /* of MESSAGE_ENDED */
};

/* Starts a program: NAME is bin/NAME.wasm, anything with a '/' the path of a module. What is wrong
 * has been told. */
status_t program_start(const struct program_start *start, handle_t *out);
/* A process of the pipe server, which runs; its two ends. */
status_t program_start_pipe(uint64_t key, handle_t *process, handle_t *reader, handle_t *writer);
/* Is there a program of that name? */
bool program_exists(const char *name);
