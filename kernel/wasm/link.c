/* SPDX-License-Identifier: MIT */
/*
 * Where imports come from: "copper" is the gates; "guest", for adapters only, the copy calls; any
 * other module is the adapter of that name. Everything that is wrong is told, `module.name: why`,
 * before anything runs.
 */
#include "unit.h"
#include <kernel/port.h>

static struct unit *find_adapter(struct program *program, struct text name) {
    for (size_t i = 1; i < program->unit_count; i++) {
        if (text_equal(name, text_of(program->units[i].name))) {
            return &program->units[i];
        }
    }
    return nullptr;
}

static status_t find(struct unit *unit, const struct import *import, struct external *out) {
    struct program *program = unit->program;
    out->kind = EXTERNAL_FUNCTION;
    if (text_equal(import->module, text_of("copper"))) {
        return unit_gate(unit, import->name, &out->function);
    }
    bool is_adapter = unit != &program->units[0];
    if (is_adapter && text_equal(import->module, text_of("guest"))) {
        return unit_copy_call(unit, import->name, &out->function);
    }
    struct unit *adapter = find_adapter(program, import->module);
    return adapter != nullptr && adapter != unit
               ? instance_export(adapter->instance, import->name, out)
               : ERR_NOT_FOUND;
}

static bool function_fits(const struct unit *unit, const struct import *import,
                          const struct external *external) {
    return external->kind == EXTERNAL_FUNCTION &&
           external->function->type == module_function_type(unit->module, import->index);
}

static status_t resolve(void *data, const struct module *module, const struct import *import,
                        struct external *out) {
    struct unit *unit = data;
    status_t status = find(unit, import, out);
    bool may_trap = unit->program->plan.trap_unknown_imports && import->kind == EXTERNAL_FUNCTION;
    bool missing =
        status == ERR_NOT_FOUND || (status == OK && may_trap && !function_fits(unit, import, out));
    if (!missing || !may_trap) {
        return status;
    }
    out->kind = EXTERNAL_FUNCTION;
    status = unit_unknown(unit, import, &out->function);
    return status == ERR_NOT_SUPPORTED ? ERR_NOT_FOUND : status;
}

static void complain(void *data, const struct module *module, const struct import *import,
                     const char *why) {
    const struct unit *unit = data;
    bool nothing = text_equal(text_of(why), text_of("nothing"));
    program_complain(unit->program, "%.*s.%.*s: %s%s", (int)import->module.size,
                     import->module.bytes, (int)import->name.size, import->name.bytes,
                     nothing ? "nothing provides it" : "what provides it is ", nothing ? "" : why);
}

/* Adapters first, so that they can hand on what they import. */
status_t program_link(struct program *program) {
    status_t result = OK;
    for (size_t i = program->unit_count; i-- > 0;) {
        struct unit *unit = &program->units[i];
        status_t status = instance_link(unit->instance, resolve, complain, unit);
        if (status != OK && status != ERR_NOT_FOUND) {
            program_complain(program, "%s: cannot link: %s", unit->name, status_text(status));
            return status;
        }
        result = status != OK ? status : result;
    }
    return result;
}
