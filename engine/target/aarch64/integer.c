/* SPDX-License-Identifier: MIT */
/*
 * Integer arithmetic. Every constant is taken as a right side: where the instruction cannot have
 * it, it goes through a temporary, which costs no scratch register.
 */
#include "encode.h"
#include <base/string.h>

static bool is_wide(enum opcode opcode) {
    return opcode >= OPCODE_i64_clz;
}

/* The i32 form of an i64 operation. */
static enum opcode narrow(enum opcode opcode) {
    return is_wide(opcode) ? opcode - OPCODE_i64_clz + OPCODE_i32_clz : opcode;
}

/* As a number of the operation's width. */
static int64_t signed_constant(bool wide, uint64_t bits) {
    return wide ? (int64_t)bits : (int32_t)bits;
}

static void add(struct assembler *assembler, bool wide, uint8_t to, uint8_t left,
                const struct operand *right, bool subtracts) {
    uint32_t word = subtracts ? WORD_SUB : WORD_ADD;
    int64_t constant = signed_constant(wide, right->bits);
    if (right->kind != OPERAND_CONSTANT) {
        aarch64_three(assembler, wide_if(wide) | word, to, left, right->reg);
    } else if (subtracts && constant != INT64_MIN) {
        aarch64_add_constant(assembler, wide, to, left, -constant);
    } else {
        aarch64_add_constant(assembler, wide, to, left, constant); /* INT64_MIN is its negation */
    }
}

static void logical(struct assembler *assembler, bool wide, uint32_t word, uint8_t to, uint8_t left,
                    const struct operand *right) {
    if (right->kind == OPERAND_CONSTANT) {
        aarch64_logical_constant(assembler, word, wide, to, left, right->bits);
    } else {
        aarch64_three(assembler, wide_if(wide) | word, to, left, right->reg);
    }
}

/* By 2^n, 2^n + 1 and 2^n - 1 it is a shift, and an addition or subtraction. */
static bool multiply_simply(struct assembler *assembler, bool wide, uint8_t to, uint8_t left,
                            uint64_t by) {
    uint32_t shift;
    if (by == 0) {
        aarch64_constant(assembler, to, 0);
    } else if ((by & (by - 1)) == 0) {
        aarch64_shift_left(assembler, wide, to, left, (uint8_t)__builtin_ctzll(by));
    } else if (((by - 1) & (by - 2)) == 0) {
        shift = (uint32_t)__builtin_ctzll(by - 1);
        aarch64_three(assembler, wide_if(wide) | WORD_ADD | shift << 10, to, left, left);
    } else if ((by & (by + 1)) == 0 && by != UINT64_MAX) {
        shift = (uint32_t)__builtin_ctzll(by + 1);
        aarch64_shift_left(assembler, wide, X16, left, (uint8_t)shift);
        aarch64_three(assembler, wide_if(wide) | WORD_SUB, to, X16, left);
    } else {
        return false;
    }
    return true;
}

static void multiply(struct assembler *assembler, bool wide, uint8_t to, uint8_t left,
                     const struct operand *right) {
    uint8_t by = right->reg;
    if (right->kind == OPERAND_CONSTANT) {
        uint64_t bits = wide ? right->bits : (uint32_t)right->bits;
        if ((wide || bits != UINT32_MAX) && multiply_simply(assembler, wide, to, left, bits)) {
            return;
        }
        aarch64_constant(assembler, X16, bits);
        by = X16;
    }
    aarch64_three(assembler, wide_if(wide) | WORD_MADD | ZR << 10, to, left, by);
}

static uint32_t shift_word(enum opcode opcode) {
    switch (narrow(opcode)) {
    case OPCODE_i32_shl:
        return WORD_LSL;
    case OPCODE_i32_shr_s:
        return WORD_ASR;
    case OPCODE_i32_shr_u:
        return WORD_LSR;
    default:
        return WORD_ROR;
    }
}

static void shift_constant(struct assembler *assembler, enum opcode opcode, uint8_t to,
                           uint8_t left, uint64_t bits) {
    bool wide = is_wide(opcode);
    uint8_t most = wide ? 63 : 31, count = (uint8_t)bits & most;
    switch (narrow(opcode)) {
    case OPCODE_i32_shl:
        aarch64_shift_left(assembler, wide, to, left, count);
        return;
    case OPCODE_i32_shr_s:
        aarch64_bitfield(assembler, WORD_SBFM, wide, to, left, count, most);
        return;
    case OPCODE_i32_shr_u:
        aarch64_shift_right(assembler, wide, to, left, count);
        return;
    case OPCODE_i32_rotl:
        count = -count & most;
        break;
    default:
        break;
    }
    aarch64_three(assembler, WORD_EXTR | (wide ? WIDE | 1u << 22 : 0) | (uint32_t)count << 10, to,
                  left, left);
}

