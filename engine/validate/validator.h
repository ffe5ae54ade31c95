/* SPDX-License-Identifier: MIT */
/*
 * What the files of validate/ share: the state of validating one function body, and the operand and
 * control stacks (specification, appendix A.3).
 *
 *   operands   one byte a value: its type, or TYPE_ANY when unreachable code leaves it open
 *              |<- outer blocks ->|<- innermost block ->|
 *              operands         floor                  top      peak (highest top so far)
 *
 * Operands that the innermost block lacks exist with any type when it is unreachable. TYPE_ANY
 * occurs only above the floor of an unreachable block. All functions return false after having said
 * why.
 */
#pragma once
#include <base/checked.h>
#include <engine/opcode.h>
#include <engine/private.h>
#include <engine/validate.h>

/* A block that is open. */
struct control {
    const struct function_type *type;
    uint32_t height; /* operands of the outer blocks */
    uint32_t visit;  /* the br_table that last looked at this label */
    uint32_t number; /* one of its own; the else part has another */
    uint32_t weight; /* of a use in it (facts.h) */
    enum opcode opcode;
    bool unreachable;
};

/* Declared locals come in runs of one type. */
struct local_run {
    uint32_t end; /* index after the last */
    enum value_type type;
};

/* How a local was used so far; note.c. */
struct local_note {
    uint64_t weight;
    uint32_t block; /* 0: not at all yet; NOTE_DECIDED; else the block in which it was first set */
    uint32_t depth; /* of that block; once it is decided: does the local need its zero? */
};

constexpr uint32_t NOTE_DECIDED = UINT32_MAX;

/* Arrays that only grow; each has its capacity in items. */
struct validate_scratch {
    enum value_type *operands;
    struct control *controls;
    struct local_run *runs;
    enum value_type *locals;
    struct local_note *notes; /* per local; all zero between functions */
    uint32_t *used;           /* the locals with a note that is not */
    uint8_t *written;         /* the notes in the form that is kept */
    uint32_t operand_capacity, control_capacity, run_capacity, local_capacity;
    uint32_t note_capacity, used_capacity, written_capacity;
    uint32_t used_count, written_size;
};

struct validator {
    const uint8_t *at, *end;
    enum value_type *top, *floor, *peak, *limit; /* limit: end of what is allocated */
    struct control *control;                     /* the innermost */
    const enum value_type *locals;               /* types of the first local_quick locals */
    uint32_t local_near; /* of those, how many an index of one byte reaches */
    uint32_t local_quick, local_count;
    const uint8_t *start; /* of the instruction being looked at */
    const struct module *module;
    const struct function_type *type;
    struct validate_scratch *scratch;
    uint32_t function;
    uint32_t run_count;
    uint32_t visit_count, control_peak;
    uint32_t parameter_count;
    uint32_t block_count;
    struct local_note *notes;
    uint64_t call_weight;
    bool has_tail_call;
    struct module_error *error;
    status_t status;
};

typedef bool instruction_handler(struct validator *v, uint32_t opcode);

/* validator.c: errors. */
bool fail_malformed(struct validator *v, const char *text);
bool fail_invalid(struct validator *v, const char *text);
bool fail_type(struct validator *v, enum value_type expected, enum value_type found);
bool fail_index(struct validator *v, const char *what, uint32_t index); /* "unknown ..." */
bool fail_memory(struct validator *v);
/* The instruction in work would go beyond a limit of this implementation. */
bool fail_limit(struct validator *v, const char *text);

/* Makes room in *array for `count` items of `size`, keeping the first `keep`. */
bool scratch_reserve(void **array, uint32_t *capacity, uint32_t keep, uint32_t count, size_t size);

/* validator.c: immediates. */
bool take_u32_slow(struct validator *v, uint32_t *out);
bool take_reference_type(struct validator *v, enum value_type *out);
bool take_value_type(struct validator *v, enum value_type *out);

