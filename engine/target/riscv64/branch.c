/* SPDX-License-Identifier: MIT */
/*
 * Conditions, and what is done with them: a 0 or 1, a jump, a choice. There are no flags: integers
 * are compared by the branch itself, or by slt; floats by an instruction that answers 0 or 1, and 0
 * for NaN, so that inverting comes last. Constants are made in t0 and t1.
 */
#include "encode.h"

/* A comparison as the branches have it. */
struct comparison {
    uint32_t code;
    uint8_t left, right;
};

static bool is_float_test(enum opcode opcode) {
    return opcode >= OPCODE_f32_eq && opcode <= OPCODE_f64_ge;
}

static bool is_bit_test(enum opcode opcode) {
    return opcode == OPCODE_i32_and || opcode == OPCODE_i64_and;
}

/* t0 = 1 when the comparison holds; *inverted: when it does not. */
static void compare_floats(struct assembler *assembler, const struct test *test, bool *inverted) {
    static const uint32_t codes[] = {DO_FEQ, DO_FEQ, DO_FLT, DO_FLT, DO_FLE, DO_FLE};
    bool is_double = test->opcode >= OPCODE_f64_eq;
    enum opcode form = is_double ? test->opcode - OPCODE_f64_eq + OPCODE_f32_eq : test->opcode;
    bool swaps = form == OPCODE_f32_gt || form == OPCODE_f32_ge;
    uint8_t left = swaps ? test->right.reg : test->left;
    uint8_t right = swaps ? test->left : test->right.reg;
    riscv64_float(assembler, codes[form - OPCODE_f32_eq], is_double, T0, left, right);
    *inverted = form == OPCODE_f32_ne;
}

/* t0 = the bits in common */
static void test_bits(struct assembler *assembler, const struct test *test) {
    bool wide = test->opcode == OPCODE_i64_and;
    const struct operand *right = &test->right;
    int64_t value = wide ? (int64_t)right->bits : (int32_t)right->bits;
    if (right->kind == OPERAND_CONSTANT && riscv64_fits(value)) {
        riscv64_number(assembler, DO_ANDI, T0, test->left, (int32_t)value);
        return;
    }
    riscv64_register(assembler, DO_AND, T0, test->left,
                     riscv64_operand(assembler, right, wide, T0));
}

static struct comparison compare_integers(struct assembler *assembler, const struct test *test) {
    static const uint32_t codes[] = {DO_BEQ,  DO_BNE, DO_BLT,  DO_BLTU, DO_BLT,
                                     DO_BLTU, DO_BGE, DO_BGEU, DO_BGE,  DO_BGEU};
    bool wide = test->opcode >= OPCODE_i64_eq;
    uint32_t number = test->opcode - (wide ? OPCODE_i64_eq : OPCODE_i32_eq);
    bool swaps = number >= 4 && number <= 7; /* gt and le */
    uint8_t right = riscv64_operand(assembler, &test->right, wide, T0);
    return swaps ? (struct comparison){codes[number], right, test->left}
                 : (struct comparison){codes[number], test->left, right};
}

/* A condition that one branch can ask for; may leave a part of it in t0. */
static struct comparison compare(struct assembler *assembler, const struct test *test) {
    struct comparison comparison = {DO_BNE, T0, ZERO};
    bool inverted = test->inverted, is_unequal = false;
    if (is_float_test(test->opcode)) {
        compare_floats(assembler, test, &is_unequal);
        inverted ^= is_unequal;
    } else if (is_bit_test(test->opcode)) {
        test_bits(assembler, test);
    } else if (test->opcode == OPCODE_i32_eqz || test->opcode == OPCODE_i64_eqz) {
        comparison = (struct comparison){DO_BEQ, test->left, ZERO};
    } else {
        comparison = compare_integers(assembler, test);
    }
    comparison.code ^= inverted ? BRANCH_INVERSE : 0;
    return comparison;
}

/* One bit alone, beyond those that andi reaches, becomes a sign. */
static bool branch_on_bit(struct assembler *assembler, const struct test *test,
                          struct label *label) {
    uint64_t bits = test->opcode == OPCODE_i32_and ? (uint32_t)test->right.bits : test->right.bits;
    if (!is_bit_test(test->opcode) || test->right.kind != OPERAND_CONSTANT || bits <= 1024 ||
        (bits & (bits - 1)) != 0) {
        return false;
    }
    riscv64_number(assembler, DO_SLLI, T0, test->left, __builtin_clzll(bits));
    riscv64_branch_if(assembler, test->inverted ? DO_BGE : DO_BLT, T0, ZERO, label);
    return true;
}

void riscv64_branch(struct assembler *assembler, const struct test *test, struct label *label) {
    if (!branch_on_bit(assembler, test, label)) {
        struct comparison comparison = compare(assembler, test);
        riscv64_branch_if(assembler, comparison.code, comparison.left, comparison.right, label);
    }
}

/* to = left == right, or its negation. */
static void set_equal(struct assembler *assembler, uint8_t to, const struct test *test,
                      bool negated) {
    bool wide = test->opcode >= OPCODE_i64_eq;
    const struct operand *right = &test->right;
    int64_t value = wide ? (int64_t)right->bits : (int32_t)right->bits;
    uint8_t difference = T0;
    if (right->kind == OPERAND_CONSTANT && value == 0) {
        difference = test->left;
    } else if (right->kind == OPERAND_CONSTANT && value >= -2047 && value <= 2048) {
        riscv64_number(assembler, wide ? DO_ADDI : DO_ADDIW, T0, test->left, (int32_t)-value);
    } else {
        riscv64_register(assembler, DO_SUB, T0, test->left,
                         riscv64_operand(assembler, right, wide, T0));
    }
    if (negated) {
        riscv64_register(assembler, DO_SLTU, to, ZERO, difference);
    } else {
        riscv64_number(assembler, DO_SLTIU, to, difference, 1);
    }
}

