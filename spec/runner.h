/* SPDX-License-Identifier: MIT */
/*
 * What the files of spec/ share. A runner lasts for a whole pack. A script's modules and instances
 * stay until it ends, because any instance may hold references into another. Modules borrow the
 * pack's bytes.
 */
#pragma once
#include <base/string.h>
#include <engine/engine.h>
#include <spec/pack.h>
#include <spec/runner.h>

enum outcome { OUTCOME_PASSED, OUTCOME_FAILED, OUTCOME_SKIPPED };

struct runner {
    const struct spec_config *config;
    uint64_t *values; /* arguments and results of one call */
    uint32_t counts[3];
};

/* A list of a command. */
struct values {
    struct bytes bytes; /* count * SPEC_VALUE_SIZE */
    uint32_t count;     /* left */
};

struct value {
    enum spec_value_kind kind;
    uint64_t bits;
};

/* <spec/pack.h>. A text that is not given has NULL bytes. */
struct command {
    enum spec_kind kind;
    uint32_t line;
    struct text name, other, expected, module;
    struct {
        enum spec_action kind;
        struct text module, field;
        struct values arguments;
    } action;
    struct values results, trace;
};

struct loaded {
    struct loaded *next;
    struct module *module;
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
    struct text source; /* for messages */
    uint32_t line;      /* of the command that runs */
    struct loaded *modules;
    struct running *instances;
    struct name *names;
    struct instance *latest; /* what commands without a module mean; NULL: refused */
    struct module *latest_definition;
    struct spectest *spectest;
    bool missing; /* an import came from a module that was refused */
};

/* Tells `source:line: reason`; returns OUTCOME_FAILED. */
[[gnu::format(printf, 2, 3)]] enum outcome script_fail(struct script *script, const char *format,
                                                       ...);

/* read.c: false when the bytes end within what is asked for, or make no sense. */
bool text_read(struct bytes *bytes, struct text *out);
bool command_read(struct bytes *bytes, struct command *out);

/* script.c: one command. */
enum outcome script_run(struct script *script, const struct command *command);

/* load.c */
status_t script_load(struct script *script, struct text bytes, struct module_error *error,
                     struct module **out);
/* Creates, links, initializes and starts. *trap: how it ended. ERR_NOT_FOUND: it does not link. */
status_t script_instantiate(struct script *script, struct module *module, struct instance **out,
                            enum trap *trap);
bool script_name(struct script *script, enum name_kind kind, struct text text,
                 struct instance *instance, struct module *module);
const struct name *script_find(const struct script *script, enum name_kind kind, struct text text);
/* Releases all that the script has. */
void script_unload(struct script *script);
/* Calls a function with runner->values. */
enum trap runner_call(struct runner *runner, struct function *function);

/* value.c */
/* False: there is no other. */
bool values_next(struct values *values, struct value *out);
/* Takes the next of `expected`, with its alternatives, and compares. False, too, when there is
 * none. */
bool values_match(struct values *expected, uint64_t value);
/* How many there are, alternatives not counted. */
uint32_t values_count(struct values values);

/* spectest.c: the host module that scripts import from. */
status_t spectest_create(const struct spec_config *config, struct spectest **out);
void spectest_destroy(struct spectest *spectest);
status_t spectest_find(struct spectest *spectest, struct text name, struct external *out);
