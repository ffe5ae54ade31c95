/* SPDX-License-Identifier: MIT */
/* struct target of aarch64: its registers, moves, jump tables, and what fits where. */
#include "encode.h"

static uint64_t features_detect(void) {
    return 0; /* ARMv8.0 does for all that is emitted */
}

static void move(struct assembler *assembler, enum value_type type, uint8_t to, uint8_t from) {
    if (type_is_float(type)) {
        aarch64_move_float(assembler, to, from);
    } else {
        aarch64_move(assembler, type != TYPE_I32, to, from);
    }
}

static void constant(struct assembler *assembler, enum value_type type, uint8_t to, uint64_t bits) {
    if (type_is_float(type)) {
        aarch64_float_constant(assembler, type == TYPE_F64, to,
                               type == TYPE_F64 ? bits : (uint32_t)bits);
    } else {
        aarch64_constant(assembler, to, type == TYPE_I32 ? (uint32_t)bits : bits);
    }
}

static bool is_divide(enum opcode opcode) {
    return (opcode >= OPCODE_i32_div_s && opcode <= OPCODE_i32_rem_u) ||
           (opcode >= OPCODE_i64_div_s && opcode <= OPCODE_i64_rem_u);
}

/* Every constant, since those that do not fit their instruction go through a temporary; but a
 * constant divisor is one that needs no check. */
static bool immediate_fits(enum opcode opcode, uint64_t bits) {
    if (is_divide(opcode)) {
        return bits != 0 && bits != (opcode >= OPCODE_i64_div_s ? UINT64_MAX : UINT32_MAX);
    }
    switch (opcode_facts[opcode].family) {
    case FAMILY_STORE:
        return true;
    case FAMILY_COMPARE:
        return opcode <= OPCODE_i64_ge_u;
    default:
        return opcode <= OPCODE_i64_rotr;
    }
}

static bool memory_fits(enum opcode opcode, enum address_kind kind) {
    return false;
}

static register_set clobbers(enum opcode opcode) {
    return 0;
}

static void add_shifted(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                        uint8_t right, uint32_t shift) {
    aarch64_three(assembler, wide_if(opcode == OPCODE_i64_add) | WORD_ADD | shift << 10, to, left,
                  right);
}

static uint32_t jump_table(struct assembler *assembler, uint32_t count, struct label *otherwise) {
    struct label table = label_unbound();
    aarch64_compare_constant(assembler, false, X0, count);
    aarch64_jump_if(assembler, IF_ABOVE_EQUAL, otherwise);
    aarch64_two(assembler, WORD_ADR, X16, 0);
    label_use(assembler, &table, assembler->size - 4);
    aarch64_three(assembler, 0xB8A0'5800, X17, X16, X0); /* ldrsw x17, [x16, w0, uxtw 2] */
    aarch64_three(assembler, WIDE | WORD_ADD, X16, X16, X17);
    aarch64_two(assembler, WORD_BR, 0, X16);
    label_bind(assembler, &table);
    return assembler->size;
}

static void trap(struct assembler *assembler) {
    aarch64_word(assembler, WORD_UDF);
}

static void nop(struct assembler *assembler) {
    aarch64_word(assembler, WORD_NOP);
}

/* Registers first to last. */
#define SPAN(first, last) ((register_set)((UINT64_C(2) << (last)) - (UINT64_C(1) << (first))))

const struct target target_aarch64 = {
    .name = "aarch64",
    .features_detect = features_detect,
    .scratch = SPAN(X9, X13) | SPAN(V24, V29),
    .caller_saved = SPAN(X1, X8) | SPAN(V1, V7) | SPAN(V16, V23),
    .callee_saved = SPAN(X19, X27) | SPAN(X29, X29) | SPAN(V8, V15),
    .integer_parameters = {X1, X1 + 1, X1 + 2, X1 + 3, X1 + 4, X1 + 5, X1 + 6, X8},
    .integer_parameter_count = 8,
    .float_parameters = {V1, V1 + 1, V1 + 2, V1 + 3, V1 + 4, V1 + 5, V7, V16},
    .float_parameter_count = 8,
    .result_integer = X0,
    .result_float = V0,
    .temporary_integer = X17,
    .temporary_float = V31,
    .function_register = X15,
    .leaf_registers = {X9, X10, X11},
    .frame_alignment = 16,
    .linkage_size = 16,
    .entry_frame_pointer = AARCH64_ENTRY_FRAME_POINTER,
    .entry_return = AARCH64_ENTRY_RETURN,
    .frame_left = aarch64_frame_left,
    .stub_left = aarch64_stub_left,
    .prologue = aarch64_prologue,
    .epilogue = aarch64_epilogue,
    .zero_frame = aarch64_zero_frame,
    .move = move,
    .constant = constant,
    .bind = aarch64_bind,
    .load = aarch64_load,
    .store = aarch64_store,
    .immediate_fits = immediate_fits,
    .memory_fits = memory_fits,
    .clobbers = clobbers,
    .binary = aarch64_binary,
    .unary = aarch64_unary,
    .add_shifted = add_shifted,
    .set = aarch64_set,
    .branch = aarch64_branch,
    .select = aarch64_select,
    .jump = aarch64_jump,
    .jump_table = jump_table,
    .patch = aarch64_patch,
    .trap = trap,
    .nop = nop,
    .call_defined = aarch64_call_defined,
    .call_function = aarch64_call_function,
    .table_function = aarch64_table_function,
    .call_helper = aarch64_call_helper,
    .call_leaf = aarch64_call_leaf,
    .tail_call = aarch64_tail_call,
    .stub_go = aarch64_stub_go,
    .stub_stop = aarch64_stub_stop,
    .stub_start = aarch64_stub_start,
    .stub_finish = aarch64_stub_finish,
    .stub_preempt = aarch64_stub_preempt,
    .stub_resume = aarch64_stub_resume,
    .stub_leaves_stack = aarch64_stub_leaves_stack,
    .stub_gate = aarch64_stub_gate,
    .stub_helper = aarch64_stub_helper,
    .stub_lazy = aarch64_stub_lazy,
    .stub_leaf = aarch64_stub_leaf,
    .stub_relay = aarch64_stub_relay,
    .stub_lazy_size = 8,
};
