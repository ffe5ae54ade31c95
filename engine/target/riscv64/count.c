/* SPDX-License-Identifier: MIT */
/*
 * Counting bits. Without Zbb zeros are counted by converting to a double, rounding towards zero:
 * its exponent is the number of the highest bit. The lowest set bit of x is the highest of
 * x & -x. Ones are added up in pairs, fours, bytes, and then all by a multiplication.
 */
#include "encode.h"

constexpr int32_t EXPONENT_BIAS = 1023;
constexpr uint32_t DOUBLE_FRACTION = 52;

/* t0 = exponent of the unsigned number in t0, with its bias; 0 for 0 */
static void exponent(struct assembler *assembler) {
    riscv64_register(assembler, DO_FCVT_FROM_LU | WITH_DOUBLE | ROUND_TO_ZERO, FT0, T0, ZERO);
    riscv64_register(assembler, DO_FMV_TO_X | WITH_DOUBLE, T0, FT0, ZERO);
    riscv64_number(assembler, DO_SRLI, T0, T0, DOUBLE_FRACTION);
}

/* A one below the lowest bit (i32), or in its place and counted again (i64), stops at zero. */
static void count_leading(struct assembler *assembler, bool wide, uint8_t to, uint8_t from) {
    if (wide) {
        riscv64_number(assembler, DO_SLTIU, T1, from, 1);
        riscv64_number(assembler, DO_ORI, T0, from, 1);
    } else {
        riscv64_number(assembler, DO_SLLI, T0, from, 32);
        riscv64_number(assembler, DO_SRLI, T0, T0, 31);
        riscv64_number(assembler, DO_ADDI, T0, T0, 1);
    }
    exponent(assembler);
    riscv64_number(assembler, DO_ADDI, T2, ZERO, EXPONENT_BIAS + (wide ? 63 : 32));
    riscv64_register(assembler, DO_SUB, wide ? T0 : to, T2, T0);
    if (wide) {
        riscv64_register(assembler, DO_ADD, to, T0, T1);
    }
}

/* i32: a one above the highest bit stops; i64: zero gives -bias, and bias + 64 is added. */
static void count_trailing(struct assembler *assembler, bool wide, uint8_t to, uint8_t from) {
    uint8_t value = from;
    if (!wide) {
        riscv64_number(assembler, DO_ADDI, T0, ZERO, 1);
        riscv64_number(assembler, DO_SLLI, T0, T0, 32);
        riscv64_register(assembler, DO_OR, T1, from, T0);
        value = T1;
    }
    riscv64_register(assembler, DO_SUB, T0, ZERO, value);
    riscv64_register(assembler, DO_AND, T0, T0, value);
    if (wide) {
        riscv64_number(assembler, DO_SLTIU, T1, from, 1);
    }
    exponent(assembler);
    riscv64_number(assembler, DO_ADDI, wide ? T0 : to, T0, -EXPONENT_BIAS);
    if (wide) {
        riscv64_register(assembler, DO_SUB, T1, ZERO, T1);
        riscv64_number(assembler, DO_ANDI, T1, T1, EXPONENT_BIAS + 64);
        riscv64_register(assembler, DO_ADD, to, T0, T1);
    }
}

/* t1 = the 32-bit pattern, in both halves */
static void pattern(struct assembler *assembler, uint32_t bits, bool wide) {
    riscv64_constant(assembler, T1, (uint64_t)(int64_t)(int32_t)bits);
    if (wide) {
        riscv64_number(assembler, DO_SLLI, T2, T1, 32);
        riscv64_register(assembler, DO_ADD, T1, T1, T2);
    }
}

/* t2 = (t0 >> count) & t1 */
static void upper_part(struct assembler *assembler, bool wide, int32_t count) {
    riscv64_number(assembler, wide ? DO_SRLI : DO_SRLIW, T2, T0, count);
    riscv64_register(assembler, DO_AND, T2, T2, T1);
}

static void count_ones(struct assembler *assembler, bool wide, uint8_t to, uint8_t from) {
    uint32_t add = wide ? DO_ADD : DO_ADDW;
    pattern(assembler, 0x5555'5555, wide);
    riscv64_move(assembler, T0, from);
    upper_part(assembler, wide, 1);
    riscv64_register(assembler, wide ? DO_SUB : DO_SUBW, T0, T0, T2);
    pattern(assembler, 0x3333'3333, wide);
    upper_part(assembler, wide, 2);
    riscv64_register(assembler, DO_AND, T0, T0, T1);
    riscv64_register(assembler, add, T0, T0, T2);
    riscv64_number(assembler, wide ? DO_SRLI : DO_SRLIW, T2, T0, 4);
    riscv64_register(assembler, add, T0, T0, T2);
    pattern(assembler, 0x0F0F'0F0F, wide);
    riscv64_register(assembler, DO_AND, T0, T0, T1);
    pattern(assembler, 0x0101'0101, wide);
    riscv64_register(assembler, wide ? DO_MUL : DO_MULW, T0, T0, T1);
    riscv64_number(assembler, wide ? DO_SRLI : DO_SRLIW, to, T0, wide ? 56 : 24);
}

typedef void count_function(struct assembler *assembler, bool wide, uint8_t to, uint8_t from);

bool riscv64_count(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t from) {
    static count_function *const functions[] = {count_leading, count_trailing, count_ones};
    static const uint32_t codes[2][3] = {{DO_CLZW, DO_CTZW, DO_CPOPW}, {DO_CLZ, DO_CTZ, DO_CPOP}};
    bool wide = opcode >= OPCODE_i64_clz;
    uint32_t number = opcode - (wide ? OPCODE_i64_clz : OPCODE_i32_clz);
    if (opcode < OPCODE_i32_clz || number > 2) {
        return false;
    }
    if (assembler->features & FEATURE_ZBB) {
        riscv64_number(assembler, codes[wide][number], to, from, 0);
    } else {
        functions[number](assembler, wide, to, from);
    }
    return true;
}
