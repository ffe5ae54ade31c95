/* SPDX-License-Identifier: MIT */
/*
 * Instances: one region holds the instance data below the base and memory 0 from it (instance.h).
 *
 *   region             base - data_size      base              base + memory 0's reserved_size
 *   | not accessible,  | instance data       | memory 0 ...    | not accessible |
 *   | < 64 KiB         |                     |                 |                |
 *
 * The other defined memories have regions of their own. Everything else that belongs to an instance
 * is in its pool. Function objects are made when first asked for and live as long as the instance.
 */
#include <base/checked.h>
#include <engine/private.h>

static size_t data_reserved(const struct module *module) {
    return align_up(module->layout->data_size, PAGE_SIZE_WASM);
}

/* What memory 0 takes from the base up. */
static size_t reserved_at_base(const struct instance *instance) {
    const struct module *module = instance->module;
    return module->layout->memory_at_base
               ? memory_reservation(instance->engine, &module->memories[0], module->memory_mode)
               : 0;
}

/* With the instance data and what memory 0 has at first. */
static status_t create_region(struct instance_record *record) {
    struct instance *instance = &record->instance;
    const struct module *module = instance->module;
    const struct instance_layout *layout = module->layout;
    size_t below = data_reserved(module), above = reserved_at_base(instance);
    size_t minimum =
        layout->memory_at_base ? (size_t)module->memories[0].limits.minimum * PAGE_SIZE_WASM : 0;
    if (minimum > above) {
        return ERR_NO_MEMORY;
    }
    status_t status = region_take(instance->engine, below + above, below - layout->data_size,
                                  below + minimum, &record->region);
    if (status == OK) {
        instance->base = record->region.base + below;
    }
    return status;
}

static status_t create_header(struct instance_record *record) {
    struct instance *instance = &record->instance;
    const struct module *module = instance->module;
    struct function **functions =
        pool_allocate(&record->pool, module->function_count, sizeof *functions);
    if (functions == nullptr) {
        return ERR_NO_MEMORY;
    }
    *instance_header(instance) = (struct instance_header){
        .types = module->types,
        .functions = functions,
        .slots = module->slots,
        .instance = instance,
        .context = instance->context,
    };
    return OK;
}

static status_t create_memory(struct instance *instance, uint32_t index) {
    const struct module *module = instance->module;
    const struct memory_type *type = &module->memories[index];
    struct memory *memory = &instance->own_memories[index - module->imported_memories];
    uint8_t **bases = (uint8_t **)(instance->base - module->layout->memory_bases);
    status_t status = index == 0
                          ? memory_init(memory, type, instance->base, reserved_at_base(instance))
                          : memory_reserve(instance->engine, type, module->memory_mode, memory);
    instance->memories[index] = memory;
    bases[index] = memory->base;
    return status;
}

static status_t create_memories(struct instance_record *record) {
    struct instance *instance = &record->instance;
    const struct module *module = instance->module;
    const struct instance_layout *layout = module->layout;
    instance->memories = (struct memory **)(instance->base - layout->memories);
    instance->own_memories = (struct memory *)(instance->base - layout->own_memories);
    for (uint32_t i = module->imported_memories; i < module->memory_count; i++) {
        status_t status = create_memory(instance, i);
        if (status != OK) {
            return status;
        }
    }
    return OK;
}

/* Memory 0 goes with the region, where it is the instance's own. */
static void destroy_memories(struct instance *instance) {
    const struct module *module = instance->module;
    uint32_t first = module->imported_memories;
    for (uint32_t i = first > 0 ? first : 1; i < module->memory_count; i++) {
        memory_fini(&instance->own_memories[i - first]);
    }
}

/* Of the tables that it defines: all of them together must not be more than one may be. */
static bool tables_fit(const struct module *module) {
    uint64_t elements = 0;
    for (uint32_t i = module->imported_tables; i < module->table_count; i++) {
        elements += module->tables[i].limits.minimum;
    }
    return elements <= LIMIT_TABLE_ELEMENTS;
}

static status_t create_tables(struct instance_record *record) {
    struct instance *instance = &record->instance;
    const struct module *module = instance->module;
    uint32_t count = module->table_count - module->imported_tables;
    instance->tables = (struct table **)(instance->base - module->layout->tables);
    instance->own_tables = pool_allocate(&record->pool, count, sizeof *instance->own_tables);
    if (instance->own_tables == nullptr || !tables_fit(module)) {
        return ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = module->imported_tables + i;
        uint32_t place = module->layout->inline_tables[index];
        uint64_t *inlined = place != 0 ? (uint64_t *)(instance->base - place) : nullptr;
        status_t status = table_init(&instance->own_tables[i], &module->tables[index], inlined);
        if (status != OK) {
            return status;
        }
        instance->tables[index] = &instance->own_tables[i];
    }
    return OK;
}

