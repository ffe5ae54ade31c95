/* SPDX-License-Identifier: MIT */
/*
 * Conditions, and what is done with them: a 0 or 1, a jump, a choice. A comparison of floats sets
 * the flags as an unsigned one does, with "below" and "equal" both set for NaN; so < and <= swap
 * their operands, which makes NaN fall out right, and = alone needs two jumps.
 */
#include "encode.h"

static const uint8_t integer_conditions[] = {
    IF_EQUAL, IF_NOT_EQUAL,  IF_LESS,        IF_BELOW,         IF_GREATER,
    IF_ABOVE, IF_LESS_EQUAL, IF_BELOW_EQUAL, IF_GREATER_EQUAL, IF_ABOVE_EQUAL,
};

/* What to look at after the flags are set. */
struct flags {
    enum condition condition;
    bool equal;     /* float equality: parity matters too */
    bool not_equal; /* its negation */
};

/* For "equal" and "not equal" to 0 alone: the flags of the operation that made the value may do. */
static void compare_zero(struct assembler *assembler, bool wide, uint8_t left, bool equality) {
    bool known = assembler->flags_end == assembler->size && assembler->flags_register == left &&
                 assembler->flags_wide == wide;
    if (!known || !equality) {
        x86_64_test(assembler, wide, left, left);
    }
}

static void compare_integers(struct assembler *assembler, bool wide, uint8_t left,
                             const struct operand *right, bool equality) {
    if (right->kind != OPERAND_CONSTANT) {
        x86_64_arithmetic(assembler, DO_CMP, wide, left, x86_64_rm_of_operand(assembler, right));
    } else if (right->bits == 0) {
        compare_zero(assembler, wide, left, equality);
    } else {
        x86_64_arithmetic_constant(assembler, DO_CMP, wide, rm_register(left),
                                   (int32_t)right->bits);
    }
}

static void test_bits(struct assembler *assembler, bool wide, uint8_t left,
                      const struct operand *right) {
    if (right->kind != OPERAND_CONSTANT) {
        x86_64_encode(assembler, 0x85, wide ? WIDE : NARROW, left,
                      x86_64_rm_of_operand(assembler, right));
        return;
    }
    if (right->bits <= INT8_MAX) {
        x86_64_encode(assembler, 0xF6, BYTE, 0, rm_register(left));
        assembler_u8(assembler, (uint8_t)right->bits);
        return;
    }
    x86_64_encode(assembler, 0xF7, wide ? WIDE : NARROW, 0, rm_register(left));
    assembler_u32(assembler, (uint32_t)right->bits);
}

static struct flags compare_floats(struct assembler *assembler, const struct test *test) {
    bool is_double = test->opcode >= OPCODE_f64_eq;
    enum opcode form = is_double ? test->opcode - OPCODE_f64_eq + OPCODE_f32_eq : test->opcode;
    bool swap = form == OPCODE_f32_lt || form == OPCODE_f32_le;
    struct rm right = x86_64_rm_of_operand(assembler, &test->right);
    x86_64_compare_float(assembler, is_double, swap ? right.base : test->left,
                         swap ? rm_register(test->left) : right);
    switch (form) {
    case OPCODE_f32_eq:
        return (struct flags){IF_EQUAL, !test->inverted, test->inverted};
    case OPCODE_f32_ne:
        return (struct flags){IF_EQUAL, test->inverted, !test->inverted};
    case OPCODE_f32_lt:
    case OPCODE_f32_gt:
        return (struct flags){test->inverted ? IF_BELOW_EQUAL : IF_ABOVE, false, false};
    default:
        return (struct flags){test->inverted ? IF_BELOW : IF_ABOVE_EQUAL, false, false};
    }
}

