/* SPDX-License-Identifier: MIT */
/*
 * Division. By a constant it is a multiplication: with M = 2^64 / d rounded up, the high half of
 * x * M is x / d for every 32-bit x, since the error of M adds less than 1 / d to the quotient; for
 * 64-bit x M needs 65 bits, whose top one is added by hand (Hacker's Delight, 10-9). Otherwise div
 * and idiv with checks before; 64-bit operands that fit 32 bits take the quicker form.
 */
#include "encode.h"

struct division {
    bool wide, is_signed, remainder;
    uint8_t to, left;
    const struct operand *right;
};

static unsigned width(bool wide) {
    return wide ? WIDE : NARROW;
}

/* One-operand mul (4), imul (5), div (6), idiv (7), and neg (3). */
static void group3(struct assembler *assembler, uint8_t digit, bool wide, uint8_t reg) {
    x86_64_encode(assembler, 0xF7, width(wide), digit, rm_register(reg));
}

static void multiply_constant(struct assembler *assembler, uint8_t to, uint8_t from,
                              uint32_t constant) {
    x86_64_encode(assembler, 0x69, NARROW, to, rm_register(from));
    assembler_u32(assembler, constant);
}

/* rdx = x / d; then what was asked for. */
static void unsigned_32(struct assembler *assembler, const struct division *division, uint32_t by) {
    x86_64_move(assembler, false, RCX, division->left);
    x86_64_constant(assembler, RAX, UINT64_MAX / by + 1);
    group3(assembler, 4, true, RCX);
    if (!division->remainder) {
        x86_64_move(assembler, false, division->to, RDX);
        return;
    }
    multiply_constant(assembler, RDX, RDX, by);
    x86_64_arithmetic(assembler, DO_SUB, false, RCX, rm_register(RDX));
    x86_64_move(assembler, false, division->to, RCX);
}

/* The high half is the quotient rounded down, made to fall below the exact one: for a negative x
 * one too small. */
static void signed_32(struct assembler *assembler, const struct division *division, int32_t by) {
    uint32_t positive = by < 0 ? 0 - (uint32_t)by : (uint32_t)by;
    bool is_power = (positive & (positive - 1)) == 0;
    x86_64_encode(assembler, 0x63, WIDE, RCX, rm_register(division->left)); /* movsxd */
    x86_64_constant(assembler, RAX, UINT64_MAX / positive + 1 + is_power);
    group3(assembler, 5, true, RCX);
    x86_64_move(assembler, false, RAX, RCX);
    x86_64_shift(assembler, DO_SHR, true, RCX, 63);
    x86_64_arithmetic(assembler, DO_ADD, false, RDX, rm_register(RCX));
    if (division->remainder) {
        multiply_constant(assembler, RDX, RDX, positive);
        x86_64_arithmetic(assembler, DO_SUB, false, RAX, rm_register(RDX));
        x86_64_move(assembler, false, division->to, RAX);
        return;
    }
    if (by < 0) {
        group3(assembler, 3, false, RDX);
    }
    x86_64_move(assembler, false, division->to, RDX);
}

/* 2^64 * above / by, for above < by. */
static uint64_t divide_shifted(uint64_t above, uint64_t by) {
    uint64_t quotient = 0;
    for (int i = 0; i < 64; i++) {
        bool carry = above >> 63;
        above <<= 1;
        quotient <<= 1;
        if (carry || above >= by) {
            above -= by;
            quotient |= 1;
        }
    }
    return quotient;
}

static void unsigned_64(struct assembler *assembler, const struct division *division, uint64_t by) {
    uint8_t bits = (uint8_t)(64 - __builtin_clzll(by - 1)); /* 2^bits >= by */
    uint64_t above = bits == 64 ? 0 - by : ((uint64_t)1 << bits) - by;
    x86_64_constant(assembler, RAX, divide_shifted(above, by) + 1);
    group3(assembler, 4, true, division->left);
    x86_64_move(assembler, true, RCX, division->left);
    x86_64_arithmetic(assembler, DO_SUB, true, RCX, rm_register(RDX));
    x86_64_shift(assembler, DO_SHR, true, RCX, 1);
    x86_64_arithmetic(assembler, DO_ADD, true, RDX, rm_register(RCX));
    x86_64_shift(assembler, DO_SHR, true, RDX, bits - 1);
    if (!division->remainder) {
        x86_64_move(assembler, true, division->to, RDX);
        return;
    }
    x86_64_constant(assembler, RAX, by);
    x86_64_encode(assembler, 0x0FAF, WIDE, RAX, rm_register(RDX));
    x86_64_move(assembler, true, RCX, division->left);
    x86_64_arithmetic(assembler, DO_SUB, true, RCX, rm_register(RAX));
    x86_64_move(assembler, true, division->to, RCX);
}

