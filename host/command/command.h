/* SPDX-License-Identifier: MIT */
/*
 * What the subcommands of `copper` share: their table, options, messages, files.
 *
 * Exit status of `copper` itself: 2 for a wrong command line, 1 for what goes wrong before the
 * program runs, 134 when it trapped; else the program's.
 */
#pragma once
#include "../image/image.h"
#include <engine/module.h>
#include <stddef.h>
#include <stdint.h>

constexpr int EXIT_REFUSED = 1;
constexpr int EXIT_USAGE = 2;
constexpr int EXIT_TRAPPED = 134;

struct option {
    const char *name;  /* "--dir" */
    const char *value; /* what follows it, for messages; NULL when nothing does */
    /* False: it has been said what is wrong with the value. NULL: the value goes to *text. */
    bool (*take)(void *settings, const char *value);
    const char **text;
};

struct command {
    const char *name;
    const char *summary; /* a line */
    const char *help;    /* whole, with newline */
    const struct option *options;
    size_t option_count;
    /* arguments are the operands. Returns the exit status. */
    int (*run)(const struct command *command, void *settings, int count, char **arguments);
    void *settings; /* given to options and run() */
};

extern const struct command command_run, command_spec, command_boot, command_image, command_push,
    command_log, command_compile, command_start;

/* What this process was started with, the name of the command first; NULL at the end. */
extern char **command_line;

/* "copper NAME: MESSAGE" and where help is; returns EXIT_USAGE. */
[[gnu::format(printf, 2, 3)]] int command_misused(const struct command *command, const char *format,
                                                  ...);
/* "copper: MESSAGE" on standard error; returns EXIT_REFUSED. */
[[gnu::format(printf, 1, 2)]] int command_failed(const char *format, ...);

/* Zeroed memory that lives as long as the command. Ends it when there is none. */
void *command_allocate(size_t count, size_t size);

/* A growing list of strings, borrowed. */
struct strings {
    const char **items;
    size_t count, capacity;
};
void strings_add(struct strings *strings, const char *item);

/* A copy of a file in memory, read-only, for the rest of the run. False: it has been said what is
 * wrong. */
bool file_load(const char *path, struct blob *out);
/* Opened for reading; -1: it has been said what is wrong. */
int file_open_read(const char *path);

/* Is it "NAME=value" with a name? If not it has been said. */
bool is_assignment(const char *text);

/* The value of --memory-mode. False: it is none, which has been said. */
bool memory_mode_parse(const char *text, enum memory_mode *out);

/* The value of --cpu-features, likewise. */
bool cpu_features_parse(const char *text, bool *baseline);

/* The last part of a path. */
const char *path_name(const char *path);

/* Splits "HOST SEPARATOR GUEST" where the separator first occurs; without one both are the whole.
 * False: a side is empty; it has been said, with the option's name. */
bool split_pair(const char *option, const char *text, const char *separator, const char **host,
                const char **guest);

/* The adapters that are part of the command; system.c. */
struct program_adapter;
extern const struct program_adapter *const adapters;
extern const size_t adapter_count;
