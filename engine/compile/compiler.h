/* SPDX-License-Identifier: MIT */
/*
 * What the files of compile/ share: the state of one compilation. doc/engine.md tells how it works.
 *
 * Always holds: an entry of the operand stack below `settled` is a constant or lies in its frame
 * word; a scratch register is free, or owned by one entry (`used`, `owner`), or held by the
 * operation in work (`pinned`); a local is where `locals` says for the whole function.
 */
#pragma once
#include "body.h"
#include <base/ensure.h>
#include <engine/facts.h>
#include <engine/private.h>
#include <engine/target.h>

constexpr uint32_t NOWHERE = UINT32_MAX;

enum value_kind : uint8_t {
    VALUE_CONSTANT, /* bits */
    VALUE_LOCAL,    /* the local, as it is now */
    VALUE_REGISTER, /* a scratch register that it owns */
    VALUE_SPILLED,  /* its word of the frame, fixed by its index */
};

/* An entry of the operand stack, or one taken off it. */
struct value {
    enum value_kind kind;
    enum value_type type;
    uint8_t reg;
    uint32_t index; /* on the operand stack */
    uint32_t local;
    uint32_t older; /* VALUE_LOCAL: the next entry that names the same local, downwards */
    uint64_t bits;
};

/* A local and its home: a register, or a word of the frame. */
struct local {
    enum value_type type;
    uint8_t reg;     /* REGISTER_NONE: in the frame */
    uint32_t offset; /* from sp; of the save word for a register that calls destroy */
    uint32_t newest; /* newest entry of the operand stack that names it */
};

struct block_type {
    uint32_t parameter_count, result_count;
    const enum value_type *parameters, *results;
};

enum control_kind : uint8_t {
    CONTROL_FUNCTION,
    CONTROL_BLOCK,
    CONTROL_LOOP,
    CONTROL_IF,
    CONTROL_ELSE
};

struct control {
    enum control_kind kind;
    uint32_t height; /* of the operand stack, without the parameters */
    struct block_type type;
    struct label label;     /* where branches to it go */
    struct label otherwise; /* of an if: the else part */
    struct label detour;    /* of the br_table in work: moves values, then branches */
    uint32_t detour_stamp;
};

struct compiler {
    struct engine *engine;
    const struct target *target;
    struct assembler assembler;
    struct compile_watch watch;

    const struct module *module;
    const struct instance_layout *layout;
    const struct function_type *type;
    struct function_facts facts;
    const uint8_t *at; /* next byte of the body */
    bool dead;         /* nothing reaches here */
    bool binds;        /* accesses to memory 0 are bound (bound.c) */

    struct value *values;
    uint32_t value_capacity, depth, settled;
    struct control *controls;
    uint32_t control_capacity, control_count;
    struct local *locals;
    uint32_t local_capacity;
    uint32_t stamp;

    register_set allocatable; /* scratch of this function */
    register_set used, pinned;
    uint32_t owner[REGISTER_NONE];
    register_set saved_homes; /* homes that calls destroy */
    register_set stale_saves; /* of those: the save word is not up to date */
    register_set absent;      /* of those: the value is in the save word only, since a call */
    uint32_t home_local[REGISTER_NONE];
    struct frame_plan frame;
    uint32_t operands_offset; /* of the operand stack, from sp */

    const uint8_t *hint_end; /* the result goes to a local: where to go on */
    uint32_t hint_local;
    bool hint_keeps; /* local.tee */
};

/* home.c */
/* Chooses homes and lays out the frame. */
void homes_choose(struct compiler *compiler);
void emit_prologue(struct compiler *compiler, uint32_t *prologue_size);
/* Around a call: homes that it destroys go to their save words, and count as absent behind it. */
void homes_save(struct compiler *compiler);
void homes_leave(struct compiler *compiler);
/* Loads those that are absent: all (where control flow meets), or one. */
void homes_restore(struct compiler *compiler);
void home_restore(struct compiler *compiler, uint32_t local);

/* stack.c */
enum opcode load_of(enum value_type type);
enum opcode store_of(enum value_type type);
/* No entry of the operand stack from `below` downwards (all: depth) stays in these registers. */
void registers_evict(struct compiler *compiler, register_set registers, uint32_t below);
/* All entries to their words, but for constants; with `force` these too, from that index up. */
void spill_all(struct compiler *compiler, uint32_t force);
/* Puts a taken value into the given register. */
void value_to(struct compiler *compiler, const struct value *value, uint8_t reg);
/* A value in a form that `opcode` can take as its right side. */
void value_operand(struct compiler *compiler, const struct value *value, enum opcode opcode,
                   struct operand *out);
