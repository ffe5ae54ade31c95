/* SPDX-License-Identifier: MIT */
/* struct target of riscv64: registers, moves, loads and stores, and what fits where. */
#include "encode.h"

static void move(struct assembler *assembler, enum value_type type, uint8_t to, uint8_t from) {
    if (type_is_float(type)) {
        riscv64_move_float(assembler, to, from);
    } else {
        riscv64_move(assembler, to, from);
    }
}

static void constant(struct assembler *assembler, enum value_type type, uint8_t to, uint64_t bits) {
    bool is_narrow = type == TYPE_I32 || type == TYPE_F32;
    uint64_t value = is_narrow ? (uint64_t)(int64_t)(int32_t)bits : bits;
    if (!type_is_float(type)) {
        riscv64_constant(assembler, to, value);
        return;
    }
    uint8_t from = value == 0 ? ZERO : T0;
    if (value != 0) {
        riscv64_constant(assembler, T0, value);
    }
    riscv64_float(assembler, DO_FMV_FROM_X, type == TYPE_F64, to, from, ZERO);
}

static void load(struct assembler *assembler, enum opcode opcode, uint8_t to,
                 const struct address *address) {
    static const uint32_t codes[] = {
        DO_LW,  /* i32.load */
        DO_LD,  /* i64.load */
        DO_FLW, /* f32.load */
        DO_FLD, /* f64.load */
        DO_LB,  /* i32.load8_s */
        DO_LBU, /* i32.load8_u */
        DO_LH,  /* i32.load16_s */
        DO_LHU, /* i32.load16_u */
        DO_LB,  /* i64.load8_s */
        DO_LBU, /* i64.load8_u */
        DO_LH,  /* i64.load16_s */
        DO_LHU, /* i64.load16_u */
        DO_LW,  /* i64.load32_s */
        DO_LWU, /* i64.load32_u */
    };
    struct place place = riscv64_place_of(assembler, address);
    riscv64_load(assembler, codes[opcode - OPCODE_i32_load], to, place.base, place.offset);
}

static void store(struct assembler *assembler, enum opcode opcode, const struct operand *from,
                  const struct address *address) {
    static const uint32_t codes[] = {
        DO_SW,  /* i32.store */
        DO_SD,  /* i64.store */
        DO_FSW, /* f32.store */
        DO_FSD, /* f64.store */
        DO_SB,  /* i32.store8 */
        DO_SH,  /* i32.store16 */
        DO_SB,  /* i64.store8 */
        DO_SH,  /* i64.store16 */
        DO_SW,  /* i64.store32 */
    };
    struct place place = riscv64_place_of(assembler, address);
    if (from->kind == OPERAND_CONSTANT && opcode >= OPCODE_f32_store &&
        opcode <= OPCODE_f64_store) {
        opcode = opcode - OPCODE_f32_store + OPCODE_i32_store; /* its bits */
    }
    uint8_t reg = riscv64_operand(assembler, from, opcode == OPCODE_i64_store, T0);
    riscv64_store(assembler, codes[opcode - OPCODE_i32_store], reg, place.base, place.offset);
}

/* A constant divisor is one that needs no check. */
static bool divisor_fits(enum opcode opcode, uint64_t bits) {
    uint64_t minus_one = opcode >= OPCODE_i64_div_s ? UINT64_MAX : UINT32_MAX;
    return bits != 0 && bits != minus_one;
}

static bool is_divide(enum opcode opcode) {
    return (opcode >= OPCODE_i32_div_s && opcode <= OPCODE_i32_rem_u) ||
           (opcode >= OPCODE_i64_div_s && opcode <= OPCODE_i64_rem_u);
}

/* Any constant of integers: those that do not fit are made in a temporary, when they are needed. */
static bool immediate_fits(enum opcode opcode, uint64_t bits) {
    if (is_divide(opcode)) {
        return divisor_fits(opcode, bits);
    }
    if (opcode_facts[opcode].family == FAMILY_COMPARE) {
        return opcode <= OPCODE_i64_ge_u;
    }
    return opcode_facts[opcode].family == FAMILY_STORE || opcode <= OPCODE_i64_rotr;
}

static bool memory_fits(enum opcode opcode, enum address_kind kind) {
    return false;
}

static register_set clobbers(enum opcode opcode) {
    return 0;
}

static void add_shifted(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                        uint8_t right, uint32_t shift) {
    static const uint32_t codes[] = {0, DO_SH1ADD, DO_SH2ADD, DO_SH3ADD};
    bool wide = opcode == OPCODE_i64_add;
    if (wide && (assembler->features & FEATURE_ZBA)) {
        riscv64_register(assembler, codes[shift], to, right, left);
        return;
    }
    riscv64_number(assembler, DO_SLLI, T0, right, (int32_t)shift);
    riscv64_register(assembler, wide ? DO_ADD : DO_ADDW, to, left, T0);
}

