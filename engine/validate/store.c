/* SPDX-License-Identifier: MIT */
/* Instructions on memories, tables, segments and references that have more than a signature. Those
 * that are compiled to a call of a helper are noted as calls. */
#include "validator.h"

static bool pop_i32s(struct validator *v, uint32_t count) {
    for (; count > 0; count--) {
        if (!pop(v, TYPE_I32)) {
            return false;
        }
    }
    return true;
}

static bool take_memory(struct validator *v) {
    uint32_t index;
    return take_index(v, v->module->memory_count, "memory", &index);
}

bool validate_memory_size(struct validator *v, uint32_t opcode) {
    return take_memory(v) && push(v, TYPE_I32);
}

bool validate_memory_grow(struct validator *v, uint32_t opcode) {
    return note_call(v) && take_memory(v) && pop(v, TYPE_I32) && push(v, TYPE_I32);
}

/* Data segments come after code, so code may name them only if their number was announced. */
static bool take_data(struct validator *v) {
    const struct module_record *record = (const struct module_record *)v->module;
    uint32_t index;
    if (!record->has_data_count) {
        return fail_malformed(v, "data count section required");
    }
    return take_index(v, v->module->data_count, "data segment", &index);
}

bool validate_memory_init(struct validator *v, uint32_t opcode) {
    return note_call(v) && take_data(v) && take_memory(v) && pop_i32s(v, 3);
}

bool validate_data_drop(struct validator *v, uint32_t opcode) {
    return note_call(v) && take_data(v);
}

bool validate_memory_copy(struct validator *v, uint32_t opcode) {
    return note_call(v) && take_memory(v) && take_memory(v) && pop_i32s(v, 3);
}

bool validate_memory_fill(struct validator *v, uint32_t opcode) {
    return note_call(v) && take_memory(v) && pop_i32s(v, 3);
}

static bool take_table(struct validator *v, enum value_type *element) {
    uint32_t index;
    if (!take_index(v, v->module->table_count, "table", &index)) {
        return false;
    }
    *element = v->module->tables[index].element;
    return true;
}

bool validate_table_get(struct validator *v, uint32_t opcode) {
    enum value_type type;
    return note_call(v) && take_table(v, &type) && pop(v, TYPE_I32) && push(v, type);
}

bool validate_table_set(struct validator *v, uint32_t opcode) {
    enum value_type type;
    return note_call(v) && take_table(v, &type) && pop(v, type) && pop(v, TYPE_I32);
}

bool validate_table_size(struct validator *v, uint32_t opcode) {
    enum value_type type;
    return take_table(v, &type) && push(v, TYPE_I32);
}

bool validate_table_grow(struct validator *v, uint32_t opcode) {
    enum value_type type;
    return note_call(v) && take_table(v, &type) && pop(v, TYPE_I32) && pop(v, type) &&
           push(v, TYPE_I32);
}

bool validate_table_fill(struct validator *v, uint32_t opcode) {
    enum value_type type;
    return note_call(v) && take_table(v, &type) && pop(v, TYPE_I32) && pop(v, type) &&
           pop(v, TYPE_I32);
}

bool validate_table_copy(struct validator *v, uint32_t opcode) {
    enum value_type to, from;
    if (!take_table(v, &to) || !take_table(v, &from)) {
        return false;
    }
    return (to == from || fail_type(v, to, from)) && note_call(v) && pop_i32s(v, 3);
}

static bool take_element(struct validator *v, enum value_type *type) {
    uint32_t index;
    if (!take_index(v, v->module->element_count, "elem segment", &index)) {
        return false;
    }
    *type = v->module->elements[index].type;
    return true;
}

bool validate_table_init(struct validator *v, uint32_t opcode) {
    enum value_type from, to;
    if (!take_element(v, &from) || !take_table(v, &to)) {
        return false;
    }
    return (to == from || fail_type(v, to, from)) && note_call(v) && pop_i32s(v, 3);
}

bool validate_elem_drop(struct validator *v, uint32_t opcode) {
    enum value_type type;
    return note_call(v) && take_element(v, &type);
}

bool validate_ref_null(struct validator *v, uint32_t opcode) {
    enum value_type type;
    return take_reference_type(v, &type) && push(v, type);
}

bool validate_ref_is_null(struct validator *v, uint32_t opcode) {
    enum value_type type;
    if (!pop_any(v, &type)) {
        return false;
    }
    if (type != TYPE_FUNCREF && type != TYPE_EXTERNREF && type != TYPE_ANY) {
        return fail_invalid(v, "type mismatch: ref.is_null needs a reference");
    }
    return push(v, TYPE_I32);
}

bool validate_ref_func(struct validator *v, uint32_t opcode) {
    uint32_t index;
    if (!take_index(v, v->module->function_count, "function", &index)) {
        return false;
    }
    if ((v->module->declared_functions[index / 64] >> index % 64 & 1) == 0) {
        return fail_invalid(v, "undeclared function reference");
    }
    return note_call(v) && push(v, TYPE_FUNCREF);
}