static status_t create_sets(struct instance_record *record) {
    struct instance *instance = &record->instance;
    instance->dropped_elements =
        pool_allocate(&record->pool, instance->module->element_count / 64 + 1, sizeof(uint64_t));
    instance->dropped_datas =
        pool_allocate(&record->pool, instance->module->data_count / 64 + 1, sizeof(uint64_t));
    bool good = instance->dropped_elements != nullptr && instance->dropped_datas != nullptr;
    return good ? OK : ERR_NO_MEMORY;
}

static status_t build(struct instance_record *record) {
    status_t status = create_region(record);
    status = status != OK ? status : create_header(record);
    status = status != OK ? status : create_memories(record);
    status = status != OK ? status : create_tables(record);
    return status != OK ? status : create_sets(record);
}

status_t instance_create(struct module *module, struct context *context, struct instance **out) {
    struct instance_record *record = port_allocate(sizeof *record);
    if (record == nullptr) {
        return ERR_NO_MEMORY;
    }
    *record = (struct instance_record){
        .instance = {.module = module, .engine = module->engine, .context = context}};
    status_t status = build(record);
    if (status != OK) {
        instance_destroy(&record->instance);
        return status;
    }
    *out = &record->instance;
    return OK;
}

static bool has_grown(const struct instance_record *record) {
    const struct instance *instance = &record->instance;
    return instance->module->layout->memory_at_base && instance->own_memories != nullptr &&
           instance->base + instance->own_memories[0].size >
               record->region.base + record->region.to;
}

void instance_destroy(struct instance *instance) {
    struct instance_record *record = (struct instance_record *)instance;
    const struct module *module = instance->module;
    if (instance->own_tables != nullptr) {
        for (uint32_t i = module->imported_tables; i < module->table_count; i++) {
            table_fini(&instance->own_tables[i - module->imported_tables]);
        }
    }
    if (instance->own_memories != nullptr) {
        destroy_memories(instance);
    }
    if (instance->base != nullptr) {
        region_give(instance->engine, &record->region, !has_grown(record));
    }
    pool_destroy(&record->pool);
    port_release(record, sizeof *record);
}

uint64_t *instance_global(const struct instance *instance, uint32_t index) {
    const struct module *module = instance->module;
    uint64_t *word = (uint64_t *)(instance->base - layout_entry(module->layout->globals, index));
    return index < module->imported_globals ? (uint64_t *)*word : word;
}

static struct function *function_create(struct instance *instance, uint32_t index) {
    const struct module *module = instance->module;
    struct instance_record *record = (struct instance_record *)instance;
    struct function *function = pool_allocate(&record->pool, 1, sizeof *function);
    if (function != nullptr) {
        *function = (struct function){
            .type = module_function_type(module, index),
            .slot = &module->slots[index - module->imported_functions],
            .base = instance->base,
            .instance = instance,
            .index = index,
        };
    }
    return function;
}

struct function *instance_function(struct instance *instance, uint32_t index) {
    struct function **place = &instance_header(instance)->functions[index];
    if (*place == nullptr) {
        *place = function_create(instance, index);
    }
    return *place;
}

struct function *instance_start(struct instance *instance) {
    const struct module *module = instance->module;
    return module->has_start ? instance_function(instance, module->start_function) : nullptr;
}

/* What is exported may be an import that has not been linked yet: then there is nothing to export.
 */
static bool export_exists(const struct instance *instance, const struct export *export) {
    const struct module *module = instance->module;
    uint32_t index = export->index;
    switch (export->kind) {
    case EXTERNAL_FUNCTION:
        return index >= module->imported_functions ||
               instance_header(instance)->functions[index] != nullptr;
    case EXTERNAL_TABLE:
        return instance->tables[index] != nullptr;
    case EXTERNAL_MEMORY:
        return instance->memories[index] != nullptr;
    case EXTERNAL_GLOBAL:
        return index >= module->imported_globals || instance_global(instance, index) != nullptr;
    }
    return false;
}

status_t instance_export(struct instance *instance, struct text name, struct external *out) {
    const struct export *export = module_export_find(instance->module, name);
    if (export == nullptr || !export_exists(instance, export)) {
        return ERR_NOT_FOUND;
    }
    *out = (struct external){.kind = export->kind};
    switch (export->kind) {
    case EXTERNAL_FUNCTION:
        out->function = instance_function(instance, export->index);
        return out->function != nullptr ? OK : ERR_NO_MEMORY;
    case EXTERNAL_TABLE:
        out->table = instance->tables[export->index];
        return OK;
    case EXTERNAL_MEMORY:
        out->memory = instance->memories[export->index];
        return OK;
    case EXTERNAL_GLOBAL:
        out->global.value = instance_global(instance, export->index);
        out->global.type = instance->module->globals[export->index].type;
        return OK;
    }
    return ERR_NOT_FOUND;
}
