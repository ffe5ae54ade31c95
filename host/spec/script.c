/* SPDX-License-Identifier: MIT */
/*
 * One script: its commands in order, each with one outcome. A module that is refused fails once:
 * every command that uses it is skipped.
 */
#include "runner.h"

#include <base/checked.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum outcome script_fail(struct script *script, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("%s:%d: ", script->source, script->line);
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    return OUTCOME_FAILED;
}

static const char *string_of(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text != nullptr ? text : "";
}

static enum outcome fail_memory(struct script *script) {
    return script_fail(script, "the runner has no memory");
}

/* What an instance is called from now on. */
static enum outcome name_instance(struct script *script, const json_t *name,
                                  struct instance *instance, enum outcome outcome) {
    script->latest = instance;
    if (name != nullptr &&
        !script_name(script, NAME_INSTANCE, json_text(name), instance, nullptr)) {
        return fail_memory(script);
    }
    return outcome;
}

static enum outcome instantiate(struct script *script, struct module *module, const json_t *name) {
    struct instance *instance;
    enum trap trap = TRAP_NONE;
    status_t status = script_instantiate(script, module, &instance, &trap);
    if (script->missing) {
        return name_instance(script, name, nullptr, OUTCOME_SKIPPED);
    }
    if (status != OK) {
        name_instance(script, name, nullptr, OUTCOME_FAILED);
        return script_fail(script, "module cannot be instantiated: %s", status_text(status));
    }
    if (trap != TRAP_NONE) {
        name_instance(script, name, nullptr, OUTCOME_FAILED);
        return script_fail(script, "module traps at its start: %s", trap_text(trap));
    }
    return name_instance(script, name, instance, OUTCOME_PASSED);
}

/* OUTCOME_PASSED: *out is the module; else it is NULL. */
static enum outcome load(struct script *script, const json_t *command, struct module **out) {
    struct module_error error;
    *out = nullptr;
    status_t status = script_load(script, command, &error, out);
    if (status == ERR_NOT_FOUND) {
        return script_fail(script, "no file %s", string_of(command, "filename"));
    }
    return status == OK
               ? OUTCOME_PASSED
               : script_fail(script, "module refused: %s at %zu", error.text, error.offset);
}

static enum outcome run_module(struct script *script, const json_t *command) {
    struct module *module;
    const json_t *name = json_object_get(command, "name");
    enum outcome outcome = load(script, command, &module);
    return outcome != OUTCOME_PASSED ? name_instance(script, name, nullptr, outcome)
                                     : instantiate(script, module, name);
}

static enum outcome run_module_definition(struct script *script, const json_t *command) {
    const json_t *name = json_object_get(command, "name");
    enum outcome outcome = load(script, command, &script->latest_definition);
    if (name != nullptr && !script_name(script, NAME_DEFINITION, json_text(name), nullptr,
                                        script->latest_definition)) {
        return fail_memory(script);
    }
    return outcome;
}

static enum outcome run_module_instance(struct script *script, const json_t *command) {
    const json_t *definition = json_object_get(command, "module");
    const json_t *name = json_object_get(command, "instance");
    struct module *module = script->latest_definition;
    if (definition != nullptr) {
        const struct name *found = script_find(script, NAME_DEFINITION, json_text(definition));
        if (found == nullptr) {
            return script_fail(script, "no definition %s", json_string_value(definition));
        }
        module = found->module;
    }
    if (module == nullptr) {
        return name_instance(script, name, nullptr, OUTCOME_SKIPPED);
    }
    return instantiate(script, module, name);
}

/* The instance that `key` of `object` names, else the latest. False: no such name. */
static bool find_instance(struct script *script, const json_t *object, const char *key,
                          struct instance **out) {
    const json_t *text = json_object_get(object, key);
    *out = script->latest;
    if (text == nullptr) {
        return true;
    }
    const struct name *name = script_find(script, NAME_INSTANCE, json_text(text));
    *out = name != nullptr ? name->instance : nullptr;
    return name != nullptr;
}

static enum outcome run_register(struct script *script, const json_t *command) {
    struct instance *instance;
    if (!find_instance(script, command, "name", &instance)) {
        return script_fail(script, "no module %s", string_of(command, "name"));
    }
    struct text as = json_text(json_object_get(command, "as"));
    if (!script_name(script, NAME_REGISTERED, as, instance, nullptr)) {
        return fail_memory(script);
    }
    return instance != nullptr ? OUTCOME_PASSED : OUTCOME_SKIPPED;
}

/* How an action ended. */
struct result {
    enum trap trap;
    uint32_t count;
    const uint64_t *values;
};

static enum outcome invoke(struct script *script, const json_t *arguments,
                           struct function *function, struct result *out) {
    uint64_t *values = script->runner->values;
    if (json_array_size(arguments) != function->type->parameter_count) {
        return script_fail(script, "the function takes %u arguments",
                           function->type->parameter_count);
    }
    for (uint32_t i = 0; i < function->type->parameter_count; i++) {
        if (!value_parse(json_array_get(arguments, i), &values[i])) {
            return script_fail(script, "argument %u is not understood", i);
        }
    }
    *out = (struct result){runner_call(script->runner, function), function->type->result_count,
                           values};
    return OUTCOME_PASSED;
}

