/* SPDX-License-Identifier: MIT */
/*
 * Integer arithmetic. There are three operands, so results go straight to their place. Constants
 * beyond 12 bits are made in t0. Bitwise operations keep the sign in the upper half of an i32 by
 * themselves; what adds or shifts has a form for words.
 */
#include "encode.h"

static bool is_wide(enum opcode opcode) {
    return opcode >= OPCODE_i64_clz;
}

/* The i32 form of an i64 operation. */
static enum opcode narrow(enum opcode opcode) {
    return is_wide(opcode) ? opcode - OPCODE_i64_clz + OPCODE_i32_clz : opcode;
}

/* Forms of an operation: with a register and with a number, each for i64 and for i32. */
struct forms {
    uint32_t wide, word;
    uint32_t wide_number, word_number; /* 0: none */
};

/* From i32.add on; 0: made otherwise. */
static const struct forms forms[] = {
    {DO_ADD, DO_ADDW, DO_ADDI, DO_ADDIW}, /* add */
    {DO_SUB, DO_SUBW, 0, 0},              /* sub */
    {DO_MUL, DO_MULW, 0, 0},              /* mul */
    {0, 0, 0, 0},                         /* div_s, div_u, rem_s, rem_u */
    {0, 0, 0, 0},                         /* */
    {0, 0, 0, 0},                         /* */
    {0, 0, 0, 0},                         /* */
    {DO_AND, DO_AND, DO_ANDI, DO_ANDI},   /* and */
    {DO_OR, DO_OR, DO_ORI, DO_ORI},       /* or */
    {DO_XOR, DO_XOR, DO_XORI, DO_XORI},   /* xor */
    {DO_SLL, DO_SLLW, DO_SLLI, DO_SLLIW}, /* shl */
    {DO_SRA, DO_SRAW, DO_SRAI, DO_SRAIW}, /* shr_s */
    {DO_SRL, DO_SRLW, DO_SRLI, DO_SRLIW}, /* shr_u */
    {DO_ROL, DO_ROLW, 0, 0},              /* rotl */
    {DO_ROR, DO_RORW, DO_RORI, DO_RORIW}, /* rotr */
};

/* A constant as the register would hold it. */
static int64_t signed_value(uint64_t bits, bool wide) {
    return wide ? (int64_t)bits : (int32_t)bits;
}

uint8_t riscv64_operand(struct assembler *assembler, const struct operand *operand, bool wide,
                        uint8_t temporary) {
    if (operand->kind == OPERAND_REGISTER) {
        return operand->reg;
    }
    int64_t value = signed_value(operand->bits, wide);
    if (value == 0) {
        return ZERO;
    }
    riscv64_constant(assembler, temporary, (uint64_t)value);
    return temporary;
}

/* and with ones from bit 0 up: shifted out and in again. False: it is no such mask, or one number.
 */
static bool and_low_bits(struct assembler *assembler, bool wide, uint8_t to, uint8_t left,
                         int64_t value) {
    uint64_t mask = (uint64_t)value;
    if (value <= 2047 || (mask & (mask + 1)) != 0) {
        return false;
    }
    int32_t zeros = __builtin_clzll(mask);
    if (zeros == 48 && (assembler->features & FEATURE_ZBB)) {
        riscv64_register(assembler, DO_ZEXT_H, to, left, ZERO);
    } else if (zeros == 32) {
        riscv64_zero_extend(assembler, to, left);
    } else {
        riscv64_number(assembler, DO_SLLI, to, left, zeros);
        riscv64_number(assembler, DO_SRLI, to, to, zeros);
    }
    return true;
}

/* Two additions reach what is not far beyond 12 bits. */
static bool add_twice(struct assembler *assembler, bool wide, uint8_t to, uint8_t left,
                      int64_t value) {
    if (value < -4096 || value > 4094) {
        return false;
    }
    int32_t first = value < 0 ? -2048 : 2047;
    riscv64_number(assembler, wide ? DO_ADDI : DO_ADDIW, to, left, first);
    riscv64_number(assembler, wide ? DO_ADDI : DO_ADDIW, to, to, (int32_t)value - first);
    return true;
}

static void arithmetic_constant(struct assembler *assembler, enum opcode opcode, uint8_t to,
                                uint8_t left, uint64_t bits) {
    bool wide = is_wide(opcode);
    enum opcode form = narrow(opcode);
    int64_t value = signed_value(bits, wide);
    if (form == OPCODE_i32_sub) {
        form = OPCODE_i32_add;
        value = signed_value(0 - (uint64_t)value, wide);
    }
    const struct forms *codes = &forms[form - OPCODE_i32_add];
    uint32_t number = wide ? codes->wide_number : codes->word_number;
    if (number != 0 && riscv64_fits(value)) {
        riscv64_number(assembler, number, to, left, (int32_t)value);
        return;
    }
    if ((form == OPCODE_i32_and && and_low_bits(assembler, wide, to, left, value)) ||
        (form == OPCODE_i32_add && add_twice(assembler, wide, to, left, value))) {
        return;
    }
    riscv64_constant(assembler, T0, (uint64_t)value);
    riscv64_register(assembler, wide ? codes->wide : codes->word, to, left, T0);
}

