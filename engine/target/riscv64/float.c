/* SPDX-License-Identifier: MIT */
/*
 * Float arithmetic, to the letter of the specification (4.3.3). The CPU makes the canonical NaN
 * where wasm wants one. Not its own: fmin and fmax prefer a number to NaN, and rounding goes
 * through an integer. f32 and f64 opcodes run in parallel, so each function takes the f64 form and
 * a flag.
 */
#include "encode.h"

/* The f64 form of an f32 operation, and whether it was f64. */
static enum opcode double_form(enum opcode opcode, bool *is_double) {
    *is_double = opcode >= OPCODE_f64_abs;
    return *is_double ? opcode : opcode - OPCODE_f32_abs + OPCODE_f64_abs;
}

static bool is_float_arithmetic(enum opcode opcode) {
    return opcode >= OPCODE_f32_abs && opcode <= OPCODE_f64_copysign;
}

/* The sum of two, one of which is NaN, is the NaN that is wanted. */
static void extreme(struct assembler *assembler, uint32_t code, bool is_double, uint8_t to,
                    uint8_t left, uint8_t right) {
    riscv64_float(assembler, DO_FEQ, is_double, T0, left, left);
    riscv64_float(assembler, DO_FEQ, is_double, T1, right, right);
    riscv64_register(assembler, DO_AND, T0, T0, T1);
    riscv64_float(assembler, code, is_double, FT0, left, right);
    uint32_t numbers = riscv64_hop_if(assembler, DO_BNE, T0, ZERO);
    riscv64_float(assembler, DO_FADD, is_double, FT0, left, right);
    riscv64_land(assembler, numbers);
    riscv64_move_float(assembler, to, FT0);
}

bool riscv64_binary_float(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                          const struct operand *right) {
    static const uint32_t codes[] = {DO_FADD, DO_FSUB, DO_FMUL, DO_FDIV};
    bool is_double;
    if (!is_float_arithmetic(opcode)) {
        return false;
    }
    enum opcode form = double_form(opcode, &is_double);
    if (form == OPCODE_f64_min || form == OPCODE_f64_max) {
        uint32_t code = form == OPCODE_f64_min ? DO_FMIN : DO_FMAX;
        extreme(assembler, code, is_double, to, left, right->reg);
    } else {
        uint32_t code = form == OPCODE_f64_copysign ? DO_FSGNJ : codes[form - OPCODE_f64_add];
        riscv64_float(assembler, code, is_double, to, left, right->reg);
    }
    return true;
}

static enum riscv64_rounding rounding_of(enum opcode opcode) {
    switch (opcode) {
    case OPCODE_f64_ceil:
        return ROUND_UP;
    case OPCODE_f64_floor:
        return ROUND_DOWN;
    case OPCODE_f64_trunc:
        return ROUND_TO_ZERO;
    default:
        return ROUND_NEAREST;
    }
}

/* From 2^52 (2^23) up there is no fraction; that, and NaN, which must become quiet, only goes
 * through fmin. A zero gets the sign of what it came from. */
static void round_float(struct assembler *assembler, bool is_double, enum riscv64_rounding rounding,
                        uint8_t to, uint8_t from) {
    riscv64_float(assembler, DO_FSGNJX, is_double, FT0, from, from);
    riscv64_constant(assembler, T0, is_double ? 0x4330'0000'0000'0000 : 0x4B00'0000);
    riscv64_float(assembler, DO_FMV_FROM_X, is_double, FT1, T0, ZERO);
    riscv64_float(assembler, DO_FLT, is_double, T0, FT0, FT1);
    riscv64_float(assembler, DO_FMIN, is_double, FT0, from, from);
    uint32_t large = riscv64_hop_if(assembler, DO_BEQ, T0, ZERO);
    riscv64_float(assembler, DO_FCVT_L | rounding, is_double, T0, from, ZERO);
    riscv64_float(assembler, DO_FCVT_FROM_L | ROUND_NEAREST, is_double, FT0, T0, ZERO);
    riscv64_float(assembler, DO_FSGNJ, is_double, FT0, FT0, from);
    riscv64_land(assembler, large);
    riscv64_move_float(assembler, to, FT0);
}

bool riscv64_unary_float(struct assembler *assembler, enum opcode opcode, uint8_t to,
                         uint8_t from) {
    bool is_double;
    if (!is_float_arithmetic(opcode)) {
        return false;
    }
    enum opcode form = double_form(opcode, &is_double);
    switch (form) {
    case OPCODE_f64_abs:
        riscv64_float(assembler, DO_FSGNJX, is_double, to, from, from);
        break;
    case OPCODE_f64_neg:
        riscv64_float(assembler, DO_FSGNJN, is_double, to, from, from);
        break;
    case OPCODE_f64_sqrt:
        riscv64_float(assembler, DO_FSQRT, is_double, to, from, ZERO);
        break;
    default:
        round_float(assembler, is_double, rounding_of(form), to, from);
    }
    return true;
}
