/* SPDX-License-Identifier: MIT */
/*
 * Integer arithmetic. x86-64 has two operands where the compiler has three: most of this file is
 * about getting there without a needless copy. Results are made in place when the destination is
 * not the right operand, else in a temporary.
 */
#include "encode.h"

static bool is_wide(enum opcode opcode) {
    return opcode >= OPCODE_i64_clz;
}

/* The i32 form of an i64 operation. */
static enum opcode narrow(enum opcode opcode) {
    return is_wide(opcode) ? opcode - OPCODE_i64_clz + OPCODE_i32_clz : opcode;
}

static unsigned width(bool wide) {
    return wide ? WIDE : NARROW;
}

/* Is the destination needed to reach the right operand? */
static bool overlaps(uint8_t to, const struct operand *right) {
    switch (right->kind) {
    case OPERAND_REGISTER:
        return right->reg == to;
    case OPERAND_ADDRESS:
        return right->address.kind == ADDRESS_MEMORY && right->address.reg == to;
    default:
        return false;
    }
}

static enum arithmetic arithmetic_of(enum opcode opcode) {
    static const enum arithmetic operations[] = {
        [0] = DO_ADD,
        [OPCODE_i32_sub - OPCODE_i32_add] = DO_SUB,
        [OPCODE_i32_and - OPCODE_i32_add] = DO_AND,
        [OPCODE_i32_or - OPCODE_i32_add] = DO_OR,
        [OPCODE_i32_xor - OPCODE_i32_add] = DO_XOR,
    };
    return operations[narrow(opcode) - OPCODE_i32_add];
}

static void add_constant(struct assembler *assembler, bool wide, uint8_t to, uint8_t left,
                         int32_t constant) {
    if (to == left) {
        x86_64_arithmetic_constant(assembler, DO_ADD, wide, rm_register(to), constant);
    } else {
        x86_64_encode(assembler, 0x8D, width(wide), to, rm_at(left, constant));
    }
}

static void arithmetic_constant(struct assembler *assembler, enum opcode opcode, uint8_t to,
                                uint8_t left, uint64_t bits) {
    bool wide = is_wide(opcode);
    enum arithmetic operation = arithmetic_of(opcode);
    int32_t constant = (int32_t)bits;
    if (operation == DO_ADD) {
        add_constant(assembler, wide, to, left, constant);
        return;
    }
    if (operation == DO_SUB && constant != INT32_MIN) {
        add_constant(assembler, wide, to, left, -constant);
        return;
    }
    if (operation == DO_AND && wide && bits <= UINT32_MAX) {
        x86_64_move(assembler, false, to, left);
        if (bits != UINT32_MAX || to == left) {
            x86_64_arithmetic_constant(assembler, DO_AND, false, rm_register(to), constant);
        }
        return;
    }
    x86_64_move(assembler, wide, to, left);
    x86_64_arithmetic_constant(assembler, operation, wide, rm_register(to), constant);
}

static void arithmetic(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                       const struct operand *right) {
    bool wide = is_wide(opcode);
    enum arithmetic operation = arithmetic_of(opcode);
    if (right->kind == OPERAND_REGISTER && operation == DO_ADD && to != left && to != right->reg) {
        x86_64_encode(assembler, 0x8D, width(wide), to, rm_indexed(left, right->reg, 0, 0));
        return;
    }
    if (right->kind == OPERAND_REGISTER && to == right->reg && to != left) {
        if (operation == DO_SUB) {
            x86_64_encode(assembler, 0xF7, width(wide), 3, rm_register(to)); /* neg */
            operation = DO_ADD;
        }
        x86_64_arithmetic(assembler, operation, wide, to, rm_register(left));
        return;
    }
    uint8_t work = overlaps(to, right) && to != left ? RAX : to;
    struct rm from = x86_64_rm_of_operand(assembler, right);
    if (work == RAX && rm_is_memory(from) && from.base == RAX) {
        x86_64_encode(assembler, 0x8B, width(wide), RCX, from);
        uint32_t access = assembler->access;
        x86_64_move(assembler, wide, to, left);
        x86_64_arithmetic(assembler, operation, wide, to, rm_register(RCX));
        assembler->access = access;
        return;
    }
    x86_64_move(assembler, wide, work, left);
    x86_64_arithmetic(assembler, operation, wide, work, from);
    x86_64_move(assembler, wide, to, work);
}

