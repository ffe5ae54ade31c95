/* SPDX-License-Identifier: MIT */
/*
 * Calls. A tail call is a call and a return in one: the callee's results are the function's, and
 * what follows is unreachable.
 */
#include "validator.h"

static bool call_type(struct validator *v, const struct function_type *type) {
    return pop_types(v, type->parameters, type->parameter_count) &&
           push_types(v, type->results, type->result_count);
}

static bool tail_call_type(struct validator *v, const struct function_type *type) {
    const struct function_type *own = v->type;
    if (type->result_count != own->result_count ||
        memcmp(type->results, own->results, own->result_count) != 0) {
        return fail_invalid(v, "type mismatch: a tail call must have the function's results");
    }
    v->has_tail_call = true;
    return check_types(v, type->parameters, type->parameter_count) && become_unreachable(v);
}

static bool take_function_type(struct validator *v, const struct function_type **out) {
    uint32_t function;
    if (!take_index(v, v->module->function_count, "function", &function)) {
        return false;
    }
    *out = module_function_type(v->module, function);
    return true;
}

/* A type and a table, then the index from the stack. */
static bool take_indirect_type(struct validator *v, const struct function_type **out) {
    uint32_t type, table;
    if (!take_index(v, v->module->type_count, "type", &type) ||
        !take_index(v, v->module->table_count, "table", &table)) {
        return false;
    }
    if (v->module->tables[table].element != TYPE_FUNCREF) {
        return fail_invalid(v, "type mismatch: an indirect call needs a table of funcref");
    }
    *out = v->module->types[type];
    return pop(v, TYPE_I32);
}

bool validate_call(struct validator *v, uint32_t opcode) {
    const struct function_type *type;
    return take_function_type(v, &type) && note_call(v) && call_type(v, type);
}

bool validate_call_indirect(struct validator *v, uint32_t opcode) {
    const struct function_type *type;
    return take_indirect_type(v, &type) && note_call(v) && call_type(v, type);
}

bool validate_return_call(struct validator *v, uint32_t opcode) {
    const struct function_type *type;
    return take_function_type(v, &type) && tail_call_type(v, type);
}

bool validate_return_call_indirect(struct validator *v, uint32_t opcode) {
    const struct function_type *type;
    return take_indirect_type(v, &type) && tail_call_type(v, type);
}