/* OUTCOME_PASSED: it was carried out. */
static enum outcome act(struct script *script, const json_t *command, struct result *out) {
    const json_t *action = json_object_get(command, "action");
    struct instance *instance;
    struct external external;
    if (!find_instance(script, action, "module", &instance)) {
        return script_fail(script, "no module %s", string_of(action, "module"));
    }
    if (instance == nullptr) {
        return OUTCOME_SKIPPED;
    }
    struct text field = json_text(json_object_get(action, "field"));
    if (instance_export(instance, field, &external) != OK) {
        return script_fail(script, "no export \"%s\"", string_of(action, "field"));
    }
    if (strcmp(string_of(action, "type"), "invoke") == 0 && external.kind == EXTERNAL_FUNCTION) {
        return invoke(script, json_object_get(action, "args"), external.function, out);
    }
    if (strcmp(string_of(action, "type"), "get") == 0 && external.kind == EXTERNAL_GLOBAL) {
        *out = (struct result){TRAP_NONE, 1, external.global.value};
        return OUTCOME_PASSED;
    }
    return script_fail(script, "export \"%s\" is of another kind", string_of(action, "field"));
}

static enum outcome run_action(struct script *script, const json_t *command) {
    struct result result = {};
    enum outcome outcome = act(script, command, &result);
    if (outcome == OUTCOME_PASSED && result.trap != TRAP_NONE) {
        return script_fail(script, "trap: %s", trap_text(result.trap));
    }
    return outcome;
}

static enum outcome fail_value(struct script *script, const json_t *expected, uint32_t index,
                               uint64_t value) {
    char *text = json_dumps(expected, JSON_COMPACT);
    enum outcome outcome = script_fail(script, "result %u is %llu (0x%llx), expected %s", index,
                                       (unsigned long long)value, (unsigned long long)value,
                                       text != nullptr ? text : "?");
    free(text);
    return outcome;
}

static enum outcome run_assert_return(struct script *script, const json_t *command) {
    struct result result = {};
    enum outcome outcome = act(script, command, &result);
    if (outcome != OUTCOME_PASSED) {
        return outcome;
    }
    if (result.trap != TRAP_NONE) {
        return script_fail(script, "trap: %s", trap_text(result.trap));
    }
    const json_t *expected = json_object_get(command, "expected");
    if (json_array_size(expected) != result.count) {
        return script_fail(script, "%u results, expected %zu", result.count,
                           json_array_size(expected));
    }
    for (uint32_t i = 0; i < result.count; i++) {
        const json_t *one = json_array_get(expected, i);
        if (!value_matches(one, result.values[i])) {
            return fail_value(script, one, i, result.values[i]);
        }
    }
    return OUTCOME_PASSED;
}

/* Scripts may say more than the trap's text ("uninitialized element 2"), or less. */
static enum outcome check_trap(struct script *script, const json_t *command, enum trap trap) {
    const char *expected = string_of(command, "text"), *text = trap_text(trap);
    size_t shorter = strlen(text) < strlen(expected) ? strlen(text) : strlen(expected);
    if (trap == TRAP_NONE) {
        return script_fail(script, "no trap, expected: %s", expected);
    }
    return strncmp(text, expected, shorter) == 0
               ? OUTCOME_PASSED
               : script_fail(script, "trap: %s, expected: %s", text, expected);
}

/* "trace" is an addition of ours: the frames of the trap, innermost first, as function and offset
 * in turn. */
static enum outcome check_trace(struct script *script, const json_t *expected) {
    constexpr size_t FRAMES = 64;
    struct frame frames[FRAMES];
    size_t found = context_trace(script->runner->context, frames, FRAMES);
    size_t wanted = json_array_size(expected) / 2;
    if (found < wanted) {
        return script_fail(script, "trace of %zu frames, expected %zu", found, wanted);
    }
    for (size_t i = 0; i < wanted; i++) {
        json_int_t function = json_integer_value(json_array_get(expected, 2 * i));
        json_int_t offset = json_integer_value(json_array_get(expected, 2 * i + 1));
        if (frames[i].function != function || frames[i].offset != offset) {
            return script_fail(script, "frame %zu is function %u at 0x%x, expected %lld at 0x%llx",
                               i, frames[i].function, frames[i].offset, (long long)function,
                               (unsigned long long)offset);
        }
    }
    return OUTCOME_PASSED;
}

static enum outcome run_assert_trap(struct script *script, const json_t *command) {
    struct result result = {};
    enum outcome outcome = act(script, command, &result);
    if (outcome == OUTCOME_PASSED) {
        outcome = check_trap(script, command, result.trap);
    }
    return outcome == OUTCOME_PASSED ? check_trace(script, json_object_get(command, "trace"))
                                     : outcome;
}

