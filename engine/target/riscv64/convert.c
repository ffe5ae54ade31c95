/* SPDX-License-Identifier: MIT */
/*
 * Conversions between integers and floats. fcvt saturates, as wasm's saturating forms do, but makes
 * NaN the greatest number. The trapping forms to 32 bits convert to 64 and look whether the wanted
 * part is the whole; those to 64 bits look for what fcvt answers when it saturates. Only then the
 * reason matters.
 */
#include "encode.h"

/* What a conversion to an integer is, taken from its opcode. */
struct truncation {
    bool is_double; /* from f64 */
    bool is_wide;   /* to i64 */
    bool is_signed;
    bool saturates;
};

static bool truncation_of(enum opcode opcode, struct truncation *out) {
    uint32_t number;
    bool saturates = opcode >= OPCODE_i32_trunc_sat_f32_s;
    if (saturates && opcode <= OPCODE_i64_trunc_sat_f64_u) {
        number = opcode - OPCODE_i32_trunc_sat_f32_s;
    } else if (opcode >= OPCODE_i32_trunc_f32_s && opcode <= OPCODE_i32_trunc_f64_u) {
        number = opcode - OPCODE_i32_trunc_f32_s;
    } else if (opcode >= OPCODE_i64_trunc_f32_s && opcode <= OPCODE_i64_trunc_f64_u) {
        number = 4 + opcode - OPCODE_i64_trunc_f32_s;
    } else {
        return false;
    }
    *out = (struct truncation){(number & 2) != 0, (number & 4) != 0, (number & 1) == 0, saturates};
    return true;
}

/* t0 = from, toward zero */
static void truncate(struct assembler *assembler, uint32_t code, bool is_double, uint8_t from) {
    riscv64_float(assembler, code | ROUND_TO_ZERO, is_double, T0, from, ZERO);
}

/* NaN is not equal to itself: all ones for a number, else zero, clears it. */
static void saturate(struct assembler *assembler, const struct truncation *form, uint8_t to,
                     uint8_t from) {
    static const uint32_t codes[2][2] = {{DO_FCVT_WU, DO_FCVT_W}, {DO_FCVT_LU, DO_FCVT_L}};
    truncate(assembler, codes[form->is_wide][form->is_signed], form->is_double, from);
    riscv64_float(assembler, DO_FEQ, form->is_double, T1, from, from);
    riscv64_register(assembler, DO_SUB, T1, ZERO, T1);
    riscv64_register(assembler, DO_AND, to, T0, T1);
}

static void trap_if_nan(struct assembler *assembler, bool is_double, uint8_t from) {
    riscv64_float(assembler, DO_FEQ, is_double, T1, from, from);
    riscv64_branch_if(assembler, DO_BEQ, T1, ZERO,
                      assembler_trap(assembler, TRAP_INVALID_CONVERSION));
}

static void trap_out_of_range(struct assembler *assembler, bool is_double, uint8_t from) {
    trap_if_nan(assembler, is_double, from);
    riscv64_jump(assembler, assembler_trap(assembler, TRAP_INTEGER_OVERFLOW));
}

static void truncate_to_32(struct assembler *assembler, const struct truncation *form, uint8_t to,
                           uint8_t from) {
    uint32_t fits;
    truncate(assembler, DO_FCVT_L, form->is_double, from);
    if (form->is_signed) {
        riscv64_number(assembler, DO_ADDIW, T1, T0, 0);
        fits = riscv64_hop_if(assembler, DO_BEQ, T0, T1);
    } else {
        riscv64_number(assembler, DO_SRLI, T1, T0, 32);
        fits = riscv64_hop_if(assembler, DO_BEQ, T1, ZERO);
    }
    trap_out_of_range(assembler, form->is_double, from);
    riscv64_land(assembler, fits);
    riscv64_number(assembler, DO_ADDIW, to, T0, 0);
}

/* ft0 = a power of two, negative */
static void load_negative(struct assembler *assembler, bool is_double, uint32_t power) {
    uint64_t exponent = (is_double ? 1023 : 127) + power;
    uint64_t bits = is_double ? UINT64_C(1) << 63 | exponent << 52
                              : (uint64_t)(int64_t)(int32_t)(1u << 31 | (uint32_t)exponent << 23);
    riscv64_constant(assembler, T1, bits);
    riscv64_float(assembler, DO_FMV_FROM_X, is_double, FT0, T1, ZERO);
}