void value_store(struct compiler *compiler, const struct value *value, enum value_type type,
                 const struct address *to);
/* Entries that name the local get a copy of what it is now. */
void local_detach(struct compiler *compiler, uint32_t local);
void local_written(struct compiler *compiler, uint32_t local);

/* move.c */
/* Puts values[i] into the register to[i] for all i at once. */
void registers_assign(struct compiler *compiler, uint32_t count, const struct value *values,
                      const uint8_t *to);

/* One function per instruction or family; which is for what: compiler.c. */
typedef void emit_function(struct compiler *compiler, enum opcode opcode);
emit_function emit_unreachable, emit_nop, emit_block, emit_loop, emit_if, emit_else, emit_end,
    emit_br, emit_br_if, emit_br_table, emit_return, emit_call, emit_call_indirect,
    emit_return_call, emit_return_call_indirect;
emit_function emit_drop, emit_select, emit_select_t;
emit_function emit_local_get, emit_local_set, emit_local_tee, emit_global_get, emit_global_set;
emit_function emit_table, emit_load, emit_store, emit_memory, emit_constant_value, emit_compare,
    emit_unary, emit_binary, emit_reference;

/* control.c */
void control_enter_function(struct compiler *compiler);
/* Emits what becomes of a condition: the branch, if or select that follows, else a 0 or 1. Takes
 * the i32.eqz in between. */
void emit_test(struct compiler *compiler, struct test *test);
/* Does something follow that takes a condition? */
bool test_is_wanted(const struct compiler *compiler);

/* numeric.c: with the right side at hand; that of a comparison is in the test, with the opcode */
void emit_binary_operand(struct compiler *compiler, enum opcode opcode, const struct value *left,
                         const struct operand *right);
void emit_compare_test(struct compiler *compiler, struct test *test, const struct value *left);
/* The site of an operation whose right side was memory 0. */
void emit_operand_site(struct compiler *compiler, const struct operand *right);

/* bound.c */
/* Sees to it that this access to the memory ends within it or on its guard, or that its operation
 * does. */
void bind_address(struct compiler *compiler, uint32_t memory, struct address *address,
                  uint32_t width);
/* At the start of a function: are memory 0's accesses bound at all? */
void bounds_begin(struct compiler *compiler);
void bounds_forget(struct compiler *compiler, register_set registers);
/* The register to read a value from so that what is made of it is bound, if it is: itself, or what
 * stands in for it. */
uint8_t register_stand_in(const struct compiler *compiler, uint8_t reg);
constexpr uint64_t EXCESS_UNKNOWN = UINT64_MAX / 2;
/* The scratch register holds an i32 of at most the size of memory 0 and `excess` bytes more; how
 * many those are, or at least EXCESS_UNKNOWN; what they will be for the result of an operation. */
void register_bound(struct compiler *compiler, uint8_t reg, uint64_t excess);
uint64_t register_excess(const struct compiler *compiler, uint8_t reg);
uint64_t binary_excess(const struct compiler *compiler, enum opcode opcode, uint8_t left,
                       const struct operand *right);

/* call.c */
/* On this memory; LEAF_MEMORY_COPY_ACROSS: to it, from the memory `from`. */
void emit_leaf(struct compiler *compiler, enum leaf leaf, uint32_t memory, uint32_t from);
/* Immediates, then `operands` values from the stack; result TYPE_ANY: none. */
void emit_helper(struct compiler *compiler, enum helper helper, uint32_t immediate_count,
                 const uint32_t *immediates, uint32_t operands, enum value_type result);

/*
 * What nearly every instruction does is inline. Entries of the operand stack, operands and tests
 * are filled in where they lie, a field at a time, and read in the same way: a copy of one would
 * read in wide pieces what has just been written in narrow ones, for which the CPU has to wait.
 */
static inline struct address frame_address(uint32_t offset) {
    return (struct address){.kind = ADDRESS_FRAME, .reg = REGISTER_NONE, .offset = offset};
}

static inline struct address instance_address(uint32_t below_base) {
    return (struct address){.kind = ADDRESS_INSTANCE, .reg = REGISTER_NONE, .offset = below_base};
}

/* The word of the entry with this index. */
static inline struct address value_address(const struct compiler *compiler, uint32_t index) {
    return frame_address(compiler->operands_offset + 8 * index);
}

static inline void operand_register(struct operand *operand, uint8_t reg) {
    operand->kind = OPERAND_REGISTER;
    operand->reg = reg;
}

static inline void operand_constant(struct operand *operand, uint64_t bits) {
    operand->kind = OPERAND_CONSTANT;
    operand->reg = REGISTER_NONE;
    operand->bits = bits;
}