/* The index is below the count, so it needs no zeros in its upper half. */
static uint32_t jump_table(struct assembler *assembler, uint32_t count, struct label *otherwise) {
    struct operand bound = {.kind = OPERAND_CONSTANT, .bits = count};
    uint8_t most = riscv64_operand(assembler, &bound, false, T0);
    riscv64_branch_if(assembler, DO_BGEU, A0, most, otherwise);
    uint32_t table = riscv64_address_of(assembler, T1);
    riscv64_number(assembler, DO_SLLI, T0, A0, 2);
    riscv64_register(assembler, DO_ADD, T0, T0, T1);
    riscv64_load(assembler, DO_LW, T0, T0, 0);
    riscv64_register(assembler, DO_ADD, T0, T0, T1);
    riscv64_jump_to(assembler, ZERO, T0);
    if (assembler->size % 4 != 0) {
        riscv64_nop(assembler);
    }
    riscv64_place_here(assembler, table);
    return assembler->size;
}

/* As a register of 64 bits holds it. */
static uint64_t register_word(enum value_type type, uint64_t bits) {
    switch (type) {
    case TYPE_I32:
        return (uint64_t)(int64_t)(int32_t)bits;
    case TYPE_F32:
        return bits | UINT64_MAX << 32;
    default:
        return bits;
    }
}

#define SET(reg)           ((register_set)1 << (reg))
#define RANGE(first, last) ((SET(last) << 1) - SET(first))

const struct target target_riscv64 = {
    .name = "riscv64",
    .features_detect = riscv64_features_detect,
    .scratch = RANGE(A1, A3) | RANGE(FA1, FA3),
    .caller_saved =
        RANGE(A4, A7) | RANGE(T3, T6) | RANGE(FT3, FT7) | RANGE(FA4, FA7) | RANGE(FT8, FT11),
    .callee_saved = SET(S0) | SET(S1) | RANGE(S2, S9) | SET(FS0) | SET(FS1) | RANGE(FS2, FS11),
    .integer_parameters = {A4, A5, A6, A7, T3, T4, T5, T6},
    .integer_parameter_count = 8,
    .float_parameters = {FA4, FA5, FA6, FA7, FT8, FT9, FT10, FT11},
    .float_parameter_count = 8,
    .result_integer = A0,
    .result_float = FA0,
    .temporary_integer = T0,
    .temporary_float = FT0,
    .function_register = A0,
    .leaf_registers = {A1, A2, A3},
    .frame_alignment = 16,
    .linkage_size = 16,
    .entry_frame_pointer = RISCV64_ENTRY_FRAME_POINTER,
    .entry_return = RISCV64_ENTRY_RETURN,
    .register_word = register_word,
    .frame_left = riscv64_frame_left,
    .stub_left = riscv64_stub_left,
    .prologue = riscv64_prologue,
    .epilogue = riscv64_epilogue,
    .zero_frame = riscv64_zero_frame,
    .move = move,
    .constant = constant,
    .bind = riscv64_bind,
    .load = load,
    .store = store,
    .immediate_fits = immediate_fits,
    .memory_fits = memory_fits,
    .clobbers = clobbers,
    .binary = riscv64_binary,
    .unary = riscv64_unary,
    .add_shifted = add_shifted,
    .set = riscv64_set,
    .branch = riscv64_branch,
    .select = riscv64_select,
    .jump = riscv64_jump,
    .jump_table = jump_table,
    .patch = riscv64_patch,
    .trap = riscv64_trap,
    .nop = riscv64_nop,
    .call_defined = riscv64_call_defined,
    .call_function = riscv64_call_function,
    .table_function = riscv64_table_function,
    .call_helper = riscv64_call_helper,
    .call_leaf = riscv64_call_leaf,
    .tail_call = riscv64_tail_call,
    .stub_go = riscv64_stub_go,
    .stub_stop = riscv64_stub_stop,
    .stub_start = riscv64_stub_start,
    .stub_finish = riscv64_stub_finish,
    .stub_preempt = riscv64_stub_preempt,
    .stub_resume = riscv64_stub_resume,
    .stub_gate = riscv64_stub_gate,
    .stub_helper = riscv64_stub_helper,
    .stub_lazy = riscv64_stub_lazy,
    .stub_leaf = riscv64_stub_leaf,
    .stub_relay = riscv64_stub_relay,
    .stub_lazy_size = 12,
};
