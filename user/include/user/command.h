/* SPDX-License-Identifier: MIT */
/*
 * What a command is made of. Its source ends with
 *
 *     COMMAND(main)
 *
 * where `uint32_t main(uint32_t count, const char **arguments)` gets its arguments, the first being
 * its name, and returns the exit code. What it printed is shown before it ends.
 */
#pragma once
#include <user/print.h>
#include <user/system.h>

typedef uint32_t command_main(uint32_t count, const char **arguments);

/* Reads the birth record, runs it, exits with what it returns. */
[[noreturn]] void command_run(command_main *run);

/* A handle that the command was born with; HANDLE_NONE: there is none. *protocol, if wanted, is
 * what it speaks: `protocol` 0 takes any. */
handle_t command_handle(const char *name, uint32_t protocol, uint32_t *out);
/* The value of a variable of its environment; NULL: there is none. */
const char *command_variable(const char *name);
/* Its environment: `count` texts, NAME=value. */
const char *const *command_environment(uint32_t *count);

#define COMMAND(function)                                                                          \
    [[clang::export_name("_start")]] void command_start(void);                                     \
    void command_start(void) {                                                                     \
        command_run(function);                                                                     \
    }
