/* SPDX-License-Identifier: MIT */
/*
 * Float arithmetic, to the letter of the specification (4.3.3): -0 and NaN included. SSE2 is
 * enough; with SSE4.1 rounding is one instruction. f32 and f64 opcodes run in parallel, so each
 * function takes the f64 form and a flag.
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

static void simple(struct assembler *assembler, uint8_t code, bool is_double, uint8_t to,
                   uint8_t left, const struct operand *right) {
    bool commutes = code == 0x58 || code == 0x59;
    struct rm from = x86_64_rm_of_operand(assembler, right);
    if (!rm_is_memory(from) && from.base == to && to != left) {
        if (commutes) {
            x86_64_scalar(assembler, code, is_double, to, rm_register(left));
            return;
        }
        x86_64_move_float(assembler, XMM0, left);
        x86_64_scalar(assembler, code, is_double, XMM0, from);
        x86_64_move_float(assembler, to, XMM0);
        return;
    }
    x86_64_move_float(assembler, to, left);
    x86_64_scalar(assembler, code, is_double, to, from);
}

/* minsd and maxsd answer the right operand for NaN and for zeros of either sign; so equal operands
 * are or-ed (min) or and-ed (max), and NaN is made by adding. */
static void extreme(struct assembler *assembler, bool is_maximum, bool is_double, uint8_t to,
                    uint8_t left, uint8_t right) {
    x86_64_move_float(assembler, XMM0, left);
    x86_64_compare_float(assembler, is_double, XMM0, rm_register(right));
    uint32_t differ = x86_64_hop_if(assembler, IF_NOT_EQUAL);
    uint32_t unordered = x86_64_hop_if(assembler, IF_PARITY);
    x86_64_encode(assembler, is_maximum ? 0x0F54 : 0x0F56, NARROW, XMM0, rm_register(right));
    uint32_t done = x86_64_hop(assembler);
    x86_64_land(assembler, unordered);
    x86_64_scalar(assembler, 0x58, is_double, XMM0, rm_register(right));
    uint32_t done_too = x86_64_hop(assembler);
    x86_64_land(assembler, differ);
    x86_64_scalar(assembler, is_maximum ? 0x5F : 0x5D, is_double, XMM0, rm_register(right));
    x86_64_land(assembler, done);
    x86_64_land(assembler, done_too);
    x86_64_move_float(assembler, to, XMM0);
}

/* The sign bit alone, or all but it, in both lanes or all four. */
static void sign_mask(struct assembler *assembler, uint8_t to, bool is_double, bool sign) {
    x86_64_encode(assembler, 0x0F76, PREFIX_66, to, rm_register(to)); /* pcmpeqd: all ones */
    x86_64_encode(assembler, is_double ? 0x0F73 : 0x0F72, PREFIX_66, sign ? 6 : 2, rm_register(to));
    assembler_u8(assembler, sign ? (is_double ? 63 : 31) : 1);
}

static void copysign(struct assembler *assembler, bool is_double, uint8_t to, uint8_t left,
                     uint8_t right) {
    sign_mask(assembler, XMM0, is_double, true);
    x86_64_move_float(assembler, XMM1, right);
    x86_64_encode(assembler, 0x0F54, NARROW, XMM1, rm_register(XMM0)); /* and */
    x86_64_encode(assembler, 0x0F55, NARROW, XMM0, rm_register(left)); /* and not */
    x86_64_encode(assembler, 0x0F56, NARROW, XMM0, rm_register(XMM1)); /* or */
    x86_64_move_float(assembler, to, XMM0);
}

bool x86_64_binary_float(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                         const struct operand *right) {
    bool is_double;
    if (!is_float_arithmetic(opcode)) {
        return false;
    }
    switch (double_form(opcode, &is_double)) {
    case OPCODE_f64_add:
        simple(assembler, 0x58, is_double, to, left, right);
        break;
    case OPCODE_f64_sub:
        simple(assembler, 0x5C, is_double, to, left, right);
        break;
    case OPCODE_f64_mul:
        simple(assembler, 0x59, is_double, to, left, right);
        break;
    case OPCODE_f64_div:
        simple(assembler, 0x5E, is_double, to, left, right);
        break;
    case OPCODE_f64_min:
        extreme(assembler, false, is_double, to, left, right->reg);
        break;
    case OPCODE_f64_max:
        extreme(assembler, true, is_double, to, left, right->reg);
        break;
    default:
        copysign(assembler, is_double, to, left, right->reg);
    }
    return true;
}

static void change_sign(struct assembler *assembler, bool is_double, bool absolute, uint8_t to,
                        uint8_t from) {
    sign_mask(assembler, XMM0, is_double, !absolute);
    x86_64_encode(assembler, absolute ? 0x0F54 : 0x0F57, NARROW, XMM0, rm_register(from));
    x86_64_move_float(assembler, to, XMM0);
}

