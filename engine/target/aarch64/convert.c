/* SPDX-License-Identifier: MIT */
/*
 * Conversions between integers and floats. fcvtzs and fcvtzu saturate and make 0 of NaN, which is
 * what trunc_sat asks for. The trapping ones look at the result: to 32 bits it is made in 64, and
 * must be the extension of its lower half; in 64 the numbers that saturation answers are no floats
 * themselves, but for the least, below which the float is compared.
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

static void truncate(struct assembler *assembler, const struct truncation *form, bool wide,
                     bool is_signed, uint8_t to, uint8_t from) {
    aarch64_two(assembler,
                (is_signed ? WORD_FCVTZS : WORD_FCVTZU) | wide_if(wide) |
                    double_if(form->is_double),
                to, from);
}

static void trap_if(struct assembler *assembler, enum aarch64_condition condition, enum trap trap) {
    aarch64_jump_if(assembler, condition, assembler_trap(assembler, trap));
}

static void compare(struct assembler *assembler, const struct truncation *form, uint8_t from,
                    uint8_t with) {
    aarch64_three(assembler, WORD_FCMP | double_if(form->is_double), 0, from, with);
    trap_if(assembler, IF_OVERFLOW, TRAP_INVALID_CONVERSION);
}

static void truncate_to_32(struct assembler *assembler, const struct truncation *form, uint8_t to,
                           uint8_t from) {
    uint32_t extension = form->is_signed ? 0x20'C000 : 0x20'4000; /* sxtw, uxtw */
    compare(assembler, form, from, from);
    truncate(assembler, form, true, true, X16, from);
    aarch64_three(assembler, WIDE | WORD_SUBS | extension, ZR, X16, X16);
    trap_if(assembler, IF_NOT_EQUAL, TRAP_INTEGER_OVERFLOW);
    aarch64_move(assembler, false, to, X16);
}

/* Saturated is INT64_MAX, to which 1 cannot be added; from INT64_MIN down, only that itself fits.
 */
static void truncate_to_signed_64(struct assembler *assembler, const struct truncation *form,
                                  uint8_t from) {
    aarch64_float_constant(assembler, form->is_double, V31,
                           form->is_double ? 0xC3E0'0000'0000'0000 : 0xDF00'0000);
    compare(assembler, form, from, V31);
    trap_if(assembler, IF_LESS, TRAP_INTEGER_OVERFLOW);
    truncate(assembler, form, true, true, X16, from);
    aarch64_compare_constant(assembler, true, X16, UINT64_MAX);
    trap_if(assembler, IF_OVERFLOW, TRAP_INTEGER_OVERFLOW);
}

/* Saturated is all ones; and what is above -1 is 0. */
static void truncate_to_unsigned_64(struct assembler *assembler, const struct truncation *form,
                                    uint8_t from) {
    aarch64_float_constant(assembler, form->is_double, V31,
                           form->is_double ? 0xBFF0'0000'0000'0000 : 0xBF80'0000);
    compare(assembler, form, from, V31);
    trap_if(assembler, IF_LESS_EQUAL, TRAP_INTEGER_OVERFLOW);
    truncate(assembler, form, true, false, X16, from);
    aarch64_compare_constant(assembler, true, X16, UINT64_MAX);
    trap_if(assembler, IF_EQUAL, TRAP_INTEGER_OVERFLOW);
}

bool aarch64_convert_to_integer(struct assembler *assembler, enum opcode opcode, uint8_t to,
                                uint8_t from) {
    struct truncation form;
    if (opcode == OPCODE_i32_reinterpret_f32 || opcode == OPCODE_i64_reinterpret_f64) {
        aarch64_from_float(assembler, opcode == OPCODE_i64_reinterpret_f64, to, from);
        return true;
    }
    if (!truncation_of(opcode, &form)) {
        return false;
    }
    if (form.saturates) {
        truncate(assembler, &form, form.is_wide, form.is_signed, to, from);
        return true;
    }
    if (!form.is_wide) {
        truncate_to_32(assembler, &form, to, from);
        return true;
    }
    if (form.is_signed) {
        truncate_to_signed_64(assembler, &form, from);
    } else {
        truncate_to_unsigned_64(assembler, &form, from);
    }
    aarch64_move(assembler, true, to, X16);
    return true;
}

static void from_integer(struct assembler *assembler, enum opcode opcode, uint8_t to,
                         uint8_t from) {
    bool is_double = opcode >= OPCODE_f64_convert_i32_s;
    uint32_t number = opcode - (is_double ? OPCODE_f64_convert_i32_s : OPCODE_f32_convert_i32_s);
    uint32_t word = number & 1 ? WORD_UCVTF : WORD_SCVTF;
    aarch64_two(assembler, word | wide_if(number >= 2) | double_if(is_double), to, from);
}

bool aarch64_convert_to_float(struct assembler *assembler, enum opcode opcode, uint8_t to,
                              uint8_t from) {
    switch (opcode) {
    case OPCODE_f32_demote_f64:
        aarch64_two(assembler, WORD_FCVT_SINGLE, to, from);
        return true;
    case OPCODE_f64_promote_f32:
        aarch64_two(assembler, WORD_FCVT_DOUBLE, to, from);
        return true;
    case OPCODE_f32_reinterpret_i32:
    case OPCODE_f64_reinterpret_i64:
        aarch64_to_float(assembler, opcode == OPCODE_f64_reinterpret_i64, to, from);
        return true;
    default:
        if (opcode < OPCODE_f32_convert_i32_s || opcode > OPCODE_f64_convert_i64_u) {
            return false;
        }
        from_integer(assembler, opcode, to, from);
        return true;
    }
}
