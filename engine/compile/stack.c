/* SPDX-License-Identifier: MIT */
/*
 * The operand stack, known at compile time: what each entry is and where it lies. Entries that name
 * the same local are linked, newest first, so that a set of the local finds them without a search;
 * an entry at the top of the stack always is the newest of its local.
 */
#include "compiler.h"

enum opcode load_of(enum value_type type) {
    switch (type) {
    case TYPE_I32:
        return OPCODE_i32_load;
    case TYPE_F32:
        return OPCODE_f32_load;
    case TYPE_F64:
        return OPCODE_f64_load;
    default:
        return OPCODE_i64_load;
    }
}

enum opcode store_of(enum value_type type) {
    return load_of(type) - OPCODE_i32_load + OPCODE_i32_store;
}

/* As bits: the integer type of the same width. */
static enum value_type bits_type(enum value_type type) {
    return type == TYPE_I32 || type == TYPE_F32 ? TYPE_I32 : TYPE_I64;
}

static void store_entry(struct compiler *compiler, const struct value *value) {
    struct address to = value_address(compiler, value->index);
    value_store(compiler, value, value->type, &to);
}

/* An entry that owns a register gives it up. */
static void spill(struct compiler *compiler, struct value *entry) {
    store_entry(compiler, entry);
    compiler->used &= ~set_of(entry->reg);
    entry->kind = VALUE_SPILLED;
}

/* The entry furthest from the top is needed last. */
static uint8_t spill_deepest(struct compiler *compiler, register_set among) {
    uint8_t best = REGISTER_NONE;
    for (register_set left = compiler->used & among; left != 0; left &= left - 1) {
        uint8_t reg = (uint8_t)__builtin_ctzll(left);
        if (best == REGISTER_NONE || compiler->owner[reg] < compiler->owner[best]) {
            best = reg;
        }
    }
    ensure(best != REGISTER_NONE);
    spill(compiler, &compiler->values[compiler->owner[best]]);
    return best;
}

static register_set class_of(enum value_type type) {
    return type_is_float(type) ? ~(register_set)UINT32_MAX : UINT32_MAX;
}

/* A free register, or REGISTER_NONE. */
static uint8_t scratch_try(struct compiler *compiler, enum value_type type) {
    register_set free =
        compiler->allocatable & class_of(type) & ~compiler->used & ~compiler->pinned;
    if (free == 0) {
        return REGISTER_NONE;
    }
    uint8_t reg = (uint8_t)__builtin_ctzll(free);
    compiler->pinned |= set_of(reg);
    return reg;
}

/* A scratch register of the class of `type`, pinned. */
static uint8_t scratch_take(struct compiler *compiler, enum value_type type) {
    uint8_t reg = scratch_try(compiler, type);
    if (reg == REGISTER_NONE) {
        reg = spill_deepest(compiler, compiler->allocatable & class_of(type));
        compiler->pinned |= set_of(reg);
    }
    return reg;
}

void registers_evict(struct compiler *compiler, register_set registers, uint32_t below) {
    for (register_set left = compiler->used & registers; left != 0; left &= left - 1) {
        uint32_t index = compiler->owner[__builtin_ctzll(left)];
        if (index < below) {
            spill(compiler, &compiler->values[index]);
        }
    }
}

void spill_all(struct compiler *compiler, uint32_t force) {
    uint32_t first = compiler->settled < force ? compiler->settled : force;
    for (uint32_t i = first; i < compiler->depth; i++) {
        struct value *entry = &compiler->values[i];
        if (entry->kind == VALUE_REGISTER) {
            spill(compiler, entry);
        } else if (entry->kind == VALUE_LOCAL || (entry->kind == VALUE_CONSTANT && i >= force)) {
            store_entry(compiler, entry);
            if (entry->kind == VALUE_LOCAL) {
                compiler->locals[entry->local].newest = NOWHERE;
            }
            entry->kind = VALUE_SPILLED;
        }
    }
    compiler->settled = compiler->depth;
}

/* Where a value lies in memory. */
static struct address address_of(const struct compiler *compiler, const struct value *value) {
    return value->kind == VALUE_LOCAL ? frame_address(compiler->locals[value->local].offset)
                                      : value_address(compiler, value->index);
}

void value_to(struct compiler *compiler, const struct value *value, uint8_t reg) {
    struct assembler *assembler = &compiler->assembler;
    uint8_t from = register_of(compiler, value);
    if (from == reg && !(compiler->absent & set_of(from))) {
        return;
    }
    register_written(compiler, reg);
    if (from != REGISTER_NONE && !(compiler->absent & set_of(from))) {
        compiler->target->move(assembler, value->type, reg, from);
    } else if (value->kind == VALUE_CONSTANT) {
        compiler->target->constant(assembler, value->type, reg, value->bits);
    } else {
        struct address address = address_of(compiler, value);
        compiler->target->load(assembler, load_of(value->type), reg, &address);
    }
}

