/* SPDX-License-Identifier: MIT */
/* Constants, comparisons and arithmetic: take the operands, ask the target what fits, emit. */
#include "compiler.h"
#include <base/string.h>

void emit_constant_value(struct compiler *compiler, enum opcode opcode) {
    uint64_t bits = 0;
    switch (opcode) {
    case OPCODE_i32_const:
        push_constant(compiler, TYPE_I32, (uint32_t)read_leb_signed(&compiler->at));
        return;
    case OPCODE_i64_const:
        push_constant(compiler, TYPE_I64, (uint64_t)read_leb_signed(&compiler->at));
        return;
    case OPCODE_f32_const:
        memcpy(&bits, compiler->at, 4);
        compiler->at += 4;
        push_constant(compiler, TYPE_F32, bits);
        return;
    default:
        memcpy(&bits, compiler->at, 8);
        compiler->at += 8;
        push_constant(compiler, TYPE_F64, bits);
    }
}

/* What unary instructions give, from the signatures: "i:I". */
#define RESULT_OF(signature)                                                                       \
    ((signature "   ")[2] == 'i'   ? TYPE_I32                                                      \
     : (signature "   ")[2] == 'I' ? TYPE_I64                                                      \
     : (signature "   ")[2] == 'f' ? TYPE_F32                                                      \
                                   : TYPE_F64)
