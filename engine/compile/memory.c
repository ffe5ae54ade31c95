/* SPDX-License-Identifier: MIT */
/*
 * Linear memory. In guard mode an access is one instruction and a site: the reservation is wide
 * enough for any index and offset, so what is out of bounds faults. In checked mode, and for every
 * imported memory, the address is bound by the memory's size as it is then, and the access still is
 * a site: what is outside faults too, just behind the memory. A load whose value the next
 * instruction takes as its right side becomes that instruction's memory operand.
 */
#include "compiler.h"
#include <engine/instance.h>

/* Takes the index off the stack; a constant one is part of the offset. */
static struct address take_address(struct compiler *compiler, enum opcode opcode,
                                   struct memory_access access) {
    const struct instance_layout *layout = compiler->layout;
    bool at_base = access.memory == 0 && layout->memory_at_base;
    const struct value *index = pop_value(compiler);
    struct address address = {.kind = ADDRESS_MEMORY,
                              .reg = REGISTER_NONE,
                              .memory_base =
                                  at_base ? 0 : layout_entry(layout->memory_bases, access.memory),
                              .offset = access.offset};
    if (index->kind == VALUE_CONSTANT) {
        address.offset += index->bits;
    } else {
        address.reg = value_register(compiler, index);
    }
    bind_address(compiler, access.memory, &address, 1u << opcode_facts[opcode].log2_width);
    return address;
}

/* Can a target form this address beside the result registers? A branch that carries a value has it
 * there already when it compares. */
static bool is_simple(const struct address *address) {
    return address->bound_kind == BOUND_NONE && address->memory_base == 0 &&
           address->offset <= INT32_MAX;
}

/* The operation that can take this load as its right side, when it comes next. */
static bool find_fold(const struct compiler *compiler, enum opcode load,
                      const struct address *address) {
    const struct opcode_facts *next = &opcode_facts[*compiler->at];
    if (load > OPCODE_f64_load || !is_simple(address) ||
        (next->family != FAMILY_BINARY && next->family != FAMILY_COMPARE)) {
        return false;
    }
    char type = opcode_facts[load].signature[2];
    return next->signature[0] == type && next->signature[1] == type &&
           compiler->target->memory_fits((enum opcode) * compiler->at, ADDRESS_MEMORY);
}

static void emit_folded(struct compiler *compiler, const struct address *address) {
    enum opcode opcode = (enum opcode) * compiler->at++;
    const struct value *left = pop_value(compiler);
    if (opcode_facts[opcode].family == FAMILY_BINARY) {
        struct operand right = {.kind = OPERAND_ADDRESS, .reg = REGISTER_NONE, .address = *address};
        emit_binary_operand(compiler, opcode, left, &right);
    } else {
        struct test test = {
            .opcode = opcode,
            .right = {.kind = OPERAND_ADDRESS, .reg = REGISTER_NONE, .address = *address}};
        emit_compare_test(compiler, &test, left);
    }
}

static enum value_type loaded_type(enum opcode opcode) {
    static const enum value_type types[] = {
        TYPE_I32, TYPE_I64, TYPE_F32, TYPE_F64,                     /* whole */
        TYPE_I32, TYPE_I32, TYPE_I32, TYPE_I32,                     /* i32.load8_s to load16_u */
        TYPE_I64, TYPE_I64, TYPE_I64, TYPE_I64, TYPE_I64, TYPE_I64, /* i64.load8_s to load32_u */
    };
    return types[opcode - OPCODE_i32_load];
}

/* What is read without a sign is small. */
static uint64_t load_excess(enum opcode opcode) {
    switch (opcode) {
    case OPCODE_i32_load8_u:
        return UINT8_MAX;
    case OPCODE_i32_load16_u:
        return UINT16_MAX;
    default:
        return EXCESS_UNKNOWN;
    }
}

/* Should the register of the index not be the result's? One that stands in for it is given up only
 * when there is no other. */
static bool is_kept(const struct compiler *compiler, const struct address *address,
                    enum value_type type) {
    register_set free = compiler->allocatable & UINT32_MAX & ~compiler->used & ~compiler->pinned;
    bool stands_in = (compiler->assembler.stand_ins & set_of(address->reg)) != 0;
    return type_is_float(type) || (stands_in && free != 0);
}

void emit_load(struct compiler *compiler, enum opcode opcode) {
    struct assembler *assembler = &compiler->assembler;
    struct address address = take_address(compiler, opcode, read_memory_access(&compiler->at));
    assembler_separate(assembler);
    if (find_fold(compiler, opcode, &address)) {
        emit_folded(compiler, &address);
        return;
    }
    enum value_type type = loaded_type(opcode);
    uint8_t prefer = is_kept(compiler, &address, type) ? REGISTER_NONE : address.reg;
    uint8_t to = result_register(compiler, type, prefer);
    compiler->target->load(assembler, opcode, to, &address);
    assembler_site(assembler, assembler->access, TRAP_MEMORY_OUT_OF_BOUNDS);
    register_bound(compiler, to, load_excess(opcode));
    result_push(compiler, type, to);
}

void emit_store(struct compiler *compiler, enum opcode opcode) {
    struct assembler *assembler = &compiler->assembler;
    struct memory_access access = read_memory_access(&compiler->at);
    struct operand from;
    value_operand(compiler, pop_value(compiler), opcode, &from);
    struct address address = take_address(compiler, opcode, access);
    assembler_separate(assembler);
    compiler->target->store(assembler, opcode, &from, &address);
    assembler_site(assembler, assembler->access, TRAP_MEMORY_OUT_OF_BOUNDS);
    scratch_release(compiler);
}

static void emit_size(struct compiler *compiler, uint32_t index) {
    const struct target *target = compiler->target;
    uint8_t pointer = target->temporary_integer;
    uint8_t to = result_register(compiler, TYPE_I32, REGISTER_NONE);
    struct address memory = instance_address(layout_entry(compiler->layout->memories, index));
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
        emit_size(compiler, immediates[0]);
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
        immediates[1] = read_leb_u32(&compiler->at);
        emit_leaf(compiler,
                  immediates[0] == immediates[1] ? LEAF_MEMORY_COPY : LEAF_MEMORY_COPY_ACROSS,
                  immediates[0], immediates[1]);
        break;
    default:
        emit_leaf(compiler, LEAF_MEMORY_FILL, immediates[0], immediates[0]);
    }
}