/* A module that must be refused; `malformed`: already by its form. */
static enum outcome check_refused(struct script *script, const json_t *command, bool malformed) {
    struct module *module;
    struct module_error error;
    const char *expected = string_of(command, "text");
    if (json_object_get(command, "filename") == nullptr) {
        return OUTCOME_SKIPPED; /* text format */
    }
    status_t status = script_load(script, command, &error, &module);
    if (status == OK) {
        return script_fail(script, "module accepted, expected: %s", expected);
    }
    if (status != ERR_CORRUPT) {
        return script_fail(script, "module not looked at: %s", status_text(status));
    }
    return malformed && error.invalid
               ? script_fail(script, "module invalid (%s), expected malformed: %s", error.text,
                             expected)
               : OUTCOME_PASSED;
}

static enum outcome run_assert_malformed(struct script *script, const json_t *command) {
    return check_refused(script, command, true);
}

static enum outcome run_assert_invalid(struct script *script, const json_t *command) {
    return check_refused(script, command, false);
}

/* Loads and instantiates a module that must fail one way or another. OUTCOME_PASSED: it was tried.
 */
static enum outcome try_instance(struct script *script, const json_t *command, status_t *status,
                                 enum trap *trap) {
    struct module *module;
    struct instance *instance;
    enum outcome outcome = load(script, command, &module);
    if (outcome != OUTCOME_PASSED) {
        return outcome;
    }
    *trap = TRAP_NONE;
    *status = script_instantiate(script, module, &instance, trap);
    return script->missing ? OUTCOME_SKIPPED : OUTCOME_PASSED;
}

static enum outcome run_assert_unlinkable(struct script *script, const json_t *command) {
    status_t status = OK;
    enum trap trap = TRAP_NONE;
    enum outcome outcome = try_instance(script, command, &status, &trap);
    if (outcome == OUTCOME_PASSED && status != ERR_NOT_FOUND) {
        return script_fail(script, "module links, expected: %s", string_of(command, "text"));
    }
    return outcome;
}

static enum outcome run_assert_uninstantiable(struct script *script, const json_t *command) {
    status_t status = OK;
    enum trap trap = TRAP_NONE;
    enum outcome outcome = try_instance(script, command, &status, &trap);
    if (outcome != OUTCOME_PASSED) {
        return outcome;
    }
    return status == OK
               ? check_trap(script, command, trap)
               : script_fail(script, "module cannot be instantiated: %s", status_text(status));
}

/* Exceptions, threads, and tests of custom sections, which a runner may skip. */
static enum outcome skip(struct script *script, const json_t *command) {
    return OUTCOME_SKIPPED;
}

static const struct {
    const char *type;
    enum outcome (*run)(struct script *script, const json_t *command);
} commands[] = {
    {"module", run_module},
    {"module_definition", run_module_definition},
    {"module_instance", run_module_instance},
    {"register", run_register},
    {"action", run_action},
    {"assert_return", run_assert_return},
    {"assert_trap", run_assert_trap},
    {"assert_exhaustion", run_assert_trap},
    {"assert_malformed", run_assert_malformed},
    {"assert_invalid", run_assert_invalid},
    {"assert_unlinkable", run_assert_unlinkable},
    {"assert_uninstantiable", run_assert_uninstantiable},
    {"assert_exception", skip},
    {"assert_malformed_custom", skip},
    {"assert_invalid_custom", skip},
    {"thread", skip},
    {"wait", skip},
};

static enum outcome run_command(struct script *script, const json_t *command) {
    const char *type = string_of(command, "type");
    script->line = (int)json_integer_value(json_object_get(command, "line"));
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (strcmp(type, commands[i].type) == 0) {
            return commands[i].run(script, command);
        }
    }
    return script_fail(script, "unknown command \"%s\"", type);
}

/* Instances go before modules: code of the one may be in tables of another. */
static void finish(struct script *script) {
    while (script->instances != nullptr) {
        struct running *running = script->instances;
        script->instances = running->next;
        instance_destroy(running->instance);
        free(running);
    }
    while (script->modules != nullptr) {
        struct loaded *loaded = script->modules;
        script->modules = loaded->next;
        module_destroy(loaded->module);
        free(loaded->bytes);
        free(loaded);
    }
    while (script->names != nullptr) {
        struct name *name = script->names;
        script->names = name->next;
        free(name);
    }
    if (script->spectest != nullptr) {
        spectest_destroy(script->spectest);
    }
}

static bool run_commands(struct script *script, const json_t *root) {
    const json_t *list = json_object_get(root, "commands");
    if (!json_is_array(list) || spectest_create(script->runner, &script->spectest) != OK) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        script->runner->counts[run_command(script, json_array_get(list, i))]++;
    }
    return true;
}

bool script_run(struct runner *runner, const char *path) {
    json_error_t error;
    json_t *root = json_load_file(path, JSON_ALLOW_NUL, &error);
    if (root == nullptr) {
        fprintf(stderr, "copper spec: %s:%d: %s\n", path, error.line, error.text);
        return false;
    }
    const char *source = string_of(root, "source_filename");
    struct script script = {.runner = runner, .path = path, .source = source[0] ? source : path};
    bool good = run_commands(&script, root);
    if (!good) {
        fprintf(stderr, "copper spec: %s: no commands, or no memory\n", path);
    }
    finish(&script);
    json_decref(root);
    return good;
}
