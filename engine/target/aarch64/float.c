/* SPDX-License-Identifier: MIT */
/*
 * Float arithmetic. aarch64 has it as wasm does (4.3.3), min, max and rounding included, with the
 * default NaN off and no flush to zero, which is how every system starts its programs; only
 * copysign takes more than one instruction.
 */
#include "encode.h"

static bool is_float_arithmetic(enum opcode opcode) {
    return opcode >= OPCODE_f32_abs && opcode <= OPCODE_f64_copysign;
}

/* From f64.abs and f32.abs on. */
static const uint32_t words[] = {
    WORD_FABS, WORD_FNEG, WORD_FRINTP, WORD_FRINTM, WORD_FRINTZ, WORD_FRINTN, WORD_FSQRT,
    WORD_FADD, WORD_FSUB, WORD_FMUL,   WORD_FDIV,   WORD_FMIN,   WORD_FMAX,
};

static uint32_t word_of(enum opcode opcode) {
    bool is_double = opcode >= OPCODE_f64_abs;
    return words[opcode - (is_double ? OPCODE_f64_abs : OPCODE_f32_abs)] | double_if(is_double);
}

/* v31 has the sign bit alone, and takes that of the right side and the rest of the left. */
static void copysign(struct assembler *assembler, bool is_double, uint8_t to, uint8_t left,
                     uint8_t right) {
    aarch64_two(assembler, WORD_ZERO, V31, 0);
    aarch64_two(assembler, WORD_FNEG | double_if(is_double), V31, V31);
    aarch64_three(assembler, WORD_BSL, V31, right, left);
    aarch64_move_float(assembler, to, V31);
}

bool aarch64_binary_float(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                          uint8_t right) {
    if (!is_float_arithmetic(opcode)) {
        return false;
    }
    if (opcode == OPCODE_f32_copysign || opcode == OPCODE_f64_copysign) {
        copysign(assembler, opcode == OPCODE_f64_copysign, to, left, right);
    } else {
        aarch64_three(assembler, word_of(opcode), to, left, right);
    }
    return true;
}

bool aarch64_unary_float(struct assembler *assembler, enum opcode opcode, uint8_t to,
                         uint8_t from) {
    if (!is_float_arithmetic(opcode)) {
        return false;
    }
    aarch64_two(assembler, word_of(opcode), to, from);
    return true;
}
