/* SPDX-License-Identifier: MIT */
/*
 * What the files of host/spec share. A runner lasts for the whole command: the engine, the stack,
 * the counts. A script is one JSON file: its modules and instances stay until it ends, because any
 * instance may hold references into another.
 */
#pragma once
#include <engine/engine.h>
#include <jansson.h>

enum outcome { OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_SKIPPED };

struct runner {
    struct engine *engine;
    struct context *context;
    enum memory_mode memory_mode;
    uint64_t *values; /* arguments and results of one call */
    unsigned counts[3];
};

/* A module of the script, and what its bytes are in. */
struct loaded {
    struct loaded *next;
    struct module *module;
    uint8_t *bytes;
};

struct running {
    struct running *next;
    struct instance *instance;
};

/* A name given by the script: to an instance, to a definition, or for import. An instance or module
 * of NULL was refused. */
struct name {
    struct name *next;
    struct text text;
    enum name_kind { NAME_INSTANCE, NAME_DEFINITION, NAME_REGISTERED } kind;
    struct instance *instance;
    struct module *module;
};

struct spectest;

struct script {
    struct runner *runner;
    const char *path;   /* of the JSON file */
    const char *source; /* of the script it was made from, for messages */
    int line;           /* of the command that runs */
    struct loaded *modules;
    struct running *instances;
    struct name *names;
    struct instance *latest; /* what commands without a module mean; NULL: refused */
    struct module *latest_definition;
    struct spectest *spectest;
    bool missing; /* an import came from a module that was refused */
};

/* Prints `file:line: reason`; returns OUTCOME_FAILED. */
[[gnu::format(printf, 2, 3)]] enum outcome script_fail(struct script *script, const char *format,
                                                       ...);

/* script.c: runs one file. False: it could not be read. */
bool script_run(struct runner *runner, const char *path);

/* load.c */
struct text json_text(const json_t *string);
/* Reads `filename` beside the script and makes a module of it. ERR_NOT_FOUND: no such file. */
status_t script_load(struct script *script, const json_t *command, struct module_error *error,
                     struct module **out);
/* Creates, links, initializes and starts. *trap: how it ended. ERR_NOT_FOUND: it does not link. */
status_t script_instantiate(struct script *script, struct module *module, struct instance **out,
                            enum trap *trap);
bool script_name(struct script *script, enum name_kind kind, struct text text,
                 struct instance *instance, struct module *module);
const struct name *script_find(const struct script *script, enum name_kind kind, struct text text);
/* Calls a function with runner->values. */
enum trap runner_call(struct runner *runner, struct function *function);

/* value.c */
bool value_parse(const json_t *value, uint64_t *out);
bool value_matches(const json_t *expected, uint64_t value);

/* spectest.c: the host module that scripts import from. */
status_t spectest_create(struct runner *runner, struct spectest **out);
void spectest_destroy(struct spectest *spectest);
status_t spectest_find(struct spectest *spectest, struct text name, struct external *out);
