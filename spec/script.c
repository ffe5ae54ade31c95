/* SPDX-License-Identifier: MIT */
/*
 * The commands of a script, each with one outcome. A module that is refused fails once: every
 * command that uses it is skipped.
 */
#include "runner.h"

#include <base/checked.h>

/* For "%.*s". */
#define TEXT(text) (int)(text).size, (text).bytes

static enum outcome fail_memory(struct script *script) {
    return script_fail(script, "the runner has no memory");
}

/* What an instance is called from now on. */
static enum outcome name_instance(struct script *script, struct text name,
                                  struct instance *instance, enum outcome outcome) {
    script->latest = instance;
    if (name.bytes != nullptr && !script_name(script, NAME_INSTANCE, name, instance, nullptr)) {
        return fail_memory(script);
    }
    return outcome;
}

static enum outcome instantiate(struct script *script, struct module *module, struct text name) {
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

static bool has_module(const struct command *command) {
    return command->module.bytes != nullptr;
}

static enum outcome fail_file(struct script *script, const struct command *command) {
    return script_fail(script, "no file %.*s", TEXT(command->other));
}

/* OUTCOME_PASSED: *out is the module; else it is NULL. */
static enum outcome load(struct script *script, const struct command *command,
                         struct module **out) {
    struct module_error error;
    *out = nullptr;
    if (!has_module(command)) {
        return fail_file(script, command);
    }
    status_t status = script_load(script, command->module, &error, out);
    if (status == ERR_NO_MEMORY) {
        return fail_memory(script);
    }
    return status == OK
               ? OUTCOME_PASSED
               : script_fail(script, "module refused: %s at %zu", error.text, error.offset);
}

static enum outcome run_module(struct script *script, const struct command *command) {
    struct module *module;
    enum outcome outcome = load(script, command, &module);
    return outcome != OUTCOME_PASSED ? name_instance(script, command->name, nullptr, outcome)
                                     : instantiate(script, module, command->name);
}

static enum outcome run_definition(struct script *script, const struct command *command) {
    enum outcome outcome = load(script, command, &script->latest_definition);
    if (command->name.bytes != nullptr &&
        !script_name(script, NAME_DEFINITION, command->name, nullptr, script->latest_definition)) {
        return fail_memory(script);
    }
    return outcome;
}

static enum outcome run_instance(struct script *script, const struct command *command) {
    struct module *module = script->latest_definition;
    if (command->other.bytes != nullptr) {
        const struct name *found = script_find(script, NAME_DEFINITION, command->other);
        if (found == nullptr) {
            return script_fail(script, "no definition %.*s", TEXT(command->other));
        }
        module = found->module;
    }
    if (module == nullptr) {
        return name_instance(script, command->name, nullptr, OUTCOME_SKIPPED);
    }
    return instantiate(script, module, command->name);
}

/* The instance of that name, else the latest. False: no such name. */
static bool find_instance(struct script *script, struct text text, struct instance **out) {
    *out = script->latest;
    if (text.bytes == nullptr) {
        return true;
    }
    const struct name *name = script_find(script, NAME_INSTANCE, text);
    *out = name != nullptr ? name->instance : nullptr;
    return name != nullptr;
}

static enum outcome run_register(struct script *script, const struct command *command) {
    struct instance *instance;
    if (!find_instance(script, command->name, &instance)) {
        return script_fail(script, "no module %.*s", TEXT(command->name));
    }
    if (!script_name(script, NAME_REGISTERED, command->other, instance, nullptr)) {
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

static enum outcome invoke(struct script *script, struct values arguments,
                           struct function *function, struct result *out) {
    uint64_t *values = script->runner->values;
    if (arguments.count != function->type->parameter_count) {
        return script_fail(script, "the function takes %u arguments",
                           function->type->parameter_count);
    }
    for (uint32_t i = 0; i < function->type->parameter_count; i++) {
        struct value value;
        if (!values_next(&arguments, &value) || value.kind != SPEC_EXACT) {
            return script_fail(script, "argument %u is not understood", i);
        }
        values[i] = value.bits;
    }
    *out = (struct result){runner_call(script->runner, function), function->type->result_count,
                           values};
    return OUTCOME_PASSED;
}

/* OUTCOME_PASSED: it was carried out. */
static enum outcome act(struct script *script, const struct command *command, struct result *out) {
    struct text field = command->action.field;
    struct instance *instance;
    struct external external;
    if (!find_instance(script, command->action.module, &instance)) {
        return script_fail(script, "no module %.*s", TEXT(command->action.module));
    }
    if (instance == nullptr) {
        return OUTCOME_SKIPPED;
    }
    if (instance_export(instance, field, &external) != OK) {
        return script_fail(script, "no export \"%.*s\"", TEXT(field));
    }
    if (command->action.kind == SPEC_INVOKE && external.kind == EXTERNAL_FUNCTION) {
        return invoke(script, command->action.arguments, external.function, out);
    }
    if (command->action.kind == SPEC_GET && external.kind == EXTERNAL_GLOBAL) {
        *out = (struct result){TRAP_NONE, 1, external.global.value};
        return OUTCOME_PASSED;
    }
    return script_fail(script, "export \"%.*s\" is of another kind", TEXT(field));
}

static enum outcome run_action(struct script *script, const struct command *command) {
    struct result result = {};
    enum outcome outcome = act(script, command, &result);
    if (outcome == OUTCOME_PASSED && result.trap != TRAP_NONE) {
        return script_fail(script, "trap: %s", trap_text(result.trap));
    }
    return outcome;
}

static enum outcome fail_value(struct script *script, struct values expected, uint32_t index,
                               uint64_t value) {
    struct value wanted = {SPEC_STRANGE, 0};
    (void)values_next(&expected, &wanted);
    return script_fail(script, "result %u is %llu (0x%llx), expected 0x%llx (kind %u)", index,
                       (unsigned long long)value, (unsigned long long)value,
                       (unsigned long long)wanted.bits, wanted.kind);
}

static enum outcome run_assert_return(struct script *script, const struct command *command) {
    struct result result = {};
    enum outcome outcome = act(script, command, &result);
    if (outcome != OUTCOME_PASSED) {
        return outcome;
    }
    if (result.trap != TRAP_NONE) {
        return script_fail(script, "trap: %s", trap_text(result.trap));
    }
    struct values expected = command->results;
    if (values_count(expected) != result.count) {
        return script_fail(script, "%u results, expected %u", result.count, values_count(expected));
    }
    for (uint32_t i = 0; i < result.count; i++) {
        struct values before = expected;
        if (!values_match(&expected, result.values[i])) {
            return fail_value(script, before, i, result.values[i]);
        }
    }
    return OUTCOME_PASSED;
}

/* Scripts may say more than the trap's text ("uninitialized element 2"), or less. */
static enum outcome check_trap(struct script *script, struct text expected, enum trap trap) {
    struct text text = text_of(trap_text(trap));
    size_t shorter = text.size < expected.size ? text.size : expected.size;
    if (trap == TRAP_NONE) {
        return script_fail(script, "no trap, expected: %.*s", TEXT(expected));
    }
    return memcmp(text.bytes, expected.size > 0 ? expected.bytes : text.bytes, shorter) == 0
               ? OUTCOME_PASSED
               : script_fail(script, "trap: %s, expected: %.*s", text.bytes, TEXT(expected));
}

static enum outcome check_trace(struct script *script, struct values expected) {
    constexpr size_t FRAMES = 64;
    struct frame frames[FRAMES];
    struct value function, offset;
    size_t found = context_trace(script->runner->config->context, frames, FRAMES);
    for (size_t i = 0; values_next(&expected, &function) && values_next(&expected, &offset); i++) {
        if (i >= found) {
            return script_fail(script, "trace of %zu frames, expected more", found);
        }
        if (frames[i].function != function.bits || frames[i].offset != offset.bits) {
            return script_fail(script, "frame %zu is function %u at 0x%x, expected %llu at 0x%llx",
                               i, frames[i].function, frames[i].offset,
                               (unsigned long long)function.bits, (unsigned long long)offset.bits);
        }
    }
    return OUTCOME_PASSED;
}

static enum outcome run_assert_trap(struct script *script, const struct command *command) {
    struct result result = {};
    enum outcome outcome = act(script, command, &result);
    if (outcome == OUTCOME_PASSED) {
        outcome = check_trap(script, command->expected, result.trap);
    }
    return outcome == OUTCOME_PASSED ? check_trace(script, command->trace) : outcome;
}

/* A module that must be refused; `malformed`: already by its form. */
static enum outcome check_refused(struct script *script, const struct command *command,
                                  bool malformed) {
    struct module *module;
    struct module_error error;
    if (!has_module(command)) {
        return fail_file(script, command);
    }
    status_t status = script_load(script, command->module, &error, &module);
    if (status == OK) {
        return script_fail(script, "module accepted, expected: %.*s", TEXT(command->expected));
    }
    if (status != ERR_CORRUPT) {
        return script_fail(script, "module not looked at: %s", status_text(status));
    }
    return malformed && error.invalid
               ? script_fail(script, "module invalid (%s), expected malformed: %.*s", error.text,
                             TEXT(command->expected))
               : OUTCOME_PASSED;
}

static enum outcome run_assert_malformed(struct script *script, const struct command *command) {
    return check_refused(script, command, true);
}

static enum outcome run_assert_invalid(struct script *script, const struct command *command) {
    return check_refused(script, command, false);
}

/* Loads and instantiates a module that must fail one way or another. OUTCOME_PASSED: it was tried.
 */
static enum outcome try_instance(struct script *script, const struct command *command,
                                 status_t *status, enum trap *trap) {
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

static enum outcome run_assert_unlinkable(struct script *script, const struct command *command) {
    status_t status = OK;
    enum trap trap = TRAP_NONE;
    enum outcome outcome = try_instance(script, command, &status, &trap);
    if (outcome == OUTCOME_PASSED && status != ERR_NOT_FOUND) {
        return script_fail(script, "module links, expected: %.*s", TEXT(command->expected));
    }
    return outcome;
}

static enum outcome run_assert_uninstantiable(struct script *script,
                                              const struct command *command) {
    status_t status = OK;
    enum trap trap = TRAP_NONE;
    enum outcome outcome = try_instance(script, command, &status, &trap);
    if (outcome != OUTCOME_PASSED) {
        return outcome;
    }
    return status == OK
               ? check_trap(script, command->expected, trap)
               : script_fail(script, "module cannot be instantiated: %s", status_text(status));
}

static enum outcome skip(struct script *script, const struct command *command) {
    return OUTCOME_SKIPPED;
}

static enum outcome refuse(struct script *script, const struct command *command) {
    return script_fail(script, "unknown command \"%.*s\"", TEXT(command->other));
}

static enum outcome (*const commands[])(struct script *script, const struct command *command) = {
    [SPEC_MODULE] = run_module,
    [SPEC_DEFINITION] = run_definition,
    [SPEC_INSTANCE] = run_instance,
    [SPEC_REGISTER] = run_register,
    [SPEC_ACTION] = run_action,
    [SPEC_RETURN] = run_assert_return,
    [SPEC_TRAP] = run_assert_trap,
    [SPEC_MALFORMED] = run_assert_malformed,
    [SPEC_INVALID] = run_assert_invalid,
    [SPEC_UNLINKABLE] = run_assert_unlinkable,
    [SPEC_UNINSTANTIABLE] = run_assert_uninstantiable,
    [SPEC_SKIP] = skip,
    [SPEC_UNKNOWN] = refuse,
};

enum outcome script_run(struct script *script, const struct command *command) {
    return commands[command->kind](script, command);
}
