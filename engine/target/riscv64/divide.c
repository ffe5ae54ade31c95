/* SPDX-License-Identifier: MIT */
/*
 * Division. The CPU never traps: zero, and for quotients the least number by -1, are checked
 * before. (The remainder of the latter is 0 by itself, as wasm has it.)
 *
 * By a constant it is shifts, or for 32 bits a multiplication: with M = floor(2^p / d) + 1 and
 * M * d - 2^p at most 2^(p - b), where b bits hold |x|, x * M / 2^p is less than 1 / d above x / d
 * (below, for negative x), which rounding down hides; a negative quotient is one too small then
 * (Hacker's Delight, 10-3 and 10-9).
 */
#include "encode.h"

struct division {
    bool wide, is_signed, remainder;
    uint8_t to, left;
    uint64_t by; /* a constant: its absolute value */
    bool negative;
};

struct factor {
    uint64_t number;
    uint32_t shift;
};

/* d is no power of two, and below 2^b. */
static struct factor factor_of(uint64_t d, uint32_t b) {
    uint32_t shift = 32;
    uint64_t number;
    for (;; shift++) {
        uint64_t power = UINT64_C(1) << shift;
        number = power / d + 1;
        if (number * d - power <= UINT64_C(1) << (shift - b)) {
            return (struct factor){number, shift};
        }
    }
}

static bool is_power(uint64_t number) {
    return (number & (number - 1)) == 0;
}

static uint32_t log2_of(uint64_t power) {
    return (uint32_t)__builtin_ctzll(power);
}

/* to = left - quotient * by, the quotient in t0. */
static void multiply_back(struct assembler *assembler, const struct division *division) {
    bool wide = division->wide;
    if (is_power(division->by)) {
        riscv64_number(assembler, wide ? DO_SLLI : DO_SLLIW, T0, T0,
                       (int32_t)log2_of(division->by));
    } else {
        riscv64_constant(assembler, T1, (uint64_t)(int64_t)(int32_t)division->by);
        riscv64_register(assembler, DO_MULW, T0, T0, T1);
    }
    riscv64_register(assembler, wide ? DO_SUB : DO_SUBW, division->to, division->left, T0);
}

/* The quotient by the absolute value is in t0. */
static void finish_signed(struct assembler *assembler, const struct division *division) {
    if (division->remainder) {
        multiply_back(assembler, division);
    } else if (division->negative) {
        riscv64_register(assembler, division->wide ? DO_SUB : DO_SUBW, division->to, ZERO, T0);
    } else {
        riscv64_move(assembler, division->to, T0);
    }
}

/* Rounds towards zero: by - 1 is added to what is negative. */
static void signed_power(struct assembler *assembler, const struct division *division) {
    bool wide = division->wide;
    int32_t size = wide ? 64 : 32, shift = (int32_t)log2_of(division->by);
    uint8_t sign = division->left;
    if (shift > 1) {
        riscv64_number(assembler, DO_SRAI, T0, sign, 63); /* of an i32 too */
        sign = T0;
    }
    riscv64_number(assembler, wide ? DO_SRLI : DO_SRLIW, T0, sign, size - shift);
    riscv64_register(assembler, wide ? DO_ADD : DO_ADDW, T0, T0, division->left);
    riscv64_number(assembler, wide ? DO_SRAI : DO_SRAIW, T0, T0, shift);
    finish_signed(assembler, division);
}

static void signed_32(struct assembler *assembler, const struct division *division) {
    struct factor factor = factor_of(division->by, 31);
    riscv64_constant(assembler, T0, factor.number);
    riscv64_register(assembler, DO_MUL, T0, division->left, T0);
    riscv64_number(assembler, DO_SRAI, T0, T0, (int32_t)factor.shift);
    riscv64_number(assembler, DO_SRLIW, T1, division->left, 31);
    riscv64_register(assembler, DO_ADDW, T0, T0, T1);
    finish_signed(assembler, division);
}

static void unsigned_power(struct assembler *assembler, const struct division *division) {
    enum opcode divide = division->wide ? OPCODE_i64_shr_u : OPCODE_i32_shr_u;
    enum opcode mask = division->wide ? OPCODE_i64_and : OPCODE_i32_and;
    struct operand right = {.kind = OPERAND_CONSTANT,
                            .bits = division->remainder ? division->by - 1 : log2_of(division->by)};
    riscv64_binary(assembler, division->remainder ? mask : divide, division->to, division->left,
                   &right);
}

