/* SPDX-License-Identifier: MIT */
/*
 * Validation of everything but function bodies (specification 3.2 and 3.4). It also collects which
 * functions ref.func may name: those that occur in the module outside of bodies and start.
 */
#include <base/format.h>
#include <engine/private.h>

struct checker {
    struct module_record *record;
    const struct module *module;
    uint64_t *declared;
    struct module_error *error;
    status_t status;
};

/* The offset is that of the section; the text says which item. */
static bool fail(struct checker *checker, uint8_t section, const char *what, uint32_t item,
                 const char *why) {
    *checker->error = (struct module_error){
        .offset = checker->record->section_offsets[section],
        .function = UINT32_MAX,
        .invalid = true,
    };
    format_buffer(checker->error->text, sizeof checker->error->text, "%s (%s %u)", why, what, item);
    checker->status = ERR_CORRUPT;
    return false;
}

constexpr uint8_t SECTION_IMPORT = 2, SECTION_FUNCTION = 3, SECTION_TABLE = 4, SECTION_MEMORY = 5,
                  SECTION_GLOBAL = 6, SECTION_EXPORT = 7, SECTION_START = 8, SECTION_ELEMENT = 9,
                  SECTION_DATA = 11;

static bool check_functions(struct checker *checker) {
    const struct module *module = checker->module;
    for (uint32_t i = 0; i < module->function_count; i++) {
        if (module->function_types[i] >= module->type_count) {
            bool imported = i < module->imported_functions;
            return fail(checker, imported ? SECTION_IMPORT : SECTION_FUNCTION, "function", i,
                        "unknown type");
        }
    }
    return true;
}

static bool check_tables(struct checker *checker) {
    for (uint32_t i = 0; i < checker->module->table_count; i++) {
        const struct limits *limits = &checker->module->tables[i].limits;
        if (limits->minimum > limits->maximum) {
            return fail(checker, SECTION_TABLE, "table", i,
                        "size minimum must not be greater than maximum");
        }
    }
    return true;
}

static bool check_memories(struct checker *checker) {
    const struct module *module = checker->module;
    if (module->memory_count > LIMIT_MEMORIES) {
        return fail(checker, SECTION_MEMORY, "memory", LIMIT_MEMORIES,
                    "more memories than this implementation allows");
    }
    for (uint32_t i = 0; i < module->memory_count; i++) {
        const struct limits *limits = &module->memories[i].limits;
        if (limits->minimum > MEMORY_PAGES_MAX ||
            (limits->has_maximum && limits->maximum > MEMORY_PAGES_MAX)) {
            return fail(checker, SECTION_MEMORY, "memory", i,
                        "memory size must be at most 65536 pages (4GiB)");
        }
        if (limits->minimum > limits->maximum) {
            return fail(checker, SECTION_MEMORY, "memory", i,
                        "size minimum must not be greater than maximum");
        }
    }
    return true;
}

/* What an instruction may name, and the type of its value. `visible` globals are initialized
 * before. */
static const char *find_name_fault(struct checker *checker, const struct constant *constant,
                                   uint32_t visible, enum value_type *type) {
    const struct module *module = checker->module;
    *type = constant->type;
    if (constant->kind == CONSTANT_GLOBAL) {
        if (constant->value >= visible) {
            return "unknown global";
        }
        const struct global_type *global = &module->globals[constant->value].type;
        *type = global->type;
        return global->mutable ? "constant expression required" : nullptr;
    }
    if (constant->kind == CONSTANT_REF_FUNC) {
        if (constant->value >= module->function_count) {
            return "unknown function";
        }
        checker->declared[constant->value / 64] |= UINT64_C(1) << constant->value % 64;
    }
    return nullptr;
}

/* Several instructions: arithmetic takes two of its type and leaves one. */
static const char *find_expression_fault(struct checker *checker, size_t at, uint32_t visible,
                                         enum value_type *type) {
    enum value_type types[LIMIT_CONSTANT_DEPTH];
    uint32_t depth = 0;
    struct constant_step step;
    while (constant_step_read(checker->module, &at, &step)) {
        if (step.opcode < OPCODE_i32_add || step.opcode > OPCODE_i64_mul) {
            const char *fault = find_name_fault(checker, &step.operand, visible, &types[depth++]);
            if (fault != nullptr) {
                return fault;
            }
            continue;
        }
        depth--;
        enum value_type wanted = step.opcode >= OPCODE_i64_add ? TYPE_I64 : TYPE_I32;
        if (types[depth] != wanted || types[depth - 1] != wanted) {
            return "type mismatch";
        }
    }
    *type = types[0];
    return nullptr;
}