static const enum value_type results[OPCODE_COUNT] = {
#define OPCODE(symbol, code, text, immediate, signature, family, width)                            \
    [OPCODE_##symbol] = RESULT_OF(signature),
#include <engine/opcode.def>
#undef OPCODE
};

void emit_operand_site(struct compiler *compiler, const struct operand *right) {
    if (right->kind == OPERAND_ADDRESS && right->address.kind == ADDRESS_MEMORY) {
        assembler_site(&compiler->assembler, compiler->assembler.access, TRAP_MEMORY_OUT_OF_BOUNDS);
    }
}

void emit_unary(struct compiler *compiler, enum opcode opcode) {
    enum value_type type = results[opcode];
    const struct value *value = pop_value(compiler);
    uint8_t from = value_register(compiler, value);
    bool same_class = type_is_float(type) == type_is_float(value->type);
    uint8_t to = result_register(compiler, type, same_class ? from : REGISTER_NONE);
    compiler->target->unary(&compiler->assembler, opcode, to, from);
    result_push(compiler, type, to);
}

/* The i32 form of an i64 operation. */
static enum opcode narrow(enum opcode opcode) {
    return opcode >= OPCODE_i64_add && opcode <= OPCODE_i64_rotr
               ? opcode - OPCODE_i64_add + OPCODE_i32_add
               : opcode;
}

static bool commutes(enum opcode opcode) {
    switch (narrow(opcode)) {
    case OPCODE_i32_add:
    case OPCODE_i32_mul:
    case OPCODE_i32_and:
    case OPCODE_i32_or:
    case OPCODE_i32_xor:
        return true;
    default:
        return false;
    }
}

void emit_binary_operand(struct compiler *compiler, enum opcode opcode, const struct value *left,
                         const struct operand *right) {
    uint8_t from = value_register(compiler, left);
    uint8_t prefer = from;
    if (!(compiler->pinned & set_of(from)) && commutes(opcode) && right->kind == OPERAND_REGISTER) {
        prefer = right->reg;
    }
    uint64_t excess = binary_excess(compiler, opcode, from, right);
    uint8_t stand_in = register_stand_in(compiler, from);
    uint8_t to = result_register(compiler, left->type, prefer);
    if (excess <= BOUND_OFFSET_MAX && is_scratch(compiler, to)) {
        from = stand_in;
    }
    /* Now, not before: making room for the result may have moved an older value there. */
    registers_evict(compiler, compiler->target->clobbers(opcode), compiler->depth);
    registers_written(compiler, compiler->target->clobbers(opcode));
    compiler->target->binary(&compiler->assembler, opcode, to, from, right);
    register_bound(compiler, to, excess);
    emit_operand_site(compiler, right);
    result_push(compiler, left->type, to);
}

/* x + (y << 1 to 3), when the addition follows at once. */
static bool emit_shifted_add(struct compiler *compiler, enum opcode opcode,
                             const struct value *left, const struct value *right) {
    enum opcode add = opcode == OPCODE_i32_shl ? OPCODE_i32_add : OPCODE_i64_add;
    bool fits = right->kind == VALUE_CONSTANT && right->bits >= 1 && right->bits <= 3;
    if (narrow(opcode) != OPCODE_i32_shl || !fits || *compiler->at != add) {
        return false;
    }
    compiler->at++;
    uint8_t shifted = value_register(compiler, left);
    uint8_t from = value_register(compiler, pop_value(compiler));
    uint8_t prefer = compiler->pinned & set_of(from) ? from : shifted;
    uint8_t to = result_register(compiler, left->type, prefer);
    compiler->target->add_shifted(&compiler->assembler, add, to, from, shifted,
                                  (uint32_t)right->bits);
    result_push(compiler, left->type, to);
    return true;
}

/* and, only asked whether any bit is left. */
static bool emit_bit_test(struct compiler *compiler, enum opcode opcode, const struct value *left,
                          const struct value *right) {
    bool wide_test = opcode == OPCODE_i64_and && *compiler->at == OPCODE_i64_eqz;
    if (!wide_test && (opcode != OPCODE_i32_and || !test_is_wanted(compiler))) {
        return false;
    }
    struct test test;
    test.opcode = opcode;
    test.inverted = wide_test;
    compiler->at += wide_test;
    value_operand(compiler, right, OPCODE_i64_or, &test.right); /* sign-extended constants only */
    test.left = value_register(compiler, left);
    emit_test(compiler, &test);
    return true;
}

void emit_binary(struct compiler *compiler, enum opcode opcode) {
    const struct value *right = pop_value(compiler);
    const struct value *left = pop_value(compiler);
    struct operand operand;
    if (left->kind == VALUE_CONSTANT && commutes(opcode)) {
        const struct value *swap = left;
        left = right;
        right = swap;
    }
    if (emit_shifted_add(compiler, opcode, left, right) ||
        emit_bit_test(compiler, opcode, left, right)) {
        return;
    }
    value_operand(compiler, right, opcode, &operand);
    emit_binary_operand(compiler, opcode, left, &operand);
}

/* The comparison with its sides exchanged; integers only. */
static enum opcode mirrored(enum opcode opcode) {
    static const uint8_t mirror[] = {0, 1, 4, 5, 2, 3, 8, 9, 6, 7}; /* eq ne lt gt le ge, s u */
    enum opcode first = opcode >= OPCODE_i64_eq ? OPCODE_i64_eq : OPCODE_i32_eq;
    return first + mirror[opcode - first];
}

void emit_compare_test(struct compiler *compiler, struct test *test, const struct value *left) {
    test->inverted = false;
    test->left = value_register(compiler, left);
    emit_test(compiler, test);
}

void emit_compare(struct compiler *compiler, enum opcode opcode) {
    const struct value *right = pop_value(compiler);
    struct test test;
    if (opcode == OPCODE_i32_eqz || opcode == OPCODE_i64_eqz) {
        test.opcode = opcode;
        operand_constant(&test.right, 0);
        emit_compare_test(compiler, &test, right);
        return;
    }
    const struct value *left = pop_value(compiler);
    if (left->kind == VALUE_CONSTANT && !type_is_float(left->type)) {
        const struct value *swap = left;
        left = right;
        right = swap;
        opcode = mirrored(opcode);
    }
    test.opcode = opcode;
    value_operand(compiler, right, opcode, &test.right);
    emit_compare_test(compiler, &test, left);
}
