/* SPDX-License-Identifier: MIT */
/*
 * Division. udiv and sdiv never trap: zero answers 0, and the least number by -1 itself; what wasm
 * calls a trap is looked for before. By a constant power of two it is a shift; by another 32-bit
 * constant d a multiplication by M, 2^p / d rounded up, and a shift by p. That is right for all x
 * below 2^n when M d - 2^p is at most 2^(p - n) (Hacker's Delight, 10). For signed numbers, n = 31,
 * p = 31 + ceil(log2 d) always does; for unsigned ones, n = 32, M of 32 bits does for most d.
 */
#include "encode.h"

struct division {
    bool wide, is_signed, remainder;
    uint8_t to, left;
    const struct operand *right;
};

/* to = left - quotient * by */
static void put_remainder(struct assembler *assembler, const struct division *division,
                          uint8_t quotient, uint8_t by) {
    aarch64_three(assembler, wide_if(division->wide) | WORD_MSUB | (uint32_t)division->left << 10,
                  division->to, quotient, by);
}

static void unsigned_by_power(struct assembler *assembler, const struct division *division,
                              uint8_t log2) {
    if (division->remainder) {
        aarch64_logical_constant(assembler, WORD_AND, division->wide, division->to, division->left,
                                 ((uint64_t)1 << log2) - 1);
    } else {
        aarch64_shift_right(assembler, division->wide, division->to, division->left, log2);
    }
}

/* x16 = left, with 2^log2 - 1 added if it is negative: so a shift rounds toward zero. */
static void bias(struct assembler *assembler, const struct division *division, uint8_t log2) {
    uint8_t most = division->wide ? 63 : 31;
    uint8_t sign = division->left;
    if (log2 > 1) {
        aarch64_bitfield(assembler, WORD_SBFM, division->wide, X16, division->left, most, most);
        sign = X16;
    }
    uint32_t down = (uint32_t)(most + 1 - log2) << 10 | 1u << 22; /* lsr */
    aarch64_three(assembler, wide_if(division->wide) | WORD_ADD | down, X16, division->left, sign);
}

static void signed_by_power(struct assembler *assembler, const struct division *division,
                            uint8_t log2) {
    bool wide = division->wide;
    bias(assembler, division, log2);
    if (!division->remainder) {
        aarch64_bitfield(assembler, WORD_SBFM, wide, division->to, X16, log2, wide ? 63 : 31);
        return;
    }
    aarch64_logical_constant(assembler, WORD_AND, wide, X16, X16, UINT64_MAX << log2);
    aarch64_three(assembler, wide_if(wide) | WORD_SUB, division->to, division->left, X16);
}

/* The quotient is in x16. */
static void finish_by_constant(struct assembler *assembler, const struct division *division,
                               uint32_t by) {
    if (division->remainder) {
        aarch64_constant(assembler, X17, by);
        put_remainder(assembler, division, X16, X17);
    } else {
        aarch64_move(assembler, false, division->to, X16);
    }
}

static uint8_t ceil_log2(uint32_t number) {
    return (uint8_t)(32 - __builtin_clz(number - 1));
}

/* False: M would need 33 bits. (With one bit more in p it always does.) */
static bool unsigned_by_multiplying(struct assembler *assembler, const struct division *division,
                                    uint32_t by) {
    uint8_t shift = ceil_log2(by) - 1;
    uint64_t power = (uint64_t)1 << (32 + shift);
    uint64_t factor = power / by + 1;
    if (factor * by - power > (uint64_t)1 << shift) {
        return false;
    }
    aarch64_constant(assembler, X16, factor);
    aarch64_three(assembler, WORD_UMULL, X16, X16, division->left);
    aarch64_shift_right(assembler, true, X16, X16, 32 + shift);
    finish_by_constant(assembler, division, by);
    return true;
}

