/* SPDX-License-Identifier: MIT */
/* Blocks and branches. */
#include "validator.h"

#include <base/bytes.h>
#include <engine/facts.h>

/* What a label takes: a branch to a loop goes to its start. */
static uint32_t label_count(const struct control *control) {
    return control->opcode == OPCODE_loop ? control->type->parameter_count
                                          : control->type->result_count;
}

static const enum value_type *label_types(const struct control *control) {
    return control->opcode == OPCODE_loop ? control->type->parameters : control->type->results;
}

static bool control_reserve(struct validator *v, uint32_t depth) {
    struct validate_scratch *scratch = v->scratch;
    if (depth >= LIMIT_CONTROLS) {
        return fail_limit(v, "blocks nested deeper than this implementation allows");
    }
    return scratch_reserve((void **)&scratch->controls, &scratch->control_capacity, depth,
                           depth + 1, sizeof *scratch->controls) ||
           fail_memory(v);
}

/* Of a use in a block that is opened in the innermost. */
static uint32_t weight_in(const struct validator *v, enum opcode opcode) {
    uint32_t weight = v->control == nullptr ? 1 : v->control->weight;
    bool deeper = opcode == OPCODE_loop && weight < UINT32_C(1) << 3 * FACT_DEPTH_MAX;
    return deeper ? weight << 3 : weight;
}

/* Operands of the block's parameters are on the stack already, below its floor-to-be. */
bool control_push(struct validator *v, enum opcode opcode, const struct function_type *type) {
    uint32_t depth = v->control == nullptr ? 0 : (uint32_t)(v->control - v->scratch->controls) + 1;
    uint32_t weight = weight_in(v, opcode); /* before v->control may move */
    if (!control_reserve(v, depth)) {
        return false;
    }
    struct control *control = &v->scratch->controls[depth];
    *control = (struct control){
        .type = type,
        .height = (uint32_t)(v->top - v->scratch->operands),
        .number = ++v->block_count,
        .weight = weight,
        .opcode = opcode,
    };
    v->control = control;
    v->floor = v->top;
    if (depth >= v->control_peak) {
        v->control_peak = depth + 1;
    }
    return true;
}

/* The types of blocks that name none. */
static const enum value_type single_types[] = {TYPE_I32, TYPE_I64,     TYPE_F32,
                                               TYPE_F64, TYPE_FUNCREF, TYPE_EXTERNREF};
#define SINGLE(index) {0, 1, single_types, &single_types[index]}
static const struct function_type single_blocks[] = {SINGLE(0), SINGLE(1), SINGLE(2),
                                                     SINGLE(3), SINGLE(4), SINGLE(5)};
static const struct function_type empty_block = {0, 0, single_types, single_types};

static const struct function_type *find_single(uint8_t byte) {
    for (size_t i = 0; i < COUNT_OF(single_types); i++) {
        if (single_types[i] == byte) {
            return &single_blocks[i];
        }
    }
    return nullptr;
}

static bool take_type_index(struct validator *v, const struct function_type **out) {
    struct bytes bytes = {v->at, v->at, v->end};
    int64_t index;
    bool good = bytes_read_leb_s33(&bytes, &index);
    v->at = bytes.at;
    if (!good) {
        return fail_malformed(v, "unexpected end, or integer too long or too large");
    }
    if (index < 0) {
        return fail_malformed(v, "malformed block type");
    }
    if (index >= v->module->type_count) {
        return fail_invalid(v, "unknown type");
    }
    *out = v->module->types[index];
    return true;
}

static bool take_block_type(struct validator *v, const struct function_type **out) {
    if (v->at == v->end) {
        return fail_malformed(v, "unexpected end");
    }
    if ((*v->at & 0xC0) != 0x40) {
        return take_type_index(v, out);
    }
    *out = *v->at == 0x40 ? &empty_block : find_single(*v->at);
    if (*out == nullptr) {
        return fail_malformed(v, "malformed block type");
    }
    v->at++;
    return true;
}

static bool enter_block(struct validator *v, enum opcode opcode) {
    const struct function_type *type;
    if (!take_block_type(v, &type) || (opcode == OPCODE_if && !pop(v, TYPE_I32))) {
        return false;
    }
    return pop_types(v, type->parameters, type->parameter_count) && control_push(v, opcode, type) &&
           push_types(v, type->parameters, type->parameter_count);
}

bool validate_block(struct validator *v, uint32_t opcode) {
    return enter_block(v, OPCODE_block);
}