static void shift_constant(struct assembler *assembler, enum opcode opcode, uint8_t to,
                           uint8_t left, uint64_t bits) {
    const struct forms *codes = &forms[narrow(opcode) - OPCODE_i32_add];
    bool wide = is_wide(opcode);
    int32_t count = (int32_t)(bits & (wide ? 63 : 31));
    if (count == 0) {
        riscv64_move(assembler, to, left);
    } else {
        riscv64_number(assembler, wide ? codes->wide_number : codes->word_number, to, left, count);
    }
}

/* Without Zbb: the two parts, or-ed. */
static void rotate_constant(struct assembler *assembler, bool wide, uint8_t to, uint8_t left,
                            int32_t right_count) {
    int32_t size = wide ? 64 : 32;
    if (right_count == 0) {
        riscv64_move(assembler, to, left);
        return;
    }
    if (assembler->features & FEATURE_ZBB) {
        riscv64_number(assembler, wide ? DO_RORI : DO_RORIW, to, left, right_count);
        return;
    }
    riscv64_number(assembler, wide ? DO_SRLI : DO_SRLIW, T0, left, right_count);
    riscv64_number(assembler, wide ? DO_SLLI : DO_SLLIW, T1, left, size - right_count);
    riscv64_register(assembler, DO_OR, to, T0, T1);
}

static void rotate(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                   const struct operand *right) {
    bool wide = is_wide(opcode), leftwards = narrow(opcode) == OPCODE_i32_rotl;
    if (right->kind == OPERAND_CONSTANT) {
        uint64_t count = leftwards ? 0 - right->bits : right->bits;
        rotate_constant(assembler, wide, to, left, (int32_t)(count & (wide ? 63 : 31)));
        return;
    }
    const struct forms *codes = &forms[narrow(opcode) - OPCODE_i32_add];
    if (assembler->features & FEATURE_ZBB) {
        riscv64_register(assembler, wide ? codes->wide : codes->word, to, left, right->reg);
        return;
    }
    const struct forms *up = &forms[OPCODE_i32_shl - OPCODE_i32_add];
    const struct forms *down = &forms[OPCODE_i32_shr_u - OPCODE_i32_add];
    const struct forms *first = leftwards ? up : down, *second = leftwards ? down : up;
    riscv64_register(assembler, DO_SUB, T1, ZERO, right->reg); /* only the lowest bits count */
    riscv64_register(assembler, wide ? first->wide : first->word, T0, left, right->reg);
    riscv64_register(assembler, wide ? second->wide : second->word, T1, left, T1);
    riscv64_register(assembler, DO_OR, to, T0, T1);
}

static bool is_shift(enum opcode form) {
    return form >= OPCODE_i32_shl && form <= OPCODE_i32_shr_u;
}

void riscv64_binary(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                    const struct operand *right) {
    enum opcode form = narrow(opcode);
    if (riscv64_binary_float(assembler, opcode, to, left, right)) {
        return;
    }
    if (form >= OPCODE_i32_div_s && form <= OPCODE_i32_rem_u) {
        riscv64_divide(assembler, opcode, to, left, right);
    } else if (form == OPCODE_i32_rotl || form == OPCODE_i32_rotr) {
        rotate(assembler, opcode, to, left, right);
    } else if (right->kind == OPERAND_CONSTANT && is_shift(form)) {
        shift_constant(assembler, opcode, to, left, right->bits);
    } else if (right->kind == OPERAND_CONSTANT) {
        arithmetic_constant(assembler, opcode, to, left, right->bits);
    } else {
        const struct forms *codes = &forms[form - OPCODE_i32_add];
        riscv64_register(assembler, is_wide(opcode) ? codes->wide : codes->word, to, left,
                         right->reg);
    }
}

static void extend(struct assembler *assembler, uint32_t code, int32_t distance, uint8_t to,
                   uint8_t from) {
    if (assembler->features & FEATURE_ZBB) {
        riscv64_number(assembler, code, to, from, 0);
        return;
    }
    riscv64_number(assembler, DO_SLLI, to, from, distance);
    riscv64_number(assembler, DO_SRAI, to, to, distance);
}

void riscv64_unary(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t from) {
    if (riscv64_unary_float(assembler, opcode, to, from) ||
        riscv64_convert_to_integer(assembler, opcode, to, from) ||
        riscv64_convert_to_float(assembler, opcode, to, from) ||
        riscv64_count(assembler, opcode, to, from)) {
        return;
    }
    switch (opcode) {
    case OPCODE_i32_extend8_s:
    case OPCODE_i64_extend8_s:
        extend(assembler, DO_SEXT_B, 56, to, from);
        break;
    case OPCODE_i32_extend16_s:
    case OPCODE_i64_extend16_s:
        extend(assembler, DO_SEXT_H, 48, to, from);
        break;
    case OPCODE_i64_extend_i32_s: /* as it is */
        riscv64_move(assembler, to, from);
        break;
    case OPCODE_i64_extend_i32_u:
        riscv64_zero_extend(assembler, to, from);
        break;
    default: /* i32.wrap_i64, i64.extend32_s */
        riscv64_number(assembler, DO_ADDIW, to, from, 0);
    }
}
