/* SPDX-License-Identifier: MIT */
/* Modules and instances of a script, and the names it gives them. */
#include "runner.h"

#include <engine/port.h>

status_t script_load(struct script *script, struct text bytes, struct module_error *error,
                     struct module **out) {
    const struct spec_config *config = script->runner->config;
    struct loaded *loaded = port_allocate(sizeof *loaded);
    if (loaded == nullptr) {
        return ERR_NO_MEMORY;
    }
    status_t status = module_create(config->engine, (const uint8_t *)bytes.bytes, bytes.size,
                                    config->memory_mode, error, out);
    if (status != OK) {
        port_release(loaded, sizeof *loaded);
        return status;
    }
    *loaded = (struct loaded){script->modules, *out};
    script->modules = loaded;
    return OK;
}

static status_t resolve(void *data, const struct module *module, const struct import *import,
                        struct external *out) {
    struct script *script = data;
    const struct name *name = script_find(script, NAME_REGISTERED, import->module);
    if (name == nullptr) {
        return text_equal(import->module, text_of("spectest"))
                   ? spectest_find(script->spectest, import->name, out)
                   : ERR_NOT_FOUND;
    }
    if (name->instance == nullptr) {
        script->missing = true;
        return ERR_NOT_FOUND;
    }
    return instance_export(name->instance, import->name, out);
}

static void complain(void *data, const struct module *module, const struct import *import,
                     const char *why) {
}

enum trap runner_call(struct runner *runner, struct function *function) {
    port_context_set(runner->config->context);
    enum trap trap = context_enter(runner->config->context, function, runner->values);
    port_context_set(nullptr);
    return trap;
}

static enum trap start(struct runner *runner, struct instance *instance) {
    enum trap trap = instance_initialize(instance);
    struct function *function = instance_start(instance);
    return trap == TRAP_NONE && function != nullptr ? runner_call(runner, function) : trap;
}

status_t script_instantiate(struct script *script, struct module *module, struct instance **out,
                            enum trap *trap) {
    struct running *running = port_allocate(sizeof *running);
    if (running == nullptr) {
        return ERR_NO_MEMORY;
    }
    status_t status = instance_create(module, script->runner->config->context, out);
    if (status != OK) {
        port_release(running, sizeof *running);
        return status;
    }
    *running = (struct running){script->instances, *out};
    script->instances = running;
    script->missing = false;
    status = instance_link(*out, resolve, complain, script);
    if (status == OK) {
        *trap = start(script->runner, *out);
    }
    return status;
}

bool script_name(struct script *script, enum name_kind kind, struct text text,
                 struct instance *instance, struct module *module) {
    struct name *name = port_allocate(sizeof *name);
    if (name == nullptr) {
        return false;
    }
    *name = (struct name){script->names, text, kind, instance, module};
    script->names = name;
    return true;
}

const struct name *script_find(const struct script *script, enum name_kind kind, struct text text) {
    const struct name *name = script->names;
    while (name != nullptr && !(name->kind == kind && text_equal(name->text, text))) {
        name = name->next;
    }
    return name;
}

/* Instances go before modules: code of the one may be in tables of another. */
void script_unload(struct script *script) {
    while (script->instances != nullptr) {
        struct running *running = script->instances;
        script->instances = running->next;
        instance_destroy(running->instance);
        port_release(running, sizeof *running);
    }
    while (script->modules != nullptr) {
        struct loaded *loaded = script->modules;
        script->modules = loaded->next;
        module_destroy(loaded->module);
        port_release(loaded, sizeof *loaded);
    }
    while (script->names != nullptr) {
        struct name *name = script->names;
        script->names = name->next;
        port_release(name, sizeof *name);
    }
    if (script->spectest != nullptr) {
        spectest_destroy(script->spectest);
    }
}