uint8_t value_load(struct compiler *compiler, const struct value *value) {
    uint8_t reg = register_of(compiler, value);
    if (reg == REGISTER_NONE) {
        reg = scratch_take(compiler, value->type);
        value_to(compiler, value, reg);
    } else if (value->kind == VALUE_LOCAL) {
        home_restore(compiler, value->local);
    }
    return reg;
}

void value_operand(struct compiler *compiler, const struct value *value, enum opcode opcode,
                   struct operand *out) {
    const struct target *target = compiler->target;
    bool in_memory = value->kind != VALUE_CONSTANT && register_of(compiler, value) == REGISTER_NONE;
    if (value->kind == VALUE_CONSTANT && target->immediate_fits(opcode, value->bits)) {
        operand_constant(out, value->bits);
    } else if (in_memory && target->memory_fits(opcode, ADDRESS_FRAME)) {
        out->kind = OPERAND_ADDRESS;
        out->reg = REGISTER_NONE;
        out->address = address_of(compiler, value);
    } else {
        operand_register(out, value_register(compiler, value));
    }
}

void value_store(struct compiler *compiler, const struct value *value, enum value_type type,
                 const struct address *to) {
    const struct target *target = compiler->target;
    struct assembler *assembler = &compiler->assembler;
    enum value_type bits = bits_type(type);
    uint8_t reg = register_of(compiler, value);
    struct operand from;
    if (reg != REGISTER_NONE) {
        operand_register(&from, value_register(compiler, value));
    } else if (value->kind == VALUE_CONSTANT &&
               target->immediate_fits(store_of(bits), value->bits)) {
        operand_constant(&from, value->bits);
    } else {
        struct value copy = *value;
        copy.type = bits;
        operand_register(&from, target->temporary_integer);
        value_to(compiler, &copy, target->temporary_integer);
    }
    bool is_float = from.kind == OPERAND_REGISTER && from.reg >= REGISTER_FLOAT;
    target->store(assembler, store_of(is_float ? type : bits), &from, to);
}

/* Takes a copy of the entry's local, now. */
static void copy_local(struct compiler *compiler, struct value *entry) {
    uint8_t reg = scratch_try(compiler, entry->type);
    if (reg == REGISTER_NONE) {
        store_entry(compiler, entry);
        entry->kind = VALUE_SPILLED;
        return;
    }
    value_to(compiler, entry, reg);
    entry->kind = VALUE_REGISTER;
    entry->reg = reg;
    compiler->used |= set_of(reg);
    compiler->pinned &= ~set_of(reg);
    compiler->owner[reg] = entry->index;
}

void local_detach(struct compiler *compiler, uint32_t local) {
    uint32_t index = compiler->locals[local].newest;
    compiler->locals[local].newest = NOWHERE;
    while (index != NOWHERE) {
        struct value *entry = &compiler->values[index];
        index = entry->older;
        copy_local(compiler, entry);
    }
}

void local_written(struct compiler *compiler, uint32_t local) {
    uint8_t reg = compiler->locals[local].reg;
    compiler->stale_saves |= compiler->saved_homes & set_of(reg);
    compiler->absent &= ~set_of(reg);
}

/* Does the next instruction store the result to a local that has a register? */
static bool find_hint(struct compiler *compiler) {
    const uint8_t *at = compiler->at;
    if (*at != OPCODE_local_set && *at != OPCODE_local_tee) {
        return false;
    }
    bool keeps = *at++ == OPCODE_local_tee;
    uint32_t local = read_leb_u32(&at);
    if (compiler->locals[local].reg == REGISTER_NONE) {
        return false;
    }
    compiler->hint_end = at;
    compiler->hint_local = local;
    compiler->hint_keeps = keeps;
    return true;
}

uint8_t result_choose(struct compiler *compiler, enum value_type type, uint8_t prefer) {
    if (find_hint(compiler)) {
        local_detach(compiler, compiler->hint_local);
        return compiler->locals[compiler->hint_local].reg;
    }
    if (compiler->pinned & set_of(prefer)) {
        return prefer;
    }
    return scratch_take(compiler, type);
}

void result_keep(struct compiler *compiler) {
    compiler->at = compiler->hint_end;
    compiler->hint_end = nullptr;
    local_written(compiler, compiler->hint_local);
    if (compiler->hint_keeps) {
        push_local(compiler, compiler->hint_local);
    }
}
