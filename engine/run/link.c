/* SPDX-License-Identifier: MIT */
/*
 * Linking: each import gets what the resolver finds, if it matches (specification 4.5.3 and 4.5.4).
 * All that is wrong is told before it fails, so that a person sees the whole list at once.
 */
#include <engine/private.h>

static bool limits_match(const struct limits *wanted, uint32_t size, uint32_t maximum,
                         bool has_maximum) {
    return size >= wanted->minimum &&
           (!wanted->has_maximum || (has_maximum && maximum <= wanted->maximum));
}

/* Each says what does not match, or NULL and stores the import where code finds it. */
typedef const char *binder(struct instance *instance, uint32_t index,
                           const struct external *external);

static const char *bind_function(struct instance *instance, uint32_t index,
                                 const struct external *external) {
    const struct module *module = instance->module;
    if (external->function->type != module_function_type(module, index)) {
        return "a function of another type";
    }
    struct function **imports = (struct function **)(instance->base - module->layout->imports);
    imports[index] = external->function;
    instance_header(instance)->functions[index] = external->function;
    return nullptr;
}

static const char *bind_table(struct instance *instance, uint32_t index,
                              const struct external *external) {
    const struct table_type *wanted = &instance->module->tables[index];
    struct table *table = external->table;
    if (table->type != wanted->element) {
        return "a table of another element type";
    }
    if (!limits_match(&wanted->limits, table->size, table->maximum, table->has_maximum)) {
        return "a table whose limits do not match";
    }
    instance->tables[index] = table;
    return nullptr;
}

static const char *bind_memory(struct instance *instance, uint32_t index,
                               const struct external *external) {
    const struct module *module = instance->module;
    struct memory *memory = external->memory;
    if (!limits_match(&module->memories[index].limits, memory->pages, memory->maximum,
                      memory->has_maximum)) {
        return "a memory whose limits do not match";
    }
    uint8_t **bases = (uint8_t **)(instance->base - module->layout->memory_bases);
    instance->memories[index] = memory;
    bases[index] = memory->base;
    return nullptr;
}

static const char *bind_global(struct instance *instance, uint32_t index,
                               const struct external *external) {
    const struct module *module = instance->module;
    const struct global_type *wanted = &module->globals[index].type;
    if (external->global.type.type != wanted->type) {
        return "a global of another type";
    }
    if (external->global.type.mutable != wanted->mutable) {
        return wanted->mutable ? "a global that is immutable" : "a global that is mutable";
    }
    uint64_t **globals = (uint64_t **)(instance->base - module->layout->globals);
    globals[index] = external->global.value;
    return nullptr;
}

static const char *bind(struct instance *instance, const struct import *import,
                        const struct external *external) {
    static binder *const binders[] = {
        [EXTERNAL_FUNCTION] = bind_function,
        [EXTERNAL_TABLE] = bind_table,
        [EXTERNAL_MEMORY] = bind_memory,
        [EXTERNAL_GLOBAL] = bind_global,
    };
    if (external->kind != import->kind) {
        return "something of another kind";
    }
    return binders[import->kind](instance, import->index, external);
}

status_t instance_link(struct instance *instance, import_resolver *resolve,
                       import_complaint *complain, void *data) {
    const struct module *module = instance->module;
    status_t result = OK;
    for (uint32_t i = 0; i < module->import_count; i++) {
        const struct import *import = &module->imports[i];
        struct external external;
        status_t status = resolve(data, module, import, &external);
        if (status != OK && status != ERR_NOT_FOUND) {
            return status;
        }
        const char *why = status == OK ? bind(instance, import, &external) : "nothing";
        if (why != nullptr) {
            complain(data, module, import, why);
            result = ERR_NOT_FOUND;
        }
    }
    return result;
}