/* Sets the flags. */
static struct flags compare(struct assembler *assembler, const struct test *test) {
    enum opcode opcode = test->opcode;
    enum condition condition;
    if (opcode >= OPCODE_f32_eq && opcode <= OPCODE_f64_ge) {
        return compare_floats(assembler, test);
    }
    if (opcode == OPCODE_i32_and || opcode == OPCODE_i64_and) {
        test_bits(assembler, opcode == OPCODE_i64_and, test->left, &test->right);
        condition = IF_NOT_EQUAL;
    } else if (opcode == OPCODE_i32_eqz || opcode == OPCODE_i64_eqz) {
        compare_zero(assembler, opcode == OPCODE_i64_eqz, test->left, true);
        condition = IF_EQUAL;
    } else {
        bool wide = opcode >= OPCODE_i64_eq;
        condition = integer_conditions[opcode - (wide ? OPCODE_i64_eq : OPCODE_i32_eq)];
        compare_integers(assembler, wide, test->left, &test->right,
                         condition == IF_EQUAL || condition == IF_NOT_EQUAL);
    }
    return (struct flags){condition ^ (test->inverted ? 1 : 0), false, false};
}

static void set_byte(struct assembler *assembler, enum condition condition, uint8_t to) {
    x86_64_encode(assembler, 0x0F90 | condition, BYTE, 0, rm_register(to));
}

void x86_64_set(struct assembler *assembler, uint8_t to, const struct test *test) {
    struct flags flags = compare(assembler, test);
    if (flags.equal || flags.not_equal) {
        set_byte(assembler, flags.equal ? IF_EQUAL : IF_NOT_EQUAL, RAX);
        set_byte(assembler, flags.equal ? IF_NOT_PARITY : IF_PARITY, RCX);
        x86_64_arithmetic(assembler, flags.equal ? DO_AND : DO_OR, false, RAX, rm_register(RCX));
        x86_64_encode(assembler, 0x0FB6, BYTE, to, rm_register(RAX));
        return;
    }
    set_byte(assembler, flags.condition, to);
    x86_64_encode(assembler, 0x0FB6, BYTE, to, rm_register(to));
}

void x86_64_branch(struct assembler *assembler, const struct test *test, struct label *label) {
    struct flags flags = compare(assembler, test);
    if (flags.equal) {
        uint32_t is_nan = x86_64_hop_if(assembler, IF_PARITY);
        x86_64_jump_if(assembler, IF_EQUAL, label);
        x86_64_land(assembler, is_nan);
        return;
    }
    if (flags.not_equal) {
        x86_64_jump_if(assembler, IF_PARITY, label);
        x86_64_jump_if(assembler, IF_NOT_EQUAL, label);
        return;
    }
    x86_64_jump_if(assembler, flags.condition, label);
}

static void move_any(struct assembler *assembler, bool is_float, uint8_t to, uint8_t from) {
    if (is_float) {
        x86_64_move_float(assembler, to, from);
    } else {
        x86_64_move(assembler, true, to, from);
    }
}

/* to = from under the condition, which is no float equality. */
static void move_if(struct assembler *assembler, bool is_float, enum condition condition,
                    uint8_t to, uint8_t from) {
    if (to == from) {
        return;
    }
    if (!is_float) {
        x86_64_encode(assembler, 0x0F40 | condition, WIDE, to, rm_register(from));
        return;
    }
    uint32_t skip = x86_64_hop_if(assembler, condition ^ 1);
    x86_64_move_float(assembler, to, from);
    x86_64_land(assembler, skip);
}

void x86_64_select(struct assembler *assembler, enum value_type type, uint8_t to, uint8_t if_true,
                   uint8_t if_false, const struct test *test) {
    bool is_float = type_is_float(type);
    struct flags flags = compare(assembler, test);
    bool unequal = flags.not_equal;
    enum condition condition = flags.condition;
    if (unequal || flags.equal) { /* choose "false" for unequal and for NaN */
        uint8_t equal_one = unequal ? if_false : if_true;
        uint8_t other = unequal ? if_true : if_false;
        if (to == other && to != equal_one) {
            move_any(assembler, is_float, is_float ? XMM0 : RAX, other);
            other = is_float ? XMM0 : RAX;
        }
        move_any(assembler, is_float, to, equal_one);
        move_if(assembler, is_float, IF_NOT_EQUAL, to, other);
        move_if(assembler, is_float, IF_PARITY, to, other);
        return;
    }
    if (to == if_true) {
        move_if(assembler, is_float, condition ^ 1, to, if_false);
        return;
    }
    move_any(assembler, is_float, to, if_false);
    move_if(assembler, is_float, condition, to, if_true);
}
