/* SPDX-License-Identifier: MIT */
/*
 * The sections before code (specification 5.5.3 to 5.5.11). Index spaces start with the imports:
 * the import section fills their first part, the section that defines the rest extends the array.
 */
#include "decoder.h"

bool read_custom_section(struct decoder *decoder) {
    struct text name;
    if (!read_name(decoder, &name)) {
        return false;
    }
    struct bytes_range *range = &decoder->module->name_section;
    if (text_equal(name, text_of("name")) && range->size == 0) {
        *range = (struct bytes_range){(uint32_t)bytes_offset(&decoder->bytes),
                                      (uint32_t)bytes_left(&decoder->bytes)};
    }
    return bytes_skip(&decoder->bytes, bytes_left(&decoder->bytes));
}

/* Value types are one byte each, in the bytes as in memory, so the vector is used where it is. */
static bool read_types(struct decoder *decoder, uint32_t limit, uint32_t *count,
                       const enum value_type **types) {
    static_assert(sizeof(enum value_type) == 1);
    if (!read_u32(decoder, count)) {
        return false;
    }
    if (*count > limit) {
        return decoder_fail(decoder, "more values than this implementation allows");
    }
    *types = (const enum value_type *)decoder->bytes.at;
    enum value_type type;
    for (uint32_t i = 0; i < *count; i++) {
        if (!read_value_type(decoder, &type)) {
            return false;
        }
    }
    return true;
}

static bool read_function_type(struct decoder *decoder, void *item) {
    const struct function_type **out = item;
    uint8_t form;
    uint32_t parameter_count = 0, result_count = 0;
    const enum value_type *parameters = nullptr, *results = nullptr;
    if (!read_byte(decoder, &form)) {
        return false;
    }
    if (form != 0x60) {
        return decoder_fail(decoder, "malformed function type");
    }
    if (!read_types(decoder, LIMIT_PARAMETERS, &parameter_count, &parameters) ||
        !read_types(decoder, LIMIT_RESULTS, &result_count, &results)) {
        return false;
    }
    *out = engine_type_intern(decoder->module->engine, parameter_count, parameters, result_count,
                              results);
    return *out != nullptr || decoder_fail_memory(decoder);
}

bool read_type_section(struct decoder *decoder) {
    static const struct vector types = {LIMIT_TYPES, 3, sizeof(void *), read_function_type};
    struct module *module = decoder->module;
    return read_items(decoder, &types, &module->types, &module->type_count);
}

/* The array of an index space, made when the first import goes there: all that are left may follow.
 */
static void *open_space(struct decoder *decoder, const void *space, size_t size) {
    return space != nullptr ? (void *)(uintptr_t)space
                            : decoder_allocate(decoder, decoder->left, size);
}

static bool read_imported_function(struct decoder *decoder, uint32_t *index) {
    struct module *module = decoder->module;
    uint32_t *space = open_space(decoder, module->function_types, sizeof *space);
    module->function_types = space;
    *index = module->function_count++;
    module->imported_functions++;
    return space != nullptr && read_u32(decoder, &space[*index]);
}

static bool read_imported_table(struct decoder *decoder, uint32_t *index) {
    struct module *module = decoder->module;
    struct table_type *space = open_space(decoder, module->tables, sizeof *space);
    module->tables = space;
    *index = module->table_count++;
    module->imported_tables++;
    return space != nullptr && read_table_type(decoder, &space[*index]);
}

static bool read_imported_memory(struct decoder *decoder, uint32_t *index) {
    struct module *module = decoder->module;
    struct memory_type *space = open_space(decoder, module->memories, sizeof *space);
    module->memories = space;
    *index = module->memory_count++;
    module->imported_memories++;
    return space != nullptr && read_memory_type(decoder, &space[*index]);
}

static bool read_imported_global(struct decoder *decoder, uint32_t *index) {
    struct module *module = decoder->module;
    struct global *space = open_space(decoder, module->globals, sizeof *space);
    module->globals = space;
    *index = module->global_count++;
    module->imported_globals++;
    return space != nullptr && read_global_type(decoder, &space[*index].type);
}

static bool read_import(struct decoder *decoder, void *item) {
    static bool (*const readers[])(struct decoder *, uint32_t *) = {
        [EXTERNAL_FUNCTION] = read_imported_function,
        [EXTERNAL_TABLE] = read_imported_table,
        [EXTERNAL_MEMORY] = read_imported_memory,
        [EXTERNAL_GLOBAL] = read_imported_global,
    };
    struct import *out = item;
    uint8_t kind;
    if (!read_name(decoder, &out->module) || !read_name(decoder, &out->name) ||
        !read_byte(decoder, &kind)) {
        return false;
    }
    if (kind > EXTERNAL_GLOBAL) {
        return decoder_fail(decoder, "malformed import kind");
    }
    out->kind = (enum external_kind)kind;
    return readers[kind](decoder, &out->index);
}

bool read_import_section(struct decoder *decoder) {
    static const struct vector imports = {LIMIT_IMPORTS, 4, sizeof(struct import), read_import};
    struct module *module = decoder->module;
    return read_items(decoder, &imports, &module->imports, &module->import_count);
}

static bool read_function(struct decoder *decoder, void *item) {
    return read_u32(decoder, item);
}

bool read_function_section(struct decoder *decoder) {
    static const struct vector functions = {LIMIT_FUNCTIONS, 1, sizeof(uint32_t), read_function};
    struct module *module = decoder->module;
    return read_items(decoder, &functions, &module->function_types, &module->function_count);
}

static bool read_table(struct decoder *decoder, void *item) {
    return read_table_type(decoder, item);
}

bool read_table_section(struct decoder *decoder) {
    static const struct vector tables = {LIMIT_TABLES, 3, sizeof(struct table_type), read_table};
    struct module *module = decoder->module;
    return read_items(decoder, &tables, &module->tables, &module->table_count);
}

static bool read_memory(struct decoder *decoder, void *item) {
    return read_memory_type(decoder, item);
}

/* How many there may be is for validation to say. */
bool read_memory_section(struct decoder *decoder) {
    static const struct vector memories = {UINT32_MAX, 2, sizeof(struct memory_type), read_memory};
    struct module *module = decoder->module;
    return read_items(decoder, &memories, &module->memories, &module->memory_count);
}

static bool read_global(struct decoder *decoder, void *item) {
    struct global *out = item;
    return read_global_type(decoder, &out->type) && read_constant(decoder, &out->initial);
}

bool read_global_section(struct decoder *decoder) {
    static const struct vector globals = {LIMIT_GLOBALS, 4, sizeof(struct global), read_global};
    struct module *module = decoder->module;
    return read_items(decoder, &globals, &module->globals, &module->global_count);
}

static bool read_export(struct decoder *decoder, void *item) {
    struct export *out = item;
    uint8_t kind;
    if (!read_name(decoder, &out->name) || !read_byte(decoder, &kind)) {
        return false;
    }
    if (kind > EXTERNAL_GLOBAL) {
        return decoder_fail(decoder, "malformed export kind");
    }
    out->kind = (enum external_kind)kind;
    return read_u32(decoder, &out->index);
}

bool read_export_section(struct decoder *decoder) {
    static const struct vector exports = {LIMIT_EXPORTS, 3, sizeof(struct export), read_export};
    struct module *module = decoder->module;
    return read_items(decoder, &exports, &module->exports, &module->export_count);
}

bool read_start_section(struct decoder *decoder) {
    decoder->module->has_start = true;
    return read_u32(decoder, &decoder->module->start_function);
}