/* Is there a quicker way for this constant divisor? Emits it. */
static bool by_constant(struct assembler *assembler, const struct division *division) {
    uint64_t bits = division->right->bits;
    int32_t narrow = (int32_t)bits;
    if (division->right->kind != OPERAND_CONSTANT) {
        return false;
    }
    if (!division->wide && !division->is_signed && (uint32_t)bits >= 2) {
        unsigned_32(assembler, division, (uint32_t)bits);
        return true;
    }
    if (!division->wide && division->is_signed && (narrow >= 3 || narrow <= -3)) {
        signed_32(assembler, division, narrow);
        return true;
    }
    if (division->wide && !division->is_signed && bits >= 2 && division->left != RDX) {
        unsigned_64(assembler, division, bits);
        return true;
    }
    return false;
}

/* The divisor in a register that division does not change. */
static uint8_t divisor(struct assembler *assembler, bool wide, const struct operand *right) {
    switch (right->kind) {
    case OPERAND_CONSTANT:
        x86_64_constant(assembler, RCX, wide ? right->bits : (uint32_t)right->bits);
        return RCX;
    case OPERAND_REGISTER:
        if (right->reg != RDX) {
            return right->reg;
        }
        x86_64_move(assembler, wide, RCX, RDX);
        return RCX;
    default:
        x86_64_encode(assembler, 0x8B, width(wide), RCX, x86_64_rm_of(assembler, &right->address));
        return RCX;
    }
}

/* rax / by, rdx = rax % by */
static void divide_unsigned(struct assembler *assembler, bool wide, uint8_t by) {
    uint32_t done = 0;
    if (wide) {
        x86_64_move(assembler, true, RDX, RAX);
        x86_64_arithmetic(assembler, DO_OR, true, RDX, rm_register(by));
        x86_64_shift(assembler, DO_SHR, true, RDX, 32);
        uint32_t large = x86_64_hop_if(assembler, IF_NOT_EQUAL);
        group3(assembler, 6, false, by); /* rdx is 0 */
        done = x86_64_hop(assembler);
        x86_64_land(assembler, large);
    }
    x86_64_encode(assembler, 0x33, NARROW, RDX, rm_register(RDX));
    group3(assembler, 6, wide, by);
    if (wide) {
        x86_64_land(assembler, done);
    }
}

/* -1 as divisor overflows for the least number; x / -1 = -x, x % -1 = 0. */
static uint32_t by_minus_one(struct assembler *assembler, const struct division *division,
                             uint8_t by) {
    bool wide = division->wide;
    x86_64_arithmetic_constant(assembler, DO_CMP, wide, rm_register(by), -1);
    uint32_t usual = x86_64_hop_if(assembler, IF_NOT_EQUAL);
    if (division->remainder) {
        x86_64_encode(assembler, 0x33, NARROW, RDX, rm_register(RDX));
    } else {
        group3(assembler, 3, wide, RAX);
        x86_64_jump_if(assembler, IF_OVERFLOW, assembler_trap(assembler, TRAP_INTEGER_OVERFLOW));
    }
    uint32_t done = x86_64_hop(assembler);
    x86_64_land(assembler, usual);
    return done;
}

static void divide_signed(struct assembler *assembler, const struct division *division,
                          uint8_t by) {
    bool checks = division->right->kind != OPERAND_CONSTANT;
    uint32_t done = checks ? by_minus_one(assembler, division, by) : 0;
    assembler_room(assembler);
    if (division->wide) {
        assembler_u8(assembler, 0x48);
    }
    assembler_u8(assembler, 0x99); /* cdq, cqo */
    group3(assembler, 7, division->wide, by);
    if (checks) {
        x86_64_land(assembler, done);
    }
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

void x86_64_divide(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                   const struct operand *right) {
    struct division division = division_of(opcode, to, left, right);
    if (by_constant(assembler, &division)) {
        return;
    }
    uint8_t by = divisor(assembler, division.wide, right);
    if (right->kind != OPERAND_CONSTANT) {
        x86_64_test(assembler, division.wide, by, by);
        x86_64_jump_if(assembler, IF_EQUAL, assembler_trap(assembler, TRAP_DIVIDE_BY_ZERO));
    }
    x86_64_move(assembler, division.wide, RAX, left);
    if (division.is_signed) {
        divide_signed(assembler, &division, by);
    } else {
        divide_unsigned(assembler, division.wide, by);
    }
    x86_64_move(assembler, division.wide, to, division.remainder ? RDX : RAX);
}