static void shift(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                  const struct operand *right) {
    bool wide = is_wide(opcode);
    uint8_t count = right->reg;
    if (right->kind == OPERAND_CONSTANT) {
        shift_constant(assembler, opcode, to, left, right->bits);
        return;
    }
    if (narrow(opcode) == OPCODE_i32_rotl) { /* right, by the negative count */
        aarch64_three(assembler, WORD_SUB, X16, ZR, count);
        count = X16;
    }
    aarch64_three(assembler, wide_if(wide) | shift_word(opcode), to, left, count);
}

void aarch64_binary(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                    const struct operand *right) {
    bool wide = is_wide(opcode);
    if (aarch64_binary_float(assembler, opcode, to, left, right->reg)) {
        return;
    }
    switch (narrow(opcode)) {
    case OPCODE_i32_add:
    case OPCODE_i32_sub:
        add(assembler, wide, to, left, right, narrow(opcode) == OPCODE_i32_sub);
        break;
    case OPCODE_i32_and:
        logical(assembler, wide, WORD_AND, to, left, right);
        break;
    case OPCODE_i32_or:
        logical(assembler, wide, WORD_ORR, to, left, right);
        break;
    case OPCODE_i32_xor:
        logical(assembler, wide, WORD_EOR, to, left, right);
        break;
    case OPCODE_i32_mul:
        multiply(assembler, wide, to, left, right);
        break;
    case OPCODE_i32_div_s:
    case OPCODE_i32_div_u:
    case OPCODE_i32_rem_s:
    case OPCODE_i32_rem_u:
        aarch64_divide(assembler, opcode, to, left, right);
        break;
    default:
        shift(assembler, opcode, to, left, right);
    }
}

/* Through the vector unit, whose bytes can be counted and summed. */
static void count_ones(struct assembler *assembler, bool wide, uint8_t to, uint8_t from) {
    aarch64_to_float(assembler, wide, V31, from);
    aarch64_two(assembler, WORD_CNT, V31, V31);
    aarch64_two(assembler, WORD_ADDV, V31, V31);
    aarch64_from_float(assembler, false, to, V31);
}

static void extend(struct assembler *assembler, bool wide, uint8_t to, uint8_t from, uint8_t bits) {
    aarch64_bitfield(assembler, WORD_SBFM, wide, to, from, 0, bits - 1);
}

static void unary(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t from) {
    bool wide = opcode >= OPCODE_i64_clz && opcode <= OPCODE_i64_popcnt;
    switch (opcode) {
    case OPCODE_i32_clz:
    case OPCODE_i64_clz:
        aarch64_two(assembler, wide_if(wide) | WORD_CLZ, to, from);
        break;
    case OPCODE_i32_ctz:
    case OPCODE_i64_ctz:
        aarch64_two(assembler, wide_if(wide) | WORD_RBIT, X16, from);
        aarch64_two(assembler, wide_if(wide) | WORD_CLZ, to, X16);
        break;
    case OPCODE_i32_popcnt:
    case OPCODE_i64_popcnt:
        count_ones(assembler, wide, to, from);
        break;
    case OPCODE_i32_extend8_s:
    case OPCODE_i64_extend8_s:
        extend(assembler, opcode == OPCODE_i64_extend8_s, to, from, 8);
        break;
    case OPCODE_i32_extend16_s:
    case OPCODE_i64_extend16_s:
        extend(assembler, opcode == OPCODE_i64_extend16_s, to, from, 16);
        break;
    case OPCODE_i32_wrap_i64:
        aarch64_three(assembler, WORD_ORR, to, ZR, from);
        break;
    case OPCODE_i64_extend_i32_u:
        aarch64_move(assembler, false, to, from);
        break;
    default:
        extend(assembler, true, to, from, 32);
    }
}

void aarch64_unary(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t from) {
    if (!aarch64_unary_float(assembler, opcode, to, from) &&
        !aarch64_convert_to_integer(assembler, opcode, to, from) &&
        !aarch64_convert_to_float(assembler, opcode, to, from)) {
        unary(assembler, opcode, to, from);
    }
}