static void signed_by_multiplying(struct assembler *assembler, const struct division *division,
                                  uint32_t by) {
    uint8_t bits = 31 + ceil_log2(by);
    aarch64_bitfield(assembler, WORD_SBFM, true, X16, division->left, 0, 31); /* sxtw */
    aarch64_constant(assembler, X17, ((uint64_t)1 << bits) / by + 1);
    aarch64_three(assembler, WIDE | WORD_MADD | ZR << 10, X16, X16, X17);
    aarch64_bitfield(assembler, WORD_SBFM, true, X16, X16, bits, 63);                   /* asr */
    aarch64_three(assembler, WORD_ADD | 1u << 22 | 31 << 10, X16, X16, division->left); /* lsr */
    finish_by_constant(assembler, division, by);
}

/* Is there a quicker way for this constant divisor? Emits it. */
static bool by_constant(struct assembler *assembler, const struct division *division) {
    uint64_t bits = division->right->bits;
    int64_t number = division->wide ? (int64_t)bits : (int32_t)bits;
    if (division->right->kind != OPERAND_CONSTANT) {
        return false;
    }
    if (!division->is_signed) {
        bits = division->wide ? bits : (uint32_t)bits;
        if (bits >= 2 && (bits & (bits - 1)) == 0) {
            unsigned_by_power(assembler, division, (uint8_t)__builtin_ctzll(bits));
            return true;
        }
        return !division->wide && bits >= 3 &&
               unsigned_by_multiplying(assembler, division, (uint32_t)bits);
    }
    if (number >= 2 && (number & (number - 1)) == 0) {
        signed_by_power(assembler, division, (uint8_t)__builtin_ctzll((uint64_t)number));
        return true;
    }
    if (!division->wide && number >= 3) {
        signed_by_multiplying(assembler, division, (uint32_t)number);
        return true;
    }
    return false;
}

/* The divisor, in a register. */
static uint8_t divisor(struct assembler *assembler, const struct division *division) {
    const struct operand *right = division->right;
    if (right->kind != OPERAND_CONSTANT) {
        return right->reg;
    }
    aarch64_constant(assembler, X17, division->wide ? right->bits : (uint32_t)right->bits);
    return X17;
}

/* The least number by -1: by = -1 makes the comparison of left with 1 count, which overflows. */
static void check_overflow(struct assembler *assembler, const struct division *division,
                           uint8_t by) {
    aarch64_compare_constant(assembler, division->wide, by, UINT64_MAX);
    aarch64_three(assembler, wide_if(division->wide) | WORD_CCMP_IMMEDIATE | IF_EQUAL << 12, 0,
                  division->left, 1);
    aarch64_jump_if(assembler, IF_OVERFLOW, assembler_trap(assembler, TRAP_INTEGER_OVERFLOW));
}

static struct division division_of(enum opcode opcode, uint8_t to, uint8_t left,
                                   const struct operand *right) {
    bool wide = opcode >= OPCODE_i64_div_s;
    enum opcode form = wide ? opcode - OPCODE_i64_div_s + OPCODE_i32_div_s : opcode;
    return (struct division){
        .wide = wide,
        .is_signed = form == OPCODE_i32_div_s || form == OPCODE_i32_rem_s,
        .remainder = form == OPCODE_i32_rem_s || form == OPCODE_i32_rem_u,
        .to = to,
        .left = left,
        .right = right,
    };
}

void aarch64_divide(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                    const struct operand *right) {
    struct division division = division_of(opcode, to, left, right);
    bool checks = right->kind != OPERAND_CONSTANT;
    uint32_t word = wide_if(division.wide) | (division.is_signed ? WORD_SDIV : WORD_UDIV);
    if (by_constant(assembler, &division)) {
        return;
    }
    uint8_t by = divisor(assembler, &division);
    if (checks) {
        aarch64_jump_zero(assembler, division.wide, true, by,
                          assembler_trap(assembler, TRAP_DIVIDE_BY_ZERO));
    }
    if (checks && division.is_signed && !division.remainder) {
        check_overflow(assembler, &division, by);
    }
    if (division.remainder) {
        aarch64_three(assembler, word, X16, left, by);
        put_remainder(assembler, &division, X16, by);
    } else {
        aarch64_three(assembler, word, to, left, by);
    }
}
