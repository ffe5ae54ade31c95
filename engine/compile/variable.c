/* SPDX-License-Identifier: MIT */
/* Locals and globals. A get of a local emits nothing: the entry names the local. */
#include "compiler.h"

/* Stores a taken value to a local that has a register. */
static void set_register(struct compiler *compiler, const struct value *value, uint32_t local) {
    value_to(compiler, value, compiler->locals[local].reg);
    local_written(compiler, local);
}

static void set_word(struct compiler *compiler, const struct value *value, uint32_t local) {
    struct address to = frame_address(compiler->locals[local].offset);
    value_store(compiler, value, value->type, &to);
}

static bool is_same_local(const struct value *value, uint32_t local) {
    return value->kind == VALUE_LOCAL && value->local == local;
}

/* What a tee leaves: the value as it was, if that is a constant, or in a register while the local
 * is in the frame; else the local. */
static void push_kept(struct compiler *compiler, const struct value *value, uint32_t local) {
    if (value->kind == VALUE_CONSTANT) {
        push_constant(compiler, value->type, value->bits);
    } else if (value->kind == VALUE_REGISTER && compiler->locals[local].reg == REGISTER_NONE) {
        push_register(compiler, value->type, value->reg);
    } else {
        push_local(compiler, local);
    }
}

static void set_local(struct compiler *compiler, uint32_t local, bool keeps) {
    const struct value *value = pop_value(compiler);
    bool has_register = compiler->locals[local].reg != REGISTER_NONE;
    if (!is_same_local(value, local)) {
        local_detach(compiler, local);
        if (has_register) {
            set_register(compiler, value, local);
        } else {
            set_word(compiler, value, local);
        }
    }
    if (keeps) {
        push_kept(compiler, value, local);
    }
    scratch_release(compiler);
}

void emit_local_get(struct compiler *compiler, enum opcode opcode) {
    push_local(compiler, read_leb_u32(&compiler->at));
}

void emit_local_set(struct compiler *compiler, enum opcode opcode) {
    set_local(compiler, read_leb_u32(&compiler->at), false);
}

void emit_local_tee(struct compiler *compiler, enum opcode opcode) {
    set_local(compiler, read_leb_u32(&compiler->at), true);
}

/* Where a global's value lies; an imported one through a pointer, in a temporary. */
static struct address global_address(struct compiler *compiler, uint32_t global) {
    struct address address = instance_address(layout_entry(compiler->layout->globals, global));
    if (global >= compiler->module->imported_globals) {
        return address;
    }
    uint8_t pointer = compiler->target->result_integer;
    compiler->target->load(&compiler->assembler, OPCODE_i64_load, pointer, &address);
    return (struct address){.kind = ADDRESS_POINTER, .reg = pointer};
}

void emit_global_get(struct compiler *compiler, enum opcode opcode) {
    uint32_t global = read_leb_u32(&compiler->at);
    enum value_type type = compiler->module->globals[global].type.type;
    uint8_t to = result_register(compiler, type, REGISTER_NONE);
    struct address address = global_address(compiler, global);
    compiler->target->load(&compiler->assembler, load_of(type), to, &address);
    result_push(compiler, type, to);
}

void emit_global_set(struct compiler *compiler, enum opcode opcode) {
    uint32_t global = read_leb_u32(&compiler->at);
    enum value_type type = compiler->module->globals[global].type.type;
    const struct value *value = pop_value(compiler);
    struct address address = global_address(compiler, global);
    value_store(compiler, value, type, &address);
    scratch_release(compiler);
}
