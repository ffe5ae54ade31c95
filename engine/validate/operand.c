/* SPDX-License-Identifier: MIT */
/* The operand stack: what the inline paths of validator.h leave over. */
#include "validator.h"

/* Room for `count` more above top; afterwards peak is at least there. */
static bool reserve(struct validator *v, uint32_t count) {
    struct validate_scratch *scratch = v->scratch;
    uint32_t used = (uint32_t)(v->top - scratch->operands);
    if (used + count > LIMIT_OPERANDS) {
        return fail_limit(v, "more operands than this implementation allows");
    }
    if (count > (size_t)(v->limit - v->top)) {
        uint32_t floor = (uint32_t)(v->floor - scratch->operands);
        uint32_t peak = (uint32_t)(v->peak - scratch->operands);
        if (!scratch_reserve((void **)&scratch->operands, &scratch->operand_capacity, used,
                             used + count, sizeof *scratch->operands)) {
            return fail_memory(v);
        }
        v->floor = scratch->operands + floor;
        v->top = scratch->operands + used;
        v->peak = scratch->operands + peak;
        v->limit = scratch->operands + scratch->operand_capacity;
    }
    if (v->peak < v->top + count) {
        v->peak = v->top + count;
    }
    return true;
}

bool push_slow(struct validator *v, enum value_type type) {
    if (!reserve(v, 1)) {
        return false;
    }
    *v->top++ = type;
    return true;
}

bool push_many(struct validator *v, const enum value_type *types, uint32_t count) {
    if (count > (size_t)(v->peak - v->top) && !reserve(v, count)) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        v->top[i] = types[i];
    }
    v->top += count;
    return true;
}

bool pop_slow(struct validator *v, enum value_type type) {
    if (v->top == v->floor) {
        return v->control->unreachable || fail_type(v, type, TYPE_ANY);
    }
    if (v->top[-1] != type && v->top[-1] != TYPE_ANY) {
        return fail_type(v, type, v->top[-1]);
    }
    v->top--;
    return true;
}

bool pop_any(struct validator *v, enum value_type *out) {
    *out = TYPE_ANY;
    if (v->top == v->floor) {
        return v->control->unreachable || fail_invalid(v, "type mismatch: nothing to take");
    }
    *out = *--v->top;
    return true;
}

/* The operands that exist against the last types; those that are missing must be unreachable. */
static bool check_open(struct validator *v, const enum value_type *types, uint32_t count) {
    const enum value_type *operand = v->top;
    while (count > 0 && operand > v->floor) {
        enum value_type found = *--operand, expected = types[--count];
        if (found != expected && found != TYPE_ANY) {
            return fail_type(v, expected, found);
        }
    }
    return count == 0 || v->control->unreachable || fail_type(v, types[count - 1], TYPE_ANY);
}

bool check_many(struct validator *v, const enum value_type *types, uint32_t count) {
    if (count <= (size_t)(v->top - v->floor) && memcmp(v->top - count, types, count) == 0) {
        return true;
    }
    return check_open(v, types, count);
}

bool pop_many(struct validator *v, const enum value_type *types, uint32_t count) {
    if (!check_many(v, types, count)) {
        return false;
    }
    size_t there = (size_t)(v->top - v->floor);
    v->top -= count < there ? count : there;
    return true;
}
