/* SPDX-License-Identifier: MIT */
/* Locals, globals, drop and select. */
#include "validator.h"

/* The type of a local beyond those that were laid out: parameters, then runs by bisection. */
static enum value_type find_local(const struct validator *v, uint32_t index) {
    if (index < v->parameter_count) {
        return v->type->parameters[index];
    }
    const struct local_run *runs = v->scratch->runs;
    uint32_t low = 0, high = v->run_count - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (index < runs[middle].end) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return runs[low].type;
}

/* Most indices have one byte; local_near is at most 128, so that whatever is below it is one. */
[[gnu::noinline]] static bool take_local_slow(struct validator *v, bool set, enum value_type *out) {
    uint32_t index;
    if (!take_index(v, v->local_count, "local", &index)) {
        return false;
    }
    *out = index < v->local_quick ? v->locals[index] : find_local(v, index);
    note_local(v, index, set);
    return true;
}

/* A local, of which the use is noted: it is set, or read. */
static inline bool take_local(struct validator *v, bool set, enum value_type *out) {
    if (v->at < v->end && *v->at < v->local_near) {
        uint32_t index = *v->at++;
        *out = v->locals[index];
        note_local(v, index, set);
        return true;
    }
    return take_local_slow(v, set, out);
}

bool validate_local_get(struct validator *v, uint32_t opcode) {
    enum value_type type;
    return take_local(v, false, &type) && push(v, type);
}

bool validate_local_set(struct validator *v, uint32_t opcode) {
    enum value_type type;
    return take_local(v, true, &type) && pop(v, type);
}

bool validate_local_tee(struct validator *v, uint32_t opcode) {
    enum value_type type;
    return take_local(v, true, &type) && pop(v, type) && push(v, type);
}

static bool take_global(struct validator *v, struct global_type *out) {
    uint32_t index;
    if (!take_index(v, v->module->global_count, "global", &index)) {
        return false;
    }
    *out = v->module->globals[index].type;
    return true;
}

bool validate_global_get(struct validator *v, uint32_t opcode) {
    struct global_type type;
    return take_global(v, &type) && push(v, type.type);
}

bool validate_global_set(struct validator *v, uint32_t opcode) {
    struct global_type type;
    if (!take_global(v, &type)) {
        return false;
    }
    return (type.mutable || fail_invalid(v, "global is immutable")) && pop(v, type.type);
}

bool validate_drop(struct validator *v, uint32_t opcode) {
    enum value_type type;
    return pop_any(v, &type);
}

static bool is_reference(enum value_type type) {
    return type == TYPE_FUNCREF || type == TYPE_EXTERNREF;
}

/* Without a type only numbers can be selected. */
bool validate_select(struct validator *v, uint32_t opcode) {
    enum value_type second, first;
    if (!pop(v, TYPE_I32) || !pop_any(v, &second) || !pop_any(v, &first)) {
        return false;
    }
    if (is_reference(first) || is_reference(second)) {
        return fail_invalid(v, "type mismatch: select of references needs a type");
    }
    if (first != second && first != TYPE_ANY && second != TYPE_ANY) {
        return fail_type(v, first, second);
    }
    return push(v, first == TYPE_ANY ? second : first);
}

bool validate_select_t(struct validator *v, uint32_t opcode) {
    uint32_t count;
    enum value_type type;
    if (!take_u32(v, &count)) {
        return false;
    }
    if (count != 1) {
        return fail_invalid(v, "invalid result arity");
    }
    return take_value_type(v, &type) && pop(v, TYPE_I32) && pop(v, type) && pop(v, type) &&
           push(v, type);
}
