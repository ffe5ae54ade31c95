/* SPDX-License-Identifier: MIT */
/*
 * Conversions between integers and floats. cvttsd2si answers 0x80...0 for what does not fit; going
 * through 64 bits and looking whether the narrow part is the whole finds everything that is out of
 * range, and only then the reason matters.
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

/* rax = from, toward zero, as 64 bits */
static void truncate(struct assembler *assembler, bool is_double, uint8_t from) {
    x86_64_encode(assembler, 0x0F2C, WIDE | (is_double ? PREFIX_F2 : PREFIX_F3), RAX,
                  rm_register(from));
}

static void compare_with_zero(struct assembler *assembler, bool is_double, uint8_t from) {
    x86_64_zero_float(assembler, XMM0);
    x86_64_compare_float(assembler, is_double, from, rm_register(XMM0));
}

/* xmm1 = -2^63 or 2^63 */
static void load_bound(struct assembler *assembler, bool is_double, bool negative) {
    uint64_t bits = is_double ? 0x43E0'0000'0000'0000 : 0x5F00'0000;
    uint64_t sign = is_double ? 0x8000'0000'0000'0000 : 0x8000'0000;
    x86_64_constant(assembler, RCX, negative ? bits | sign : bits);
    x86_64_to_float(assembler, is_double, XMM1, RCX);
}

/* NaN is one trap, out of range the other. */
static void trap_out_of_range(struct assembler *assembler, bool is_double, uint8_t from) {
    x86_64_compare_float(assembler, is_double, from, rm_register(from));
    x86_64_jump_if(assembler, IF_PARITY, assembler_trap(assembler, TRAP_INVALID_CONVERSION));
    x86_64_jump(assembler, assembler_trap(assembler, TRAP_INTEGER_OVERFLOW));
}

/* rax = 0 for NaN, least for what is negative, most for what is positive. */
static void saturate(struct assembler *assembler, bool is_double, uint8_t from, uint64_t least,
                     uint64_t most) {
    x86_64_constant(assembler, RAX, 0);
    compare_with_zero(assembler, is_double, from);
    uint32_t is_nan = x86_64_hop_if(assembler, IF_PARITY);
    x86_64_constant(assembler, RAX, most);
    uint32_t is_positive = x86_64_hop_if(assembler, IF_ABOVE);
    x86_64_constant(assembler, RAX, least);
    x86_64_land(assembler, is_nan);
    x86_64_land(assembler, is_positive);
}