/* t0 = x * M / 2^p; x comes to the upper half, where nothing has to be cleared. */
static void unsigned_32(struct assembler *assembler, const struct division *division) {
    if (division->by > INT32_MAX) { /* 0 or 1 */
        riscv64_constant(assembler, T0, (uint64_t)(int64_t)(int32_t)division->by);
        riscv64_register(assembler, DO_SLTU, T0, division->left, T0);
        riscv64_number(assembler, DO_XORI, T0, T0, 1);
    } else {
        struct factor factor = factor_of(division->by, 32); /* below 2^33 */
        riscv64_constant(assembler, T0, factor.number << 31);
        riscv64_number(assembler, DO_SLLI, T1, division->left, 32);
        riscv64_register(assembler, DO_MULHU, T0, T0, T1);
        riscv64_number(assembler, DO_SRLI, T0, T0, (int32_t)factor.shift - 1);
    }
    if (division->remainder) {
        multiply_back(assembler, division);
    } else {
        riscv64_move(assembler, division->to, T0);
    }
}

/* Is there a quicker way for this constant divisor? Emits it. */
static bool by_constant(struct assembler *assembler, const struct division *division) {
    if (division->by < 2) {
        return false;
    }
    if (is_power(division->by)) {
        (division->is_signed ? signed_power : unsigned_power)(assembler, division);
        return true;
    }
    if (!division->wide) {
        (division->is_signed ? signed_32 : unsigned_32)(assembler, division);
    }
    return !division->wide;
}

static void check_overflow(struct assembler *assembler, const struct division *division,
                           uint8_t by) {
    riscv64_number(assembler, DO_ADDI, T1, by, 1);
    uint32_t usual = riscv64_hop_if(assembler, DO_BNE, T1, ZERO);
    riscv64_constant(assembler, T1, division->wide ? (uint64_t)INT64_MIN : (uint64_t)INT32_MIN);
    riscv64_branch_if(assembler, DO_BEQ, division->left, T1,
                      assembler_trap(assembler, TRAP_INTEGER_OVERFLOW));
    riscv64_land(assembler, usual);
}

static struct division division_of(enum opcode opcode, uint8_t to, uint8_t left,
                                   const struct operand *right) {
    bool wide = opcode >= OPCODE_i64_div_s;
    enum opcode form = wide ? opcode - OPCODE_i64_div_s + OPCODE_i32_div_s : opcode;
    struct division division = {
        .wide = wide,
        .is_signed = form == OPCODE_i32_div_s || form == OPCODE_i32_rem_s,
        .remainder = form == OPCODE_i32_rem_s || form == OPCODE_i32_rem_u,
        .to = to,
        .left = left,
    };
    if (right->kind == OPERAND_CONSTANT) {
        int64_t value = wide ? (int64_t)right->bits : (int32_t)right->bits;
        division.negative = division.is_signed && value < 0;
        uint64_t absolute = division.negative ? 0 - (uint64_t)value : (uint64_t)value;
        division.by = wide ? absolute : (uint32_t)absolute;
    }
    return division;
}

void riscv64_divide(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                    const struct operand *right) {
    static const uint32_t codes[2][2][2] = {/* wide, remainder, signed */
                                            {{DO_DIVUW, DO_DIVW}, {DO_REMUW, DO_REMW}},
                                            {{DO_DIVU, DO_DIV}, {DO_REMU, DO_REM}}};
    struct division division = division_of(opcode, to, left, right);
    if (right->kind == OPERAND_CONSTANT && by_constant(assembler, &division)) {
        return;
    }
    uint8_t by = riscv64_operand(assembler, right, division.wide, T0);
    if (right->kind != OPERAND_CONSTANT) {
        riscv64_branch_if(assembler, DO_BEQ, by, ZERO,
                          assembler_trap(assembler, TRAP_DIVIDE_BY_ZERO));
        if (division.is_signed && !division.remainder) {
            check_overflow(assembler, &division, by);
        }
    }
    riscv64_register(assembler, codes[division.wide][division.remainder][division.is_signed], to,
                     left, by);
}