enum rounding : uint8_t { NEAREST, DOWN, UP, TOWARD_ZERO }; /* as in roundsd */

static enum rounding rounding_of(enum opcode opcode) {
    switch (opcode) {
    case OPCODE_f64_ceil:
        return UP;
    case OPCODE_f64_floor:
        return DOWN;
    case OPCODE_f64_trunc:
        return TOWARD_ZERO;
    default:
        return NEAREST;
    }
}

/* xmm0 is x truncated: one more or less where that went past x. */
static void correct(struct assembler *assembler, bool is_double, enum rounding rounding,
                    uint8_t from) {
    x86_64_constant(assembler, RCX, is_double ? 0x3FF0'0000'0000'0000 : 0x3F80'0000); /* 1.0 */
    x86_64_to_float(assembler, is_double, XMM1, RCX);
    x86_64_compare_float(assembler, is_double, XMM0, rm_register(from));
    uint32_t fine = x86_64_hop_if(assembler, rounding == DOWN ? IF_BELOW_EQUAL : IF_ABOVE_EQUAL);
    x86_64_scalar(assembler, rounding == DOWN ? 0x5C : 0x58, is_double, XMM0, rm_register(XMM1));
    x86_64_land(assembler, fine);
}

/* rax holds the bits of x: its sign goes to the result, which is 0 or has it already. */
static void restore_sign(struct assembler *assembler, bool is_double) {
    uint8_t bit = is_double ? 63 : 31;
    x86_64_shift(assembler, DO_SHR, is_double, RAX, bit);
    x86_64_shift(assembler, DO_SHL, is_double, RAX, bit);
    x86_64_to_float(assembler, is_double, XMM1, RAX);
    x86_64_encode(assembler, 0x0F56, NARROW, XMM0, rm_register(XMM1));
}

/* Without SSE4.1: through a 64-bit integer. What is so large that it has no fraction, and NaN
 * (which must become quiet), only has 0 subtracted. */
static void round_through_integer(struct assembler *assembler, bool is_double,
                                  enum rounding rounding, uint8_t to, uint8_t from) {
    x86_64_from_float(assembler, is_double, RAX, from);
    x86_64_move(assembler, is_double, RCX, RAX);
    x86_64_shift(assembler, DO_SHL, is_double, RCX, 1);
    x86_64_shift(assembler, DO_SHR, is_double, RCX, is_double ? 53 : 24);
    x86_64_arithmetic_constant(assembler, DO_CMP, false, rm_register(RCX),
                               is_double ? 1023 + 52 : 127 + 23);
    uint32_t small = x86_64_hop_if(assembler, IF_BELOW);
    x86_64_zero_float(assembler, XMM1);
    x86_64_move_float(assembler, XMM0, from);
    x86_64_scalar(assembler, 0x5C, is_double, XMM0, rm_register(XMM1));
    uint32_t done = x86_64_hop(assembler);
    x86_64_land(assembler, small);
    x86_64_encode(assembler, rounding == NEAREST ? 0x0F2D : 0x0F2C,
                  WIDE | (is_double ? PREFIX_F2 : PREFIX_F3), RCX, rm_register(from));
    x86_64_zero_float(assembler, XMM0);
    x86_64_encode(assembler, 0x0F2A, WIDE | (is_double ? PREFIX_F2 : PREFIX_F3), XMM0,
                  rm_register(RCX));
    if (rounding == DOWN || rounding == UP) {
        correct(assembler, is_double, rounding, from);
    }
    restore_sign(assembler, is_double);
    x86_64_land(assembler, done);
    x86_64_move_float(assembler, to, XMM0);
}

static void round_float(struct assembler *assembler, bool is_double, enum rounding rounding,
                        uint8_t to, uint8_t from) {
    if (!(assembler->features & FEATURE_SSE41)) {
        round_through_integer(assembler, is_double, rounding, to, from);
        return;
    }
    x86_64_encode(assembler, is_double ? 0x0F3A0B : 0x0F3A0A, PREFIX_66, to, rm_register(from));
    assembler_u8(assembler, rounding | 8); /* no precision exception */
}

bool x86_64_unary_float(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t from) {
    bool is_double;
    if (!is_float_arithmetic(opcode)) {
        return false;
    }
    enum opcode form = double_form(opcode, &is_double);
    switch (form) {
    case OPCODE_f64_abs:
    case OPCODE_f64_neg:
        change_sign(assembler, is_double, form == OPCODE_f64_abs, to, from);
        break;
    case OPCODE_f64_sqrt:
        x86_64_scalar(assembler, 0x51, is_double, to, rm_register(from));
        break;
    default:
        round_float(assembler, is_double, rounding_of(form), to, from);
    }
    return true;
}