static void truncate_to_32(struct assembler *assembler, const struct truncation *form,
                           uint8_t from) {
    truncate(assembler, form->is_double, from);
    if (form->is_signed) {
        x86_64_encode(assembler, 0x63, WIDE, RCX, rm_register(RAX));
    } else {
        x86_64_encode(assembler, 0x8B, NARROW, RCX, rm_register(RAX));
    }
    x86_64_arithmetic(assembler, DO_CMP, true, RCX, rm_register(RAX));
    uint32_t fits = x86_64_hop_if(assembler, IF_EQUAL);
    if (!form->saturates) {
        trap_out_of_range(assembler, form->is_double, from);
    } else if (form->is_signed) {
        saturate(assembler, form->is_double, from, 0x8000'0000, 0x7FFF'FFFF);
    } else {
        saturate(assembler, form->is_double, from, 0, 0xFFFF'FFFF);
    }
    x86_64_land(assembler, fits);
}

static void truncate_to_signed_64(struct assembler *assembler, const struct truncation *form,
                                  uint8_t from) {
    truncate(assembler, form->is_double, from);
    x86_64_arithmetic_constant(assembler, DO_CMP, true, rm_register(RAX), 1);
    uint32_t fits = x86_64_hop_if(assembler, IF_NOT_OVERFLOW);
    if (form->saturates) {
        saturate(assembler, form->is_double, from, 0x8000'0000'0000'0000, 0x7FFF'FFFF'FFFF'FFFF);
    } else {
        load_bound(assembler, form->is_double, true); /* -2^63 itself is right */
        x86_64_compare_float(assembler, form->is_double, from, rm_register(XMM1));
        x86_64_jump_if(assembler, IF_PARITY, assembler_trap(assembler, TRAP_INVALID_CONVERSION));
        x86_64_jump_if(assembler, IF_NOT_EQUAL, assembler_trap(assembler, TRAP_INTEGER_OVERFLOW));
    }
    x86_64_land(assembler, fits);
}

/* From 2^63 up: less 2^63, then the top bit; rax is right where this hops to the end. */
static void truncate_upper_half(struct assembler *assembler, const struct truncation *form,
                                uint8_t from) {
    load_bound(assembler, form->is_double, false);
    x86_64_move_float(assembler, XMM0, from);
    x86_64_scalar(assembler, 0x5C, form->is_double, XMM0, rm_register(XMM1));
    truncate(assembler, form->is_double, XMM0);
    x86_64_test(assembler, true, RAX, RAX);
    if (!form->saturates) {
        x86_64_jump_if(assembler, IF_SIGN, assembler_trap(assembler, TRAP_INTEGER_OVERFLOW));
        x86_64_encode(assembler, 0x0FBA, WIDE, 7, rm_register(RAX)); /* btc rax, 63 */
        assembler_u8(assembler, 63);
        return;
    }
    uint32_t in_range = x86_64_hop_if(assembler, IF_NOT_SIGN);
    x86_64_constant(assembler, RAX, UINT64_MAX);
    uint32_t done = x86_64_hop(assembler);
    x86_64_land(assembler, in_range);
    x86_64_encode(assembler, 0x0FBA, WIDE, 7, rm_register(RAX));
    assembler_u8(assembler, 63);
    x86_64_land(assembler, done);
}

static void truncate_to_unsigned_64(struct assembler *assembler, const struct truncation *form,
                                    uint8_t from) {
    truncate(assembler, form->is_double, from);
    x86_64_test(assembler, true, RAX, RAX);
    uint32_t fits = x86_64_hop_if(assembler, IF_NOT_SIGN);
    if (form->saturates) {
        x86_64_constant(assembler, RAX, 0);
        compare_with_zero(assembler, form->is_double, from);
        uint32_t is_nan = x86_64_hop_if(assembler, IF_PARITY);
        uint32_t is_negative = x86_64_hop_if(assembler, IF_BELOW);
        truncate_upper_half(assembler, form, from);
        x86_64_land(assembler, is_nan);
        x86_64_land(assembler, is_negative);
    } else {
        compare_with_zero(assembler, form->is_double, from);
        x86_64_jump_if(assembler, IF_PARITY, assembler_trap(assembler, TRAP_INVALID_CONVERSION));
        x86_64_jump_if(assembler, IF_BELOW, assembler_trap(assembler, TRAP_INTEGER_OVERFLOW));
        truncate_upper_half(assembler, form, from);
    }
    x86_64_land(assembler, fits);
}

bool x86_64_convert_to_integer(struct assembler *assembler, enum opcode opcode, uint8_t to,
                               uint8_t from) {
    struct truncation form;
    if (opcode == OPCODE_i32_reinterpret_f32 || opcode == OPCODE_i64_reinterpret_f64) {
        x86_64_from_float(assembler, opcode == OPCODE_i64_reinterpret_f64, to, from);
        return true;
    }
    if (!truncation_of(opcode, &form)) {
        return false;
    }
    if (!form.is_wide) {
        truncate_to_32(assembler, &form, from);
    } else if (form.is_signed) {
        truncate_to_signed_64(assembler, &form, from);
    } else {
        truncate_to_unsigned_64(assembler, &form, from);
    }
    x86_64_move(assembler, form.is_wide, to, RAX);
    return true;
}

static void from_integer(struct assembler *assembler, bool is_double, bool wide, uint8_t to,
                         uint8_t from) {
    x86_64_zero_float(assembler, to); /* else it waits for the old value */
    x86_64_encode(assembler, 0x0F2A, (wide ? WIDE : NARROW) | (is_double ? PREFIX_F2 : PREFIX_F3),
                  to, rm_register(from));
}

/* With the top bit set: half of it, the lowest bit kept for rounding, then twice that. */
static void from_unsigned_64(struct assembler *assembler, bool is_double, uint8_t to,
                             uint8_t from) {
    x86_64_test(assembler, true, from, from);
    uint32_t large = x86_64_hop_if(assembler, IF_SIGN);
    from_integer(assembler, is_double, true, to, from);
    uint32_t done = x86_64_hop(assembler);
    x86_64_land(assembler, large);
    x86_64_move(assembler, true, RAX, from);
    x86_64_move(assembler, false, RCX, from);
    x86_64_shift(assembler, DO_SHR, true, RAX, 1);
    x86_64_arithmetic_constant(assembler, DO_AND, false, rm_register(RCX), 1);
    x86_64_arithmetic(assembler, DO_OR, true, RAX, rm_register(RCX));
    from_integer(assembler, is_double, true, to, RAX);
    x86_64_scalar(assembler, 0x58, is_double, to, rm_register(to));
    x86_64_land(assembler, done);
}

bool x86_64_convert_to_float(struct assembler *assembler, enum opcode opcode, uint8_t to,
                             uint8_t from) {
    bool is_double = opcode >= OPCODE_f64_convert_i32_s;
    switch (opcode) {
    case OPCODE_f32_convert_i32_s:
    case OPCODE_f64_convert_i32_s:
        from_integer(assembler, is_double, false, to, from);
        return true;
    case OPCODE_f32_convert_i32_u: /* zero upper half: the same as a positive i64 */
    case OPCODE_f64_convert_i32_u:
    case OPCODE_f32_convert_i64_s:
    case OPCODE_f64_convert_i64_s:
        from_integer(assembler, is_double, true, to, from);
        return true;
    case OPCODE_f32_convert_i64_u:
    case OPCODE_f64_convert_i64_u:
        from_unsigned_64(assembler, is_double, to, from);
        return true;
    case OPCODE_f32_demote_f64:
    case OPCODE_f64_promote_f32:
        x86_64_scalar(assembler, 0x5A, opcode == OPCODE_f32_demote_f64, to, rm_register(from));
        return true;
    case OPCODE_f32_reinterpret_i32:
    case OPCODE_f64_reinterpret_i64:
        x86_64_to_float(assembler, opcode == OPCODE_f64_reinterpret_i64, to, from);
        return true;
    default:
        return false;
    }
}
