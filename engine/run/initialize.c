/* SPDX-License-Identifier: MIT */
/*
 * The part of instantiation that comes after linking (specification 4.5.4): globals, then active
 * element segments, then active data segments, in order. A segment out of bounds is a trap; what
 * was written before it stays.
 */
#include <engine/private.h>

static uint64_t combine(enum opcode opcode, uint64_t left, uint64_t right) {
    switch (opcode) {
    case OPCODE_i32_add:
        return (uint32_t)(left + right);
    case OPCODE_i32_sub:
        return (uint32_t)(left - right);
    case OPCODE_i32_mul:
        return (uint32_t)(left * right);
    case OPCODE_i64_add:
        return left + right;
    case OPCODE_i64_sub:
        return left - right;
    default:
        return left * right;
    }
}

/* One instruction, on its own or within an expression. */
static bool evaluate_one(struct instance *instance, const struct constant *constant,
                         uint64_t *out) {
    switch (constant->kind) {
    case CONSTANT_GLOBAL:
        *out = *instance_global(instance, (uint32_t)constant->value);
        return true;
    case CONSTANT_REF_NULL:
        *out = 0;
        return true;
    case CONSTANT_REF_FUNC:
        *out = (uintptr_t)instance_function(instance, (uint32_t)constant->value);
        return *out != 0;
    default:
        *out = constant->value;
        return true;
    }
}

bool constant_evaluate(struct instance *instance, const struct constant *constant, uint64_t *out) {
    uint64_t values[LIMIT_CONSTANT_DEPTH];
    uint32_t depth = 0;
    struct constant_step step;
    if (constant->kind != CONSTANT_EXPRESSION) {
        return evaluate_one(instance, constant, out);
    }
    size_t at = constant->value;
    while (constant_step_read(instance->module, &at, &step)) {
        if (step.opcode < OPCODE_i32_add || step.opcode > OPCODE_i64_mul) {
            if (!evaluate_one(instance, &step.operand, &values[depth++])) {
                return false;
            }
        } else {
            depth--;
            values[depth - 1] = combine(step.opcode, values[depth - 1], values[depth]);
        }
    }
    *out = values[0];
    return true;
}

static enum trap initialize_globals(struct instance *instance) {
    const struct module *module = instance->module;
    for (uint32_t i = module->imported_globals; i < module->global_count; i++) {
        if (!constant_evaluate(instance, &module->globals[i].initial,
                               instance_global(instance, i))) {
            return TRAP_NO_MEMORY;
        }
    }
    return TRAP_NONE;
}

static enum trap initialize_element(struct instance *instance, uint32_t index) {
    const struct element_segment *segment = &instance->module->elements[index];
    uint64_t offset;
    if (segment->mode == SEGMENT_PASSIVE) {
        return TRAP_NONE;
    }
    enum trap trap = TRAP_NONE;
    if (segment->mode == SEGMENT_ACTIVE && constant_evaluate(instance, &segment->offset, &offset)) {
        trap = segment_copy_elements(instance, segment->table, index, (uint32_t)offset, 0,
                                     segment->count);
    }
    segment_drop(instance->dropped_elements, index);
    return trap;
}

static enum trap initialize_data(struct instance *instance, uint32_t index) {
    const struct data_segment *segment = &instance->module->datas[index];
    uint64_t offset;
    if (segment->mode != SEGMENT_ACTIVE ||
        !constant_evaluate(instance, &segment->offset, &offset)) {
        return TRAP_NONE;
    }
    enum trap trap =
        segment_copy_data(instance, segment->memory, index, (uint32_t)offset, 0, segment->size);
    segment_drop(instance->dropped_datas, index);
    return trap;
}

enum trap instance_initialize(struct instance *instance) {
    const struct module *module = instance->module;
    enum trap trap = initialize_globals(instance);
    for (uint32_t i = 0; i < module->element_count && trap == TRAP_NONE; i++) {
        trap = initialize_element(instance, i);
    }
    for (uint32_t i = 0; i < module->data_count && trap == TRAP_NONE; i++) {
        trap = initialize_data(instance, i);
    }
    return trap;
}