static void multiply(struct assembler *assembler, bool wide, uint8_t to, uint8_t left,
                     const struct operand *right) {
    if (right->kind == OPERAND_CONSTANT) {
        x86_64_encode(assembler, 0x69, width(wide), to, rm_register(left));
        assembler_u32(assembler, (uint32_t)right->bits);
        return;
    }
    struct rm from = x86_64_rm_of_operand(assembler, right);
    if (!rm_is_memory(from) && to == from.base) {
        x86_64_encode(assembler, 0x0FAF, width(wide), to, rm_register(left));
        return;
    }
    if (to != left && overlaps(to, right)) {
        x86_64_encode(assembler, 0x8B, width(wide), RCX, from);
        uint32_t access = assembler->access;
        x86_64_encode(assembler, 0x0FAF, width(wide), RCX, rm_register(left));
        assembler->access = access;
        x86_64_move(assembler, wide, to, RCX);
        return;
    }
    x86_64_move(assembler, wide, to, left);
    x86_64_encode(assembler, 0x0FAF, width(wide), to, from);
}

static enum shift shift_of(enum opcode opcode) {
    switch (narrow(opcode)) {
    case OPCODE_i32_shl:
        return DO_SHL;
    case OPCODE_i32_shr_s:
        return DO_SAR;
    case OPCODE_i32_shr_u:
        return DO_SHR;
    case OPCODE_i32_rotl:
        return DO_ROL;
    default:
        return DO_ROR;
    }
}

static void shift_constant(struct assembler *assembler, enum shift operation, bool wide, uint8_t to,
                           uint8_t left, uint64_t bits) {
    uint8_t count = (uint8_t)(bits & (wide ? 63 : 31));
    bool is_rotate = operation == DO_ROL || operation == DO_ROR;
    if (is_rotate && to != left && (assembler->features & FEATURE_BMI2)) {
        uint8_t right = operation == DO_ROR ? count : (uint8_t)(-count & (wide ? 63 : 31));
        x86_64_encode_vex(assembler, 3, 3, 0xF0, wide, to, 0, rm_register(left)); /* rorx */
        assembler_u8(assembler, right);
        return;
    }
    x86_64_move(assembler, wide, to, left);
    if (count != 0) {
        x86_64_shift(assembler, operation, wide, to, count);
    }
}

/* shlx, sarx, shrx: no way through rcx, no flags. */
static bool shift_vex(struct assembler *assembler, enum shift operation, bool wide, uint8_t to,
                      uint8_t left, uint8_t count) {
    if (!(assembler->features & FEATURE_BMI2) || operation == DO_ROL || operation == DO_ROR) {
        return false;
    }
    uint8_t pp = operation == DO_SHL ? 1 : operation == DO_SAR ? 2 : 3;
    x86_64_encode_vex(assembler, 2, pp, 0xF7, wide, to, count, rm_register(left));
    return true;
}

static void shift(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                  const struct operand *right) {
    bool wide = is_wide(opcode);
    enum shift operation = shift_of(opcode);
    if (right->kind == OPERAND_CONSTANT) {
        shift_constant(assembler, operation, wide, to, left, right->bits);
        return;
    }
    if (right->kind == OPERAND_REGISTER &&
        shift_vex(assembler, operation, wide, to, left, right->reg)) {
        return;
    }
    x86_64_encode(assembler, 0x8B, NARROW, RCX, x86_64_rm_of_operand(assembler, right));
    x86_64_move(assembler, wide, to, left);
    x86_64_encode(assembler, 0xD3, width(wide), operation, rm_register(to));
}

void x86_64_binary(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                   const struct operand *right) {
    if (opcode > OPCODE_i64_rotr) {
        x86_64_binary_float(assembler, opcode, to, left, right);
        return;
    }
    switch (narrow(opcode)) {
    case OPCODE_i32_mul:
        multiply(assembler, is_wide(opcode), to, left, right);
        break;
    case OPCODE_i32_div_s:
    case OPCODE_i32_div_u:
    case OPCODE_i32_rem_s:
    case OPCODE_i32_rem_u:
        x86_64_divide(assembler, opcode, to, left, right);
        break;
    case OPCODE_i32_shl:
    case OPCODE_i32_shr_s:
    case OPCODE_i32_shr_u:
    case OPCODE_i32_rotl:
    case OPCODE_i32_rotr:
        shift(assembler, opcode, to, left, right);
        break;
    default:
        if (right->kind == OPERAND_CONSTANT) {
            arithmetic_constant(assembler, opcode, to, left, right->bits);
        } else {
            arithmetic(assembler, opcode, to, left, right);
        }
    }
}

/* bsr and bsf leave nothing useful for 0: put in what makes the end come out right. */
static void count_leading(struct assembler *assembler, bool wide, uint8_t to, uint8_t from) {
    if (assembler->features & FEATURE_LZCNT) {
        x86_64_encode(assembler, 0x0FBD, PREFIX_F3 | width(wide), to, rm_register(from));
        return;
    }
    x86_64_constant(assembler, RCX, wide ? 127 : 63);
    x86_64_encode(assembler, 0x0FBD, width(wide), RAX, rm_register(from));
    x86_64_encode(assembler, 0x0F44, width(wide), RAX, rm_register(RCX)); /* cmove */
    x86_64_arithmetic_constant(assembler, DO_XOR, false, rm_register(RAX), wide ? 63 : 31);
    x86_64_move(assembler, wide, to, RAX);
}