bool validate_loop(struct validator *v, uint32_t opcode) {
    return enter_block(v, OPCODE_loop);
}

bool validate_if(struct validator *v, uint32_t opcode) {
    return enter_block(v, OPCODE_if);
}

/* At the end of a block (or of its first part) exactly the results are there. */
static bool leave_block(struct validator *v) {
    const struct function_type *type = v->control->type;
    if (!pop_types(v, type->results, type->result_count)) {
        return false;
    }
    return v->top == v->floor ||
           fail_invalid(v, "type mismatch: values remaining on stack at end of block");
}

bool validate_else(struct validator *v, uint32_t opcode) {
    struct control *control = v->control;
    if (control->opcode != OPCODE_if) {
        return fail_malformed(v, "else without if");
    }
    if (!leave_block(v)) {
        return false;
    }
    control->opcode = OPCODE_else;
    control->number = ++v->block_count;
    control->unreachable = false;
    return push_types(v, control->type->parameters, control->type->parameter_count);
}

/* An `if` without `else` hands its parameters on. */
static bool check_missing_else(struct validator *v) {
    const struct function_type *type = v->control->type;
    return v->control->opcode != OPCODE_if ||
           (type->parameter_count == type->result_count &&
            memcmp(type->parameters, type->results, type->result_count) == 0) ||
           fail_invalid(v, "type mismatch: if without else changes the stack");
}

bool validate_end(struct validator *v, uint32_t opcode) {
    if (!leave_block(v) || !check_missing_else(v)) {
        return false;
    }
    const struct function_type *type = v->control->type;
    if (v->control == v->scratch->controls) {
        v->control = nullptr;
        return v->at == v->end || fail_malformed(v, "operators remaining after end of function");
    }
    v->control--;
    v->floor = v->scratch->operands + v->control->height;
    return push_types(v, type->results, type->result_count);
}

bool validate_nop(struct validator *v, uint32_t opcode) {
    return true;
}

bool become_unreachable(struct validator *v) {
    v->top = v->floor;
    v->control->unreachable = true;
    return true;
}

bool validate_unreachable(struct validator *v, uint32_t opcode) {
    return become_unreachable(v);
}

static bool take_label(struct validator *v, struct control **out) {
    uint32_t label;
    uint32_t depth = (uint32_t)(v->control - v->scratch->controls) + 1;
    if (!take_index(v, depth, "label", &label)) {
        return false;
    }
    *out = v->control - label;
    return true;
}

bool validate_br(struct validator *v, uint32_t opcode) {
    struct control *target;
    return take_label(v, &target) && check_types(v, label_types(target), label_count(target)) &&
           become_unreachable(v);
}

bool validate_br_if(struct validator *v, uint32_t opcode) {
    struct control *target;
    if (!take_label(v, &target) || !pop(v, TYPE_I32) ||
        !check_types(v, label_types(target), label_count(target))) {
        return false;
    }
    if (!v->control->unreachable) {
        return true;
    }
    return pop_types(v, label_types(target), label_count(target)) &&
           push_types(v, label_types(target), label_count(target));
}

/* A label that this br_table has met before was checked then: many labels to a block of many
 * results must not cost their product. */
static bool check_table_label(struct validator *v, struct control *target, uint32_t arity) {
    if (target->visit == v->visit_count) {
        return true;
    }
    target->visit = v->visit_count;
    if (label_count(target) != arity) {
        return fail_invalid(v, "type mismatch: labels of br_table differ in number of values");
    }
    return check_types(v, label_types(target), arity);
}

bool validate_br_table(struct validator *v, uint32_t opcode) {
    uint32_t count;
    struct control *target;
    if (!pop(v, TYPE_I32) || !take_u32(v, &count)) {
        return false;
    }
    if (count > (size_t)(v->end - v->at)) {
        return fail_malformed(v, "unexpected end: more labels than bytes");
    }
    v->visit_count++;
    uint32_t arity = 0;
    for (uint32_t i = 0; i <= count; i++) {
        if (!take_label(v, &target)) {
            return false;
        }
        arity = i == 0 ? label_count(target) : arity;
        if (!check_table_label(v, target, arity)) {
            return false;
        }
    }
    return become_unreachable(v);
}

bool validate_return(struct validator *v, uint32_t opcode) {
    return check_types(v, v->type->results, v->type->result_count) && become_unreachable(v);
}