static bool check_constant(struct checker *checker, const struct constant *constant,
                           uint32_t visible, enum value_type wanted, uint8_t section,
                           const char *what, uint32_t item) {
    enum value_type type;
    const char *fault = constant->kind == CONSTANT_EXPRESSION
                            ? find_expression_fault(checker, constant->value, visible, &type)
                            : find_name_fault(checker, constant, visible, &type);
    if (fault == nullptr && type != wanted) {
        fault = "type mismatch";
    }
    return fault == nullptr || fail(checker, section, what, item, fault);
}

static bool check_globals(struct checker *checker) {
    const struct module *module = checker->module;
    for (uint32_t i = module->imported_globals; i < module->global_count; i++) {
        const struct global *global = &module->globals[i];
        if (!check_constant(checker, &global->initial, i, global->type.type, SECTION_GLOBAL,
                            "global", i)) {
            return false;
        }
    }
    return true;
}

static bool check_exports(struct checker *checker) {
    const struct module *module = checker->module;
    const uint32_t counts[] = {
        [EXTERNAL_FUNCTION] = module->function_count,
        [EXTERNAL_TABLE] = module->table_count,
        [EXTERNAL_MEMORY] = module->memory_count,
        [EXTERNAL_GLOBAL] = module->global_count,
    };
    static const char *const faults[] = {"unknown function", "unknown table", "unknown memory",
                                         "unknown global"};
    for (uint32_t i = 0; i < module->export_count; i++) {
        const struct export *export = &module->exports[i];
        if (export->index >= counts[export->kind]) {
            return fail(checker, SECTION_EXPORT, "export", i, faults[export->kind]);
        }
        if (export->kind == EXTERNAL_FUNCTION) {
            checker->declared[export->index / 64] |= UINT64_C(1) << export->index % 64;
        }
    }
    uint32_t duplicate;
    status_t status = module_exports_index(checker->record, &duplicate);
    if (status == ERR_EXISTS) {
        return fail(checker, SECTION_EXPORT, "export", duplicate, "duplicate export name");
    }
    checker->status = status;
    return status == OK;
}

static bool check_start(struct checker *checker) {
    const struct module *module = checker->module;
    if (!module->has_start) {
        return true;
    }
    uint32_t function = module->start_function;
    if (function >= module->function_count) {
        return fail(checker, SECTION_START, "function", function, "unknown function");
    }
    const struct function_type *type = module_function_type(module, function);
    return (type->parameter_count == 0 && type->result_count == 0) ||
           fail(checker, SECTION_START, "function", function,
                "start function must take and give nothing");
}

static bool check_element(struct checker *checker, uint32_t index) {
    const struct module *module = checker->module;
    const struct element_segment *element = &module->elements[index];
    if (element->mode == SEGMENT_ACTIVE) {
        if (element->table >= module->table_count) {
            return fail(checker, SECTION_ELEMENT, "segment", index, "unknown table");
        }
        if (module->tables[element->table].element != element->type) {
            return fail(checker, SECTION_ELEMENT, "segment", index, "type mismatch");
        }
        if (!check_constant(checker, &element->offset, module->global_count, TYPE_I32,
                            SECTION_ELEMENT, "segment", index)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < element->count; i++) {
        if (!check_constant(checker, &element->items[i], module->global_count, element->type,
                            SECTION_ELEMENT, "segment", index)) {
            return false;
        }
    }
    return true;
}

static bool check_elements(struct checker *checker) {
    for (uint32_t i = 0; i < checker->module->element_count; i++) {
        if (!check_element(checker, i)) {
            return false;
        }
    }
    return true;
}

static bool check_datas(struct checker *checker) {
    const struct module *module = checker->module;
    for (uint32_t i = 0; i < module->data_count; i++) {
        const struct data_segment *data = &module->datas[i];
        if (data->mode != SEGMENT_ACTIVE) {
            continue;
        }
        if (data->memory >= module->memory_count) {
            return fail(checker, SECTION_DATA, "segment", i, "unknown memory");
        }
        if (!check_constant(checker, &data->offset, module->global_count, TYPE_I32, SECTION_DATA,
                            "segment", i)) {
            return false;
        }
    }
    return true;
}

status_t module_validate(struct module_record *record, struct module_error *error) {
    struct module *module = &record->module;
    struct checker checker = {.record = record, .module = module, .error = error};
    size_t words = module->function_count / 64 + 1;
    checker.declared = pool_allocate(&record->pool, words, sizeof *checker.declared);
    if (checker.declared == nullptr) {
        return ERR_NO_MEMORY;
    }
    module->declared_functions = checker.declared;
    bool good = check_functions(&checker) && check_tables(&checker) && check_memories(&checker) &&
                check_globals(&checker) && check_exports(&checker) && check_start(&checker) &&
                check_elements(&checker) && check_datas(&checker);
    return good ? OK : checker.status;
}
