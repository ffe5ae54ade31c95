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
    if (!read_count(decoder, limit, 1, count)) {
        return false;
    }
    static_assert(sizeof(enum value_type) == 1);
    *types = (const enum value_type *)decoder->bytes.at;
    enum value_type type;
    for (uint32_t i = 0; i < *count; i++) {
        if (!read_value_type(decoder, &type)) {
            return false;
        }
    }
    return true;
}

static bool read_function_type(struct decoder *decoder, const struct function_type **out) {
    uint8_t form;
    uint32_t parameter_count, result_count;
    const enum value_type *parameters, *results;
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
    uint32_t count;
    if (!read_count(decoder, LIMIT_TYPES, 3, &count)) {
        return false;
    }
    const struct function_type **types = decoder_allocate(decoder, count, sizeof(void *));
    if (types == nullptr) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!read_function_type(decoder, &types[i])) {
            return false;
        }
    }
    decoder->module->types = types;
    decoder->module->type_count = count;
    return true;
}

/* The array of an index space, made when the first import goes there; `left` imports may follow. */
static void *open_space(struct decoder *decoder, const void *space, uint32_t left, size_t size) {
    return space != nullptr ? (void *)(uintptr_t)space : decoder_allocate(decoder, left, size);
}

static bool read_imported_function(struct decoder *decoder, uint32_t left, uint32_t *index) {
    struct module *module = decoder->module;
    uint32_t *space = open_space(decoder, module->function_types, left, sizeof *space);
    module->function_types = space;
    *index = module->function_count++;
    module->imported_functions++;
    return space != nullptr && read_u32(decoder, &space[*index]);
}

static bool read_imported_table(struct decoder *decoder, uint32_t left, uint32_t *index) {
    struct module *module = decoder->module;
    struct table_type *space = open_space(decoder, module->tables, left, sizeof *space);
    module->tables = space;
    *index = module->table_count++;
    module->imported_tables++;
    return space != nullptr && read_table_type(decoder, &space[*index]);
}

static bool read_imported_memory(struct decoder *decoder, uint32_t left, uint32_t *index) {
    struct module *module = decoder->module;
    struct memory_type *space = open_space(decoder, module->memories, left, sizeof *space);
    module->memories = space;
    *index = module->memory_count++;
    module->imported_memories++;
    return space != nullptr && read_memory_type(decoder, &space[*index]);
}

static bool read_imported_global(struct decoder *decoder, uint32_t left, uint32_t *index) {
    struct module *module = decoder->module;
    struct global *space = open_space(decoder, module->globals, left, sizeof *space);
    module->globals = space;
    *index = module->global_count++;
    module->imported_globals++;
    return space != nullptr && read_global_type(decoder, &space[*index].type);
}

static bool read_import(struct decoder *decoder, uint32_t left, struct import *out) {
    static bool (*const readers[])(struct decoder *, uint32_t, uint32_t *) = {
        [EXTERNAL_FUNCTION] = read_imported_function,
        [EXTERNAL_TABLE] = read_imported_table,
        [EXTERNAL_MEMORY] = read_imported_memory,
        [EXTERNAL_GLOBAL] = read_imported_global,
    };
    uint8_t kind;
    if (!read_name(decoder, &out->module) || !read_name(decoder, &out->name) ||
        !read_byte(decoder, &kind)) {
        return false;
    }
    if (kind > EXTERNAL_GLOBAL) {
        return decoder_fail(decoder, "malformed import kind");
    }
    out->kind = (enum external_kind)kind;
    return readers[kind](decoder, left, &out->index);
}

bool read_import_section(struct decoder *decoder) {
    uint32_t count;
    if (!read_count(decoder, LIMIT_IMPORTS, 4, &count)) {
        return false;
    }
    struct import *imports = decoder_allocate(decoder, count, sizeof *imports);
    if (imports == nullptr) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!read_import(decoder, count - i, &imports[i])) {
            return false;
        }
    }
    decoder->module->imports = imports;
    decoder->module->import_count = count;
    return true;
}

bool read_function_section(struct decoder *decoder) {
    struct module *module = decoder->module;
    uint32_t count;
    if (!read_count(decoder, LIMIT_FUNCTIONS, 1, &count)) {
        return false;
    }
    uint32_t *types = decoder_extend(decoder, module->function_types, module->function_count, count,
                                     sizeof *types);
    if (types == nullptr) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!read_u32(decoder, &types[module->function_count + i])) {
            return false;
        }
    }
    module->function_types = types;
    module->function_count += count;
    decoder->defined_count = count;
    return true;
}

bool read_table_section(struct decoder *decoder) {
    struct module *module = decoder->module;
    uint32_t count;
    if (!read_count(decoder, LIMIT_TABLES, 3, &count)) {
        return false;
    }
    struct table_type *tables =
        decoder_extend(decoder, module->tables, module->table_count, count, sizeof *tables);
    if (tables == nullptr) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!read_table_type(decoder, &tables[module->table_count + i])) {
            return false;
        }
    }
    module->tables = tables;
    module->table_count += count;
    return true;
}

bool read_memory_section(struct decoder *decoder) {
    struct module *module = decoder->module;
    uint32_t count;
    if (!read_count(decoder, UINT32_MAX, 2, &count)) {
        return false;
    }
    struct memory_type *memories =
        decoder_extend(decoder, module->memories, module->memory_count, count, sizeof *memories);
    if (memories == nullptr) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!read_memory_type(decoder, &memories[module->memory_count + i])) {
            return false;
        }
    }
    module->memories = memories;
    module->memory_count += count;
    return true;
}

bool read_global_section(struct decoder *decoder) {
    struct module *module = decoder->module;
    uint32_t count;
    if (!read_count(decoder, LIMIT_GLOBALS, 4, &count)) {
        return false;
    }
    struct global *globals =
        decoder_extend(decoder, module->globals, module->global_count, count, sizeof *globals);
    if (globals == nullptr) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct global *global = &globals[module->global_count + i];
        if (!read_global_type(decoder, &global->type) ||
            !read_constant(decoder, &global->initial)) {
            return false;
        }
    }
    module->globals = globals;
    module->global_count += count;
    return true;
}

static bool read_export(struct decoder *decoder, struct export *out) {
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
    uint32_t count;
    if (!read_count(decoder, LIMIT_EXPORTS, 3, &count)) {
        return false;
    }
    struct export *exports = decoder_allocate(decoder, count, sizeof *exports);
    if (exports == nullptr) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!read_export(decoder, &exports[i])) {
            return false;
        }
    }
    decoder->module->exports = exports;
    decoder->module->export_count = count;
    return true;
}

bool read_start_section(struct decoder *decoder) {
    decoder->module->has_start = true;
    return read_u32(decoder, &decoder->module->start_function);
}
