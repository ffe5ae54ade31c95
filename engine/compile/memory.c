/* SPDX-License-Identifier: MIT */
/*
 * Linear memory. In guard mode an access is one instruction and a site: the reservation is wide
 * enough for any index and offset, so what is out of bounds faults. A load whose value the next
 * instruction takes as its right side becomes that instruction's memory operand.
 */
#include "compiler.h"
#include <engine/instance.h>

/* Takes the index off the stack; a constant one is part of the offset. */
static struct address take_address(struct compiler *compiler, uint32_t offset) {
    const struct instance_layout *layout = compiler->layout;
    struct value index = pop_value(compiler);
    struct address address = {
        .kind = ADDRESS_MEMORY,
        .reg = REGISTER_NONE,
        .memory_base = layout->memory_at_base ? 0 : layout_entry(layout->memory_bases, 0),
        .offset = offset};
    if (index.kind == VALUE_CONSTANT) {
        address.offset += index.bits;
    } else {
        address.reg = value_register(compiler, &index);
    }
    return address;
}

/* The operation that can take this load as its right side, when it comes next. */
static bool find_fold(const struct compiler *compiler, enum opcode load,
                      const struct address *address) {
    const struct opcode_facts *next = &opcode_facts[*compiler->at];
    if (load > OPCODE_f64_load || address->memory_base != 0 || address->offset > INT32_MAX ||
        (next->family != FAMILY_BINARY && next->family != FAMILY_COMPARE)) {
        return false;
    }
    char type = opcode_facts[load].signature[2];
    return next->signature[0] == type && next->signature[1] == type &&
           compiler->target->memory_fits((enum opcode) * compiler->at, ADDRESS_MEMORY);
}

static void emit_folded(struct compiler *compiler, const struct address *address) {
    enum opcode opcode = (enum opcode) * compiler->at++;
    struct value left = pop_value(compiler);
    struct operand right = {.kind = OPERAND_ADDRESS, .reg = REGISTER_NONE, .address = *address};
    if (opcode_facts[opcode].family == FAMILY_BINARY) {
        emit_binary_operand(compiler, opcode, &left, &right);
    } else {
        emit_compare_operand(compiler, opcode, &left, &right);
    }
}

static enum value_type loaded_type(enum opcode opcode) {
    switch (opcode_facts[opcode].signature[2]) {
    case 'i':
        return TYPE_I32;
    case 'I':
        return TYPE_I64;
    case 'f':
        return TYPE_F32;
    default:
        return TYPE_F64;
    }
}

void emit_load(struct compiler *compiler, enum opcode opcode) {
    struct assembler *assembler = &compiler->assembler;
    read_leb_u32(&compiler->at); /* alignment: a hint */
    struct address address = take_address(compiler, read_leb_u32(&compiler->at));
    assembler_separate(assembler);
    if (find_fold(compiler, opcode, &address)) {
        emit_folded(compiler, &address);
        return;
    }
    enum value_type type = loaded_type(opcode);
    uint8_t to = result_register(compiler, type, type_is_float(type) ? REGISTER_NONE : address.reg);
    compiler->target->load(assembler, opcode, to, &address);
    assembler_site(assembler, assembler->access, TRAP_MEMORY_OUT_OF_BOUNDS);
    result_push(compiler, type, to);
}

void emit_store(struct compiler *compiler, enum opcode opcode) {
    struct assembler *assembler = &compiler->assembler;
    read_leb_u32(&compiler->at);
    uint32_t offset = read_leb_u32(&compiler->at);
    struct value value = pop_value(compiler);
    struct operand from = value_operand(compiler, &value, opcode);
    struct address address = take_address(compiler, offset);
    assembler_separate(assembler);
    compiler->target->store(assembler, opcode, &from, &address);
    assembler_site(assembler, assembler->access, TRAP_MEMORY_OUT_OF_BOUNDS);
    scratch_release(compiler);
}

static void emit_size(struct compiler *compiler) {
    const struct target *target = compiler->target;
    uint8_t pointer = target->temporary_integer;
    uint8_t to = result_register(compiler, TYPE_I32, REGISTER_NONE);
    struct address memory = instance_address(layout_entry(compiler->layout->memories, 0));
    struct address pages = {
        .kind = ADDRESS_POINTER, .reg = pointer, .offset = offsetof(struct memory, pages)};
    target->load(&compiler->assembler, OPCODE_i64_load, pointer, &memory);
    target->load(&compiler->assembler, OPCODE_i32_load, to, &pages);
    result_push(compiler, TYPE_I32, to);
}

void emit_memory(struct compiler *compiler, enum opcode opcode) {
    uint32_t immediates[2] = {read_leb_u32(&compiler->at), 0};
    switch (opcode) {
    case OPCODE_memory_size:
        emit_size(compiler);
        break;
    case OPCODE_memory_grow:
        emit_helper(compiler, HELPER_MEMORY_GROW, 1, immediates, 1, TYPE_I32);
        break;
    case OPCODE_memory_init: /* encoded: data, memory */
        immediates[1] = immediates[0];
        immediates[0] = read_leb_u32(&compiler->at);
        emit_helper(compiler, HELPER_MEMORY_INIT, 2, immediates, 3, TYPE_ANY);
        break;
    case OPCODE_data_drop:
        emit_helper(compiler, HELPER_DATA_DROP, 1, immediates, 0, TYPE_ANY);
        break;
    case OPCODE_memory_copy:
        read_leb_u32(&compiler->at);
        emit_leaf(compiler, LEAF_MEMORY_COPY);
        break;
    default:
        emit_leaf(compiler, LEAF_MEMORY_FILL);
    }
}