static void count_trailing(struct assembler *assembler, bool wide, uint8_t to, uint8_t from) {
    if (assembler->features & FEATURE_BMI1) {
        x86_64_encode(assembler, 0x0FBC, PREFIX_F3 | width(wide), to, rm_register(from));
        return;
    }
    x86_64_constant(assembler, RCX, wide ? 64 : 32);
    x86_64_encode(assembler, 0x0FBC, width(wide), RAX, rm_register(from));
    x86_64_encode(assembler, 0x0F44, width(wide), RAX, rm_register(RCX));
    x86_64_move(assembler, wide, to, RAX);
}

/* rcx = (value >> shift) & mask in rax */
static void masked_part(struct assembler *assembler, uint8_t value, uint8_t count, uint64_t mask) {
    x86_64_constant(assembler, RAX, mask);
    x86_64_move(assembler, true, RCX, value);
    x86_64_shift(assembler, DO_SHR, true, RCX, count);
    x86_64_arithmetic(assembler, DO_AND, true, RCX, rm_register(RAX));
}

/* Sums of neighbours: pairs, fours, bytes, all. An i32 has a zero upper half, so one form does. */
static void count_ones(struct assembler *assembler, bool wide, uint8_t to, uint8_t from) {
    if (assembler->features & FEATURE_POPCNT) {
        x86_64_encode(assembler, 0x0FB8, PREFIX_F3 | width(wide), to, rm_register(from));
        return;
    }
    x86_64_move(assembler, true, to, from);
    masked_part(assembler, to, 1, 0x5555'5555'5555'5555);
    x86_64_arithmetic(assembler, DO_SUB, true, to, rm_register(RCX));
    masked_part(assembler, to, 2, 0x3333'3333'3333'3333);
    x86_64_arithmetic(assembler, DO_AND, true, to, rm_register(RAX));
    x86_64_arithmetic(assembler, DO_ADD, true, to, rm_register(RCX));
    x86_64_move(assembler, true, RCX, to);
    x86_64_shift(assembler, DO_SHR, true, RCX, 4);
    x86_64_arithmetic(assembler, DO_ADD, true, to, rm_register(RCX));
    x86_64_constant(assembler, RAX, 0x0F0F'0F0F'0F0F'0F0F);
    x86_64_arithmetic(assembler, DO_AND, true, to, rm_register(RAX));
    x86_64_constant(assembler, RAX, 0x0101'0101'0101'0101);
    x86_64_encode(assembler, 0x0FAF, WIDE, to, rm_register(RAX));
    x86_64_shift(assembler, DO_SHR, true, to, 56);
}

static void extend(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t from) {
    switch (opcode) {
    case OPCODE_i32_extend8_s:
        x86_64_encode(assembler, 0x0FBE, BYTE, to, rm_register(from));
        break;
    case OPCODE_i32_extend16_s:
        x86_64_encode(assembler, 0x0FBF, NARROW, to, rm_register(from));
        break;
    case OPCODE_i64_extend8_s:
        x86_64_encode(assembler, 0x0FBE, BYTE | WIDE, to, rm_register(from));
        break;
    case OPCODE_i64_extend16_s:
        x86_64_encode(assembler, 0x0FBF, WIDE, to, rm_register(from));
        break;
    default:
        x86_64_encode(assembler, 0x63, WIDE, to, rm_register(from));
    }
}

void x86_64_unary(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t from) {
    bool wide = opcode >= OPCODE_i64_clz && opcode <= OPCODE_i64_popcnt;
    switch (opcode) {
    case OPCODE_i32_clz:
    case OPCODE_i64_clz:
        count_leading(assembler, wide, to, from);
        break;
    case OPCODE_i32_ctz:
    case OPCODE_i64_ctz:
        count_trailing(assembler, wide, to, from);
        break;
    case OPCODE_i32_popcnt:
    case OPCODE_i64_popcnt:
        count_ones(assembler, wide, to, from);
        break;
    case OPCODE_i32_wrap_i64:
        x86_64_encode(assembler, 0x8B, NARROW, to, rm_register(from));
        break;
    case OPCODE_i64_extend_i32_u:
        x86_64_move(assembler, false, to, from);
        break;
    default:
        if (!x86_64_unary_float(assembler, opcode, to, from) &&
            !x86_64_convert_to_integer(assembler, opcode, to, from) &&
            !x86_64_convert_to_float(assembler, opcode, to, from)) {
            extend(assembler, opcode, to, from);
        }
    }
}