/* to = left < number, where that fits. x <= c is x < c + 1, if there is such a number. */
static bool set_less_than_number(struct assembler *assembler, uint8_t to, const struct test *test,
                                 bool is_signed, bool or_equal) {
    bool wide = test->opcode >= OPCODE_i64_eq;
    int64_t value = wide ? (int64_t)test->right.bits : (int32_t)test->right.bits;
    if (test->right.kind != OPERAND_CONSTANT || !riscv64_fits(value) ||
        !riscv64_fits(value + or_equal) || (!is_signed && or_equal && value == -1)) {
        return false;
    }
    riscv64_number(assembler, is_signed ? DO_SLTI : DO_SLTIU, to, test->left,
                   (int32_t)value + or_equal);
    return true;
}

/* The orders: of lt_s, lt_u, gt_s, gt_u, le_s, le_u, ge_s, ge_u. gt is the negation of le, ge that
 * of lt; with registers le is the negation of gt instead, which is lt with its sides exchanged. */
static void set_order(struct assembler *assembler, uint8_t to, const struct test *test,
                      uint32_t number) {
    uint32_t order = number >> 1; /* lt, gt, le, ge */
    bool is_signed = (number & 1) == 0, swaps = order == 1 || order == 2;
    bool inverted = test->inverted != (order == 1 || order == 3);
    if (!set_less_than_number(assembler, to, test, is_signed, swaps)) {
        bool wide = test->opcode >= OPCODE_i64_eq;
        uint8_t right = riscv64_operand(assembler, &test->right, wide, T0);
        riscv64_register(assembler, is_signed ? DO_SLT : DO_SLTU, to, swaps ? right : test->left,
                         swaps ? test->left : right);
        inverted = test->inverted != (order >= 2);
    }
    if (inverted) {
        riscv64_number(assembler, DO_XORI, to, to, 1);
    }
}

static void set_float(struct assembler *assembler, uint8_t to, const struct test *test) {
    bool is_unequal;
    compare_floats(assembler, test, &is_unequal);
    if (is_unequal != test->inverted) {
        riscv64_number(assembler, DO_XORI, to, T0, 1);
    } else {
        riscv64_move(assembler, to, T0);
    }
}

void riscv64_set(struct assembler *assembler, uint8_t to, const struct test *test) {
    enum opcode opcode = test->opcode;
    uint32_t number = opcode - (opcode >= OPCODE_i64_eq ? OPCODE_i64_eq : OPCODE_i32_eq);
    if (is_float_test(opcode)) {
        set_float(assembler, to, test);
    } else if (is_bit_test(opcode)) {
        test_bits(assembler, test);
        struct test rest = {OPCODE_i64_eqz, !test->inverted, T0, {OPERAND_CONSTANT}};
        set_equal(assembler, to, &rest, rest.inverted);
    } else if (opcode == OPCODE_i32_eqz || opcode == OPCODE_i64_eqz) {
        set_equal(assembler, to, test, test->inverted);
    } else if (number < 2) {
        set_equal(assembler, to, test, test->inverted != (number == 1));
    } else {
        set_order(assembler, to, test, number - 2);
    }
}

static void move_any(struct assembler *assembler, bool is_float, uint8_t to, uint8_t from) {
    if (is_float) {
        riscv64_move_float(assembler, to, from);
    } else {
        riscv64_move(assembler, to, from);
    }
}

static bool reads(const struct comparison *comparison, uint8_t reg) {
    return comparison->left == reg || comparison->right == reg;
}

/* Both sides masked by the condition, which is t0 other than 0 then. */
static void select_masked(struct assembler *assembler, uint8_t to, uint8_t if_true,
                          uint8_t if_false, const struct test *test) {
    riscv64_set(assembler, T0, test);
    riscv64_register(assembler, DO_CZERO_EQZ, T1, if_true, T0);
    riscv64_register(assembler, DO_CZERO_NEZ, T0, if_false, T0);
    riscv64_register(assembler, DO_OR, to, T0, T1);
}

/* A move that is jumped over: what CPUs without Zicond do best. */
void riscv64_select(struct assembler *assembler, enum value_type type, uint8_t to, uint8_t if_true,
                    uint8_t if_false, const struct test *test) {
    bool is_float = type_is_float(type);
    if (!is_float && (assembler->features & FEATURE_ZICOND)) {
        select_masked(assembler, to, if_true, if_false, test);
        return;
    }
    struct comparison comparison = compare(assembler, test);
    if (to == if_false) { /* then the choice is the other way round */
        comparison.code ^= BRANCH_INVERSE;
        if_false = if_true;
        if_true = to;
    }
    uint8_t work = to;
    if (to != if_true && (reads(&comparison, to) || to == if_false)) {
        work = is_float ? FT0 : T2;
    }
    move_any(assembler, is_float, work, if_true);
    uint32_t done = riscv64_hop_if(assembler, comparison.code, comparison.left, comparison.right);
    move_any(assembler, is_float, work, if_false);
    riscv64_land(assembler, done);
    move_any(assembler, is_float, to, work);
}