static inline bool take_u32(struct validator *v, uint32_t *out) {
    if (v->at < v->end && *v->at < 0x80) {
        *out = *v->at++;
        return true;
    }
    if (v->end - v->at >= 2 && v->at[1] < 0x80) {
        *out = (v->at[0] & 0x7Fu) | (uint32_t)v->at[1] << 7;
        v->at += 2;
        return true;
    }
    return take_u32_slow(v, out);
}

/* An index into a space of `count` things, called `what` in the message. */
static inline bool take_index(struct validator *v, uint32_t count, const char *what,
                              uint32_t *out) {
    return take_u32(v, out) && (*out < count || fail_index(v, what, *out));
}

/* operand.c */
bool push_slow(struct validator *v, enum value_type type);
bool pop_slow(struct validator *v, enum value_type type);
bool push_many(struct validator *v, const enum value_type *types, uint32_t count);
bool check_many(struct validator *v, const enum value_type *types, uint32_t count);
bool pop_many(struct validator *v, const enum value_type *types, uint32_t count);
/* Any value; TYPE_ANY when it is not known. */
bool pop_any(struct validator *v, enum value_type *out);

static inline bool push(struct validator *v, enum value_type type) {
    if (v->top == v->peak) {
        return push_slow(v, type);
    }
    *v->top++ = type;
    return true;
}

static inline bool pop(struct validator *v, enum value_type type) {
    if (v->top > v->floor && v->top[-1] == type) {
        v->top--;
        return true;
    }
    return pop_slow(v, type);
}

/* Most lists of types are empty or have one. */
static inline bool push_types(struct validator *v, const enum value_type *types, uint32_t count) {
    if (count > 1) {
        return push_many(v, types, count);
    }
    return count == 0 || push(v, types[0]);
}

static inline bool pop_types(struct validator *v, const enum value_type *types, uint32_t count) {
    if (count > 1) {
        return pop_many(v, types, count);
    }
    return count == 0 || pop(v, types[0]);
}

/* Are the topmost operands of these types? They stay as they are. */
static inline bool check_types(struct validator *v, const enum value_type *types, uint32_t count) {
    return count == 0 || (count == 1 && v->top > v->floor && v->top[-1] == types[0]) ||
           check_many(v, types, count);
}

/* note.c */
/* Room to note uses of so many locals. */
bool notes_begin(struct validator *v);
/* The first use of a local, or one of a local that may still do without its zero. */
void note_use(struct validator *v, uint32_t index, bool set);
/* Puts the notes into scratch->written. */
bool notes_write(struct validator *v);
/* Forgets them, also those of a function that is not valid. */
void notes_clear(struct validate_scratch *scratch);

static inline void note_local(struct validator *v, uint32_t index, bool set) {
    struct local_note *note = &v->notes[index];
    note->weight += v->control->weight;
    if (note->block != NOTE_DECIDED) {
        note_use(v, index, set);
    }
}

/* A call, or what is compiled to one. */
static inline bool note_call(struct validator *v) {
    v->call_weight += v->control->weight;
    return true;
}

/* control.c */
bool control_push(struct validator *v, enum opcode opcode, const struct function_type *type);
/* What follows in this block is never reached. */
bool become_unreachable(struct validator *v);

/* One function per instruction or family; which is for what: function.c. */
instruction_handler validate_unreachable, validate_nop, validate_block, validate_loop, validate_if,
    validate_else, validate_end, validate_br, validate_br_if, validate_br_table, validate_return,
    validate_call, validate_call_indirect, validate_return_call, validate_return_call_indirect;
instruction_handler validate_drop, validate_select, validate_select_t;
instruction_handler validate_local_get, validate_local_set, validate_local_tee;
instruction_handler validate_global_get, validate_global_set;
instruction_handler validate_table_get, validate_table_set, validate_table_init,
    validate_table_copy, validate_table_grow, validate_table_size, validate_table_fill;
instruction_handler validate_elem_drop, validate_ref_null, validate_ref_is_null, validate_ref_func;
instruction_handler validate_memory_size, validate_memory_grow, validate_memory_init,
    validate_memory_copy, validate_memory_fill, validate_data_drop;
