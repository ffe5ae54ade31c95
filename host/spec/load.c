/* SPDX-License-Identifier: MIT */
/* Modules and instances of a script, and the names it gives them. */
#include "runner.h"

#include <engine/port.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct text json_text(const json_t *string) {
    return json_is_string(string)
               ? (struct text){json_string_value(string), json_string_length(string)}
               : (struct text){"", 0};
}

/* `file` in the folder of `path`. */
static FILE *open_beside(const char *path, const char *file) {
    const char *slash = strrchr(path, '/');
    int folder = slash != nullptr ? (int)(slash - path) + 1 : 0;
    char *whole;
    if (asprintf(&whole, "%.*s%s", folder, path, file) < 0) {
        return nullptr;
    }
    FILE *stream = fopen(whole, "rb");
    free(whole);
    return stream;
}

static uint8_t *read_all(FILE *stream, size_t *size) {
    struct stat facts;
    if (fstat(fileno(stream), &facts) != 0) {
        return nullptr;
    }
    *size = (size_t)facts.st_size;
    uint8_t *bytes = malloc(*size + 1);
    if (bytes != nullptr && fread(bytes, 1, *size, stream) != *size) {
        free(bytes);
        return nullptr;
    }
    return bytes;
}

static uint8_t *read_file(const struct script *script, const json_t *command, size_t *size) {
    const char *file = json_string_value(json_object_get(command, "filename"));
    FILE *stream = file != nullptr ? open_beside(script->path, file) : nullptr;
    if (stream == nullptr) {
        return nullptr;
    }
    uint8_t *bytes = read_all(stream, size);
    (void)fclose(stream);
    return bytes;
}

status_t script_load(struct script *script, const json_t *command, struct module_error *error,
                     struct module **out) {
    size_t size;
    uint8_t *bytes = read_file(script, command, &size);
    struct loaded *loaded = malloc(sizeof *loaded);
    status_t status = bytes == nullptr ? ERR_NOT_FOUND : ERR_NO_MEMORY;
    if (bytes != nullptr && loaded != nullptr) {
        status = module_create(script->runner->engine, bytes, size, script->runner->memory_mode,
                               error, out);
    }
    if (status != OK) {
        free(bytes);
        free(loaded);
        return status;
    }
    *loaded = (struct loaded){script->modules, *out, bytes};
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
    port_context_set(runner->context);
    enum trap trap = context_enter(runner->context, function, runner->values);
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
    struct running *running = malloc(sizeof *running);
    if (running == nullptr) {
        return ERR_NO_MEMORY;
    }
    status_t status = instance_create(module, script->runner->context, out);
    if (status != OK) {
        free(running);
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
    struct name *name = malloc(sizeof *name);
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