static inline bool is_scratch(const struct compiler *compiler, uint8_t reg) {
    return (compiler->allocatable & set_of(reg)) != 0;
}

/* What was known of the registers' values does not hold for what is written now. */
static inline void registers_written(struct compiler *compiler, register_set registers) {
    const struct assembler *assembler = &compiler->assembler;
    if ((registers & (assembler->bound_registers | assembler->stand_ins)) != 0) {
        bounds_forget(compiler, registers);
    }
}

static inline void register_written(struct compiler *compiler, uint8_t reg) {
    registers_written(compiler, set_of(reg));
}

/* A new entry, of which what its kind needs is still to be set. */
static inline struct value *push_entry(struct compiler *compiler, enum value_kind kind,
                                       enum value_type type) {
    ensure(compiler->depth < compiler->value_capacity);
    struct value *entry = &compiler->values[compiler->depth];
    entry->kind = kind;
    entry->type = type;
    entry->index = compiler->depth++;
    return entry;
}

static inline void push_constant(struct compiler *compiler, enum value_type type, uint64_t bits) {
    push_entry(compiler, VALUE_CONSTANT, type)->bits = bits;
}

static inline void push_local(struct compiler *compiler, uint32_t index) {
    struct local *local = &compiler->locals[index];
    struct value *entry = push_entry(compiler, VALUE_LOCAL, local->type);
    entry->local = index;
    entry->older = local->newest;
    local->newest = entry->index;
}

static inline void push_spilled(struct compiler *compiler, enum value_type type) {
    push_entry(compiler, VALUE_SPILLED, type);
}

/* The entry owns the register from now on. */
static inline void push_register(struct compiler *compiler, enum value_type type, uint8_t reg) {
    struct value *entry = push_entry(compiler, VALUE_REGISTER, type);
    entry->reg = reg;
    compiler->used |= set_of(reg);
    compiler->pinned &= ~set_of(reg);
    compiler->owner[reg] = entry->index;
}

/* The topmost entry, which stays readable until the next is pushed. */
static inline const struct value *pop_value(struct compiler *compiler) {
    const struct value *value = &compiler->values[--compiler->depth];
    if (value->kind == VALUE_REGISTER) {
        compiler->used &= ~set_of(value->reg);
        compiler->pinned |= set_of(value->reg);
    } else if (value->kind == VALUE_LOCAL) {
        compiler->locals[value->local].newest = value->older;
    }
    if (compiler->settled > compiler->depth) {
        compiler->settled = compiler->depth;
    }
    return value;
}

static inline void drop_values(struct compiler *compiler, uint32_t count) {
    for (; count > 0; count--) {
        pop_value(compiler);
    }
}

/* The operation is done. */
static inline void scratch_release(struct compiler *compiler) {
    compiler->pinned = 0;
}

/* The register that a value is in, or a local at home there may be brought to; REGISTER_NONE. */
static inline uint8_t register_of(const struct compiler *compiler, const struct value *value) {
    if (value->kind == VALUE_REGISTER) {
        return value->reg;
    }
    return value->kind == VALUE_LOCAL ? compiler->locals[value->local].reg : REGISTER_NONE;
}

/* Puts a taken value into a register if it is in none yet; which. */
uint8_t value_load(struct compiler *compiler, const struct value *value);
static inline uint8_t value_register(struct compiler *compiler, const struct value *value) {
    uint8_t reg = register_of(compiler, value);
    bool is_there = reg != REGISTER_NONE && !(compiler->absent & set_of(reg));
    return is_there ? reg : value_load(compiler, value);
}

/* Where the result of the operation goes: the home of a local that it is stored to next, else
 * `prefer` if that is a pinned scratch register, else another. */
uint8_t result_choose(struct compiler *compiler, enum value_type type, uint8_t prefer);
static inline uint8_t result_register(struct compiler *compiler, enum value_type type,
                                      uint8_t prefer) {
    bool is_stored = *compiler->at == OPCODE_local_set || *compiler->at == OPCODE_local_tee;
    bool is_free = (compiler->pinned & set_of(prefer)) != 0;
    uint8_t to = is_free && !is_stored ? prefer : result_choose(compiler, type, prefer);
    register_written(compiler, to);
    return to;
}

/* It is there now; ends the operation. */
void result_keep(struct compiler *compiler); /* in the local that it was stored to */
static inline void result_push(struct compiler *compiler, enum value_type type, uint8_t reg) {
    if (compiler->hint_end == nullptr) {
        push_register(compiler, type, reg);
    } else {
        result_keep(compiler);
    }
    scratch_release(compiler);
}
