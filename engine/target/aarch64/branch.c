/* SPDX-License-Identifier: MIT */
/*
 * Conditions, and what is done with them: a 0 or 1, a jump, a choice. A comparison with zero, of
 * the sign or of one bit jumps in one instruction. A comparison of floats leaves flags for which
 * each of wasm's comparisons, and its exact negation, is one condition: NaN included.
 */
#include "encode.h"

static const uint8_t integer_conditions[] = {
    IF_EQUAL, IF_NOT_EQUAL,  IF_LESS,        IF_BELOW,         IF_GREATER,
    IF_ABOVE, IF_LESS_EQUAL, IF_BELOW_EQUAL, IF_GREATER_EQUAL, IF_ABOVE_EQUAL,
};

/* eq, ne, lt, gt, le, ge */
static const uint8_t float_conditions[] = {
    IF_EQUAL, IF_NOT_EQUAL, IF_MINUS, IF_GREATER, IF_BELOW_EQUAL, IF_GREATER_EQUAL,
};

/* What a test is, before anything is emitted. */
struct form {
    bool is_float, is_double, wide, tests_bits;
    enum aarch64_condition condition; /* with the inversion in it */
};

static struct form form_of(const struct test *test) {
    enum opcode opcode = test->opcode;
    struct form form = {.condition = IF_EQUAL};
    if (opcode >= OPCODE_f32_eq && opcode <= OPCODE_f64_ge) {
        form.is_float = true;
        form.is_double = opcode >= OPCODE_f64_eq;
        form.condition =
            float_conditions[opcode - (form.is_double ? OPCODE_f64_eq : OPCODE_f32_eq)];
    } else if (opcode == OPCODE_i32_and || opcode == OPCODE_i64_and) {
        form.tests_bits = true;
        form.wide = opcode == OPCODE_i64_and;
        form.condition = IF_NOT_EQUAL;
    } else if (opcode == OPCODE_i32_eqz || opcode == OPCODE_i64_eqz) {
        form.wide = opcode == OPCODE_i64_eqz;
    } else {
        form.wide = opcode >= OPCODE_i64_eq;
        form.condition = integer_conditions[opcode - (form.wide ? OPCODE_i64_eq : OPCODE_i32_eq)];
    }
    form.condition ^= test->inverted ? 1 : 0;
    return form;
}

static bool is_eqz(const struct test *test) {
    return test->opcode == OPCODE_i32_eqz || test->opcode == OPCODE_i64_eqz;
}

static bool has_constant(const struct test *test) {
    return !is_eqz(test) && test->right.kind == OPERAND_CONSTANT;
}

static uint64_t constant_of(const struct test *test, const struct form *form) {
    return form->wide ? test->right.bits : (uint32_t)test->right.bits;
}

/* Sets the flags. */
static void compare(struct assembler *assembler, const struct test *test, const struct form *form) {
    if (form->is_float) {
        aarch64_three(assembler, WORD_FCMP | double_if(form->is_double), 0, test->left,
                      test->right.reg);
    } else if (form->tests_bits && has_constant(test)) {
        aarch64_logical_constant(assembler, WORD_ANDS, form->wide, ZR, test->left,
                                 test->right.bits);
    } else if (form->tests_bits) {
        aarch64_three(assembler, wide_if(form->wide) | WORD_ANDS, ZR, test->left, test->right.reg);
    } else if (is_eqz(test) || has_constant(test)) {
        aarch64_compare_constant(assembler, form->wide, test->left,
                                 is_eqz(test) ? 0 : test->right.bits);
    } else {
        aarch64_compare(assembler, form->wide, test->left, test->right.reg);
    }
}

/* One instruction that compares with zero and jumps. */
static bool branch_on_zero(struct assembler *assembler, const struct test *test,
                           const struct form *form, struct label *label) {
    bool zero = is_eqz(test) || (has_constant(test) && constant_of(test, form) == 0);
    uint8_t top = form->wide ? 63 : 31;
    if (!zero || form->is_float || form->tests_bits) {
        return false;
    }
    switch (form->condition) {
    case IF_EQUAL:
    case IF_BELOW_EQUAL:
    case IF_NOT_EQUAL:
    case IF_ABOVE:
        aarch64_jump_zero(assembler, form->wide,
                          form->condition == IF_EQUAL || form->condition == IF_BELOW_EQUAL,
                          test->left, label);
        return true;
    case IF_LESS:
    case IF_GREATER_EQUAL:
        aarch64_jump_bit(assembler, form->condition == IF_LESS, test->left, top, label);
        return true;
    default:
        return false;
    }
}

static bool branch_on_bit(struct assembler *assembler, const struct test *test,
                          const struct form *form, struct label *label) {
    if (!form->tests_bits || !has_constant(test)) {
        return false;
    }
    uint64_t bits = constant_of(test, form);
    if (bits == 0 || (bits & (bits - 1)) != 0) {
        return false;
    }
    aarch64_jump_bit(assembler, form->condition == IF_NOT_EQUAL, test->left,
                     (uint8_t)__builtin_ctzll(bits), label);
    return true;
}

void aarch64_branch(struct assembler *assembler, const struct test *test, struct label *label) {
    struct form form = form_of(test);
    if (!branch_on_zero(assembler, test, &form, label) &&
        !branch_on_bit(assembler, test, &form, label)) {
        compare(assembler, test, &form);
        aarch64_jump_if(assembler, form.condition, label);
    }
}

void aarch64_set(struct assembler *assembler, uint8_t to, const struct test *test) {
    struct form form = form_of(test);
    compare(assembler, test, &form);
    aarch64_three(assembler, WORD_CSINC | (uint32_t)(form.condition ^ 1) << 12, to, ZR, ZR);
}

void aarch64_select(struct assembler *assembler, enum value_type type, uint8_t to, uint8_t if_true,
                    uint8_t if_false, const struct test *test) {
    struct form form = form_of(test);
    compare(assembler, test, &form);
    if (type_is_float(type)) {
        aarch64_three(assembler, WORD_FCSEL | DOUBLE | (uint32_t)form.condition << 12, to, if_true,
                      if_false);
    } else {
        aarch64_choose(assembler, true, to, if_true, if_false, form.condition);
    }
}