/* The greatest and the least number, alike but for their sign, may be saturated. */
static void truncate_to_signed_64(struct assembler *assembler, const struct truncation *form,
                                  uint8_t to, uint8_t from) {
    truncate(assembler, DO_FCVT_L, form->is_double, from);
    riscv64_number(assembler, DO_SRAI, T1, T0, 63);
    riscv64_register(assembler, DO_XOR, T1, T1, T0);
    riscv64_number(assembler, DO_ADDI, T1, T1, 1);
    uint32_t fits = riscv64_hop_if(assembler, DO_BGE, T1, ZERO);
    load_negative(assembler, form->is_double, 63); /* -2^63 itself is right */
    riscv64_float(assembler, DO_FEQ, form->is_double, T1, from, FT0);
    uint32_t is_least = riscv64_hop_if(assembler, DO_BNE, T1, ZERO);
    trap_out_of_range(assembler, form->is_double, from);
    riscv64_land(assembler, is_least);
    riscv64_land(assembler, fits);
    riscv64_move(assembler, to, T0);
}

/* Zero may be saturated, if not from above -1; all ones always are. */
static void truncate_to_unsigned_64(struct assembler *assembler, const struct truncation *form,
                                    uint8_t to, uint8_t from) {
    truncate(assembler, DO_FCVT_LU, form->is_double, from);
    riscv64_number(assembler, DO_ADDI, T1, T0, 1);
    riscv64_number(assembler, DO_SLTIU, T1, T1, 2);
    uint32_t fits = riscv64_hop_if(assembler, DO_BEQ, T1, ZERO);
    trap_if_nan(assembler, form->is_double, from);
    load_negative(assembler, form->is_double, 0);
    riscv64_float(assembler, DO_FLT, form->is_double, T1, FT0, from);
    riscv64_number(assembler, DO_SLTIU, T1, T1, 1);
    riscv64_register(assembler, DO_OR, T1, T1, T0); /* 0 when it is right */
    riscv64_branch_if(assembler, DO_BNE, T1, ZERO,
                      assembler_trap(assembler, TRAP_INTEGER_OVERFLOW));
    riscv64_land(assembler, fits);
    riscv64_move(assembler, to, T0);
}

bool riscv64_convert_to_integer(struct assembler *assembler, enum opcode opcode, uint8_t to,
                                uint8_t from) {
    struct truncation form;
    if (opcode == OPCODE_i32_reinterpret_f32 || opcode == OPCODE_i64_reinterpret_f64) {
        riscv64_float(assembler, DO_FMV_TO_X, opcode == OPCODE_i64_reinterpret_f64, to, from, ZERO);
        return true;
    }
    if (!truncation_of(opcode, &form)) {
        return false;
    }
    if (form.saturates) {
        saturate(assembler, &form, to, from);
    } else if (!form.is_wide) {
        truncate_to_32(assembler, &form, to, from);
    } else if (form.is_signed) {
        truncate_to_signed_64(assembler, &form, to, from);
    } else {
        truncate_to_unsigned_64(assembler, &form, to, from);
    }
    return true;
}

bool riscv64_convert_to_float(struct assembler *assembler, enum opcode opcode, uint8_t to,
                              uint8_t from) {
    static const uint32_t codes[] = {DO_FCVT_FROM_W, DO_FCVT_FROM_WU, DO_FCVT_FROM_L,
                                     DO_FCVT_FROM_LU};
    bool is_double = opcode >= OPCODE_f64_convert_i32_s;
    uint32_t number = opcode - (is_double ? OPCODE_f64_convert_i32_s : OPCODE_f32_convert_i32_s);
    if (opcode >= OPCODE_f32_convert_i32_s && number < 4) {
        riscv64_float(assembler, codes[number], is_double, to, from, ZERO);
        return true;
    }
    switch (opcode) {
    case OPCODE_f32_demote_f64:
        riscv64_register(assembler, DO_FCVT_S_D, to, from, ZERO);
        return true;
    case OPCODE_f64_promote_f32:
        riscv64_register(assembler, DO_FCVT_D_S, to, from, ZERO);
        return true;
    case OPCODE_f32_reinterpret_i32:
    case OPCODE_f64_reinterpret_i64:
        riscv64_float(assembler, DO_FMV_FROM_X, opcode == OPCODE_f64_reinterpret_i64, to, from,
                      ZERO);
        return true;
    default:
        return false;
    }
}
