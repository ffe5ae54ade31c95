/* SPDX-License-Identifier: MIT */
/*
 * What the files of target/aarch64 share: registers, and instructions as words with their register
 * fields left zero (Arm ARM DDI 0487, chapter C4). ARMv8.0 is all that is used.
 *
 *   x0 v0                  results
 *   x15                    function object of a call; temporary
 *   x14 x16 x17 v30 v31    temporaries
 *   x1-x8   v1-v7 v16-v23  homes that a call destroys; parameters
 *   x9-x13  v24-v29        scratch of expressions
 *   x19-x27 x29  v8-v15    homes that a call preserves (of v the low 8 bytes)
 *   x28                    base of the instance
 *   x18                    left alone: for going on where a process was preempted
 *   x30 sp                 return address, process stack (a multiple of 16 always)
 *
 * Who may change which temporary: addresses of the frame, the instance and through pointers take
 * x16 only; addresses of a linear memory x16 and x17; a constant that is stored x14. So a value in
 * x17, the temporary that the compiler knows, can be stored.
 */
#pragma once
#include <engine/target.h>

enum aarch64_register : uint8_t {
    X0,
    X1,
    X8 = 8,
    X9,
    X10,
    X11,
    X12,
    X13,
    X14,
    X15,
    X16,
    X17,
    X19 = 19,
    X27 = 27,
    X28,
    X29,
    X30,
    SP,      /* where an instruction has sp, */
    ZR = SP, /* where it has the zero register */
    V0 = REGISTER_FLOAT,
    V1,
    V7 = V0 + 7,
    V8,
    V15 = V0 + 15,
    V16,
    V23 = V0 + 23,
    V24,
    V29 = V0 + 29,
    V30,
    V31,
};
constexpr uint8_t BASE = X28;

/* What stub_go leaves, from context->kernel_sp on (stub.c). */
constexpr uint32_t AARCH64_ENTRY_FRAME_POINTER = 80, AARCH64_ENTRY_RETURN = 88;

/* Bits to be added to a word. */
constexpr uint32_t WIDE = UINT32_C(1) << 31;   /* 64 bits instead of 32 */
constexpr uint32_t DOUBLE = UINT32_C(1) << 22; /* of floats */

/* Words by the fields that they lack: to, left (or from), right. */
enum aarch64_word : uint32_t {
    WORD_ADD = 0x0B000000,
    WORD_ADDS = 0x2B000000,
    WORD_SUB = 0x4B000000,
    WORD_SUBS = 0x6B000000,
    WORD_AND = 0x0A000000,
    WORD_ORR = 0x2A000000,
    WORD_EOR = 0x4A000000,
    WORD_ANDS = 0x6A000000,
    WORD_UDIV = 0x1AC00800,
    WORD_SDIV = 0x1AC00C00,
    WORD_LSL = 0x1AC02000,
    WORD_LSR = 0x1AC02400,
    WORD_ASR = 0x1AC02800,
    WORD_ROR = 0x1AC02C00,
    WORD_MADD = 0x1B000000, /* and the addend, << 10 */
    WORD_MSUB = 0x1B008000,
    WORD_UMULL = 0x9BA07C00,
    WORD_UMULH = 0x9BC07C00,
    WORD_CSEL = 0x1A800000, /* and the condition, << 12 */
    WORD_CSINC = 0x1A800400,
    WORD_CLZ = 0x5AC01000,
    WORD_RBIT = 0x5AC00000,
    /* With an immediate instead of the right side. */
    WORD_ADD_IMMEDIATE = 0x11000000,
    WORD_LOGICAL_IMMEDIATE = 0x12000000,
    WORD_CCMP_IMMEDIATE = 0x7A400800,
    WORD_SBFM = 0x13000000,
    WORD_UBFM = 0x53000000,
    WORD_EXTR = 0x13800000,
    WORD_MOVN = 0x12800000,
    WORD_MOVZ = 0x52800000,
    WORD_MOVK = 0x72800000,
    WORD_ADR = 0x10000000,
    /* Floats. */
    WORD_FADD = 0x1E202800,
    WORD_FSUB = 0x1E203800,
    WORD_FMUL = 0x1E200800,
    WORD_FDIV = 0x1E201800,
    WORD_FMAX = 0x1E204800,
    WORD_FMIN = 0x1E205800,
    WORD_FABS = 0x1E20C000,
    WORD_FNEG = 0x1E214000,
    WORD_FSQRT = 0x1E21C000,
    WORD_FMOV = 0x1E204000,
    WORD_FRINTN = 0x1E244000,
    WORD_FRINTP = 0x1E24C000,
    WORD_FRINTM = 0x1E254000,
    WORD_FRINTZ = 0x1E25C000,
    WORD_FCVT_DOUBLE = 0x1E22C000,    /* from single */
    WORD_FCVT_SINGLE = 0x1E624000,    /* from double */
    WORD_FCMP = 0x1E202000,           /* "to" is 0 */
    WORD_FCSEL = 0x1E200C00,          /* and the condition, << 12 */
    WORD_FMOV_IMMEDIATE = 0x1E201000, /* and 8 bits, << 13 */
    /* Between the classes; WIDE and DOUBLE say which. */
    WORD_FCVTZS = 0x1E380000,
    WORD_FCVTZU = 0x1E390000,
    WORD_SCVTF = 0x1E220000,
    WORD_UCVTF = 0x1E230000,
    WORD_FMOV_TO_INTEGER = 0x1E260000,
    WORD_FMOV_TO_FLOAT = 0x1E270000,
    /* Vectors. */
    WORD_CNT = 0x0E205800,  /* bytes of 8 */
    WORD_ADDV = 0x0E31B800, /* sum of 8 bytes */
    WORD_BSL = 0x2E601C00,  /* 8 bytes */
    WORD_ZERO = 0x2F00E400, /* movi d, 0 */
    WORD_DUP = 0x4E010C00,  /* a byte of w to 16 */
    /* Jumps. */
    WORD_B = 0x14000000,
    WORD_B_IF = 0x54000000, /* and the condition */
    WORD_CBZ = 0x34000000,
    WORD_TBZ = 0x36000000,
    WORD_NONZERO = 0x01000000, /* makes cbz, tbz cbnz, tbnz */
    WORD_BR = 0xD61F0000,
    WORD_BLR = 0xD63F0000,
    WORD_RET = 0xD65F03C0,
    WORD_NOP = 0xD503201F,
    WORD_ISB = 0xD5033FDF,
    WORD_UDF = 0x00000000,
};

/* As in b.cond; inverted by ^ 1. After a comparison of floats IF_MINUS and IF_BELOW_EQUAL are <
 * and <=, false for NaN, and IF_OVERFLOW says that one was NaN. */
enum aarch64_condition : uint8_t {
    IF_EQUAL,
    IF_NOT_EQUAL,
    IF_ABOVE_EQUAL, /* unsigned; carry */
    IF_BELOW,
    IF_MINUS,
    IF_PLUS,
    IF_OVERFLOW,
    IF_NOT_OVERFLOW,
    IF_ABOVE,
    IF_BELOW_EQUAL,
    IF_GREATER_EQUAL,
    IF_LESS,
    IF_GREATER,
    IF_LESS_EQUAL,
};

static inline uint32_t wide_if(bool wide) {
    return wide ? WIDE : 0;
}

static inline uint32_t double_if(bool is_double) {
    return is_double ? DOUBLE : 0;
}

/* encode.c */
void aarch64_word(struct assembler *, uint32_t word);
/* A word with its registers filled in. */
void aarch64_three(struct assembler *, uint32_t word, uint8_t to, uint8_t left, uint8_t right);
void aarch64_two(struct assembler *, uint32_t word, uint8_t to, uint8_t from);
/* The fields of a logical instruction's immediate. False: there is no such immediate. */
bool aarch64_logical_fields(uint64_t bits, bool wide, uint32_t *fields);
/* Can add or sub have it? In one instruction: 12 bits, or 12 bits << 12. */
bool aarch64_fits_add(uint64_t value);
/* The integer constant, at most four instructions; no flags. */
void aarch64_constant(struct assembler *, uint8_t to, uint64_t bits);
/* to = from + value. Either may be sp. What needs more than two instructions goes through x16. */
void aarch64_add_constant(struct assembler *, bool wide, uint8_t to, uint8_t from, int64_t value);
/* WORD_AND, ORR, EOR or ANDS with a constant, through x16 if need be. */
void aarch64_logical_constant(struct assembler *, uint32_t word, bool wide, uint8_t to,
                              uint8_t from, uint64_t bits);
/* Compares a register with a constant; through x16 if need be. */
void aarch64_compare_constant(struct assembler *, bool wide, uint8_t left, uint64_t bits);
void aarch64_compare(struct assembler *, bool wide, uint8_t left, uint8_t right);
/* WORD_SBFM, WORD_UBFM: bits `low` to `high` of `from`, or rotated into place. */
void aarch64_bitfield(struct assembler *, uint32_t word, bool wide, uint8_t to, uint8_t from,
                      uint8_t rotate, uint8_t high);
void aarch64_shift_left(struct assembler *, bool wide, uint8_t to, uint8_t from, uint8_t count);
void aarch64_shift_right(struct assembler *, bool wide, uint8_t to, uint8_t from, uint8_t count);
void aarch64_move(struct assembler *, bool wide, uint8_t to, uint8_t from);
void aarch64_move_float(struct assembler *, uint8_t to, uint8_t from);
/* A float constant by its bits; through x16 if need be. */
void aarch64_float_constant(struct assembler *, bool is_double, uint8_t to, uint64_t bits);
/* Bits between the classes. */
void aarch64_to_float(struct assembler *, bool wide, uint8_t to, uint8_t from);
void aarch64_from_float(struct assembler *, bool wide, uint8_t to, uint8_t from);
/* to = if_true under the condition, else if_false. */
void aarch64_choose(struct assembler *, bool wide, uint8_t to, uint8_t if_true, uint8_t if_false,
                    enum aarch64_condition condition);

/* jump.c: jumps to labels, near or far as the assembler's reach asks. */
void aarch64_jump(struct assembler *, struct label *);
void aarch64_jump_if(struct assembler *, enum aarch64_condition, struct label *);
/* When the register is zero, or is not. */
void aarch64_jump_zero(struct assembler *, bool wide, bool zero, uint8_t reg, struct label *);
/* When the bit is set, or is not. */
void aarch64_jump_bit(struct assembler *, bool set, uint8_t reg, uint8_t bit, struct label *);
/* Within one operation: forward, filled in by aarch64_land(). */
uint32_t aarch64_hop_if(struct assembler *, enum aarch64_condition);
void aarch64_land(struct assembler *, uint32_t hop);
void aarch64_patch(struct assembler *, const struct patch *, uint32_t position);

/* address.c */
/* Where an access goes: base + displacement, or base + index (32 bits when it is narrow). */
struct place {
    uint8_t base, index; /* index: REGISTER_NONE */
    bool narrow;
    int32_t displacement; /* one that an access of this size can have */
};
/* What an address comes to for accesses of 1 << log2_size bytes; may emit code. */
struct place aarch64_place(struct assembler *, const struct address *, uint8_t log2_size);
/* The load or store that a wasm opcode names. Sets assembler->access. */
void aarch64_access(struct assembler *, enum opcode, uint8_t reg, struct place);
void aarch64_bind(struct assembler *, uint8_t to, const struct address *);
void aarch64_load(struct assembler *, enum opcode, uint8_t to, const struct address *);
void aarch64_store(struct assembler *, enum opcode, const struct operand *, const struct address *);
/* 8 bytes at base + displacement, of either class; through x16 if need be. */
void aarch64_load_word(struct assembler *, uint8_t to, uint8_t base, int64_t displacement);
void aarch64_store_word(struct assembler *, uint8_t from, uint8_t base, int64_t displacement);
/* 4 bytes, zero-extended. */
void aarch64_load_half(struct assembler *, uint8_t to, uint8_t base, int64_t displacement);
/* Two registers of one class at base + displacement (-512 to 504) and the word behind it. */
void aarch64_pair(struct assembler *, bool loads, uint8_t first, uint8_t second, uint8_t base,
                  int32_t displacement);
/* sp = sp - 16 with the register stored there; the register loaded from there, sp = sp + 16. */
void aarch64_push(struct assembler *, uint8_t reg);
void aarch64_pop(struct assembler *, uint8_t reg);

/* Below the base: a field of struct instance_header. */
#define HEADER_FIELD(field)                                                                        \
    ((int64_t)offsetof(struct instance_header, field) - (int64_t)sizeof(struct instance_header))

/* The operations, by file. */
void aarch64_binary(struct assembler *, enum opcode, uint8_t to, uint8_t left,
                    const struct operand *right);
void aarch64_divide(struct assembler *, enum opcode, uint8_t to, uint8_t left,
                    const struct operand *right);
void aarch64_unary(struct assembler *, enum opcode, uint8_t to, uint8_t from);
bool aarch64_binary_float(struct assembler *, enum opcode, uint8_t to, uint8_t left, uint8_t right);
bool aarch64_unary_float(struct assembler *, enum opcode, uint8_t to, uint8_t from);
bool aarch64_convert_to_integer(struct assembler *, enum opcode, uint8_t to, uint8_t from);
bool aarch64_convert_to_float(struct assembler *, enum opcode, uint8_t to, uint8_t from);
void aarch64_set(struct assembler *, uint8_t to, const struct test *);
void aarch64_branch(struct assembler *, const struct test *, struct label *);
void aarch64_select(struct assembler *, enum value_type, uint8_t to, uint8_t if_true,
                    uint8_t if_false, const struct test *);
struct effect aarch64_effect(const uint8_t *at);
struct return_place aarch64_frame_left(const struct code *, uint32_t at);
struct return_place aarch64_stub_left(const uint8_t *at, uint32_t relay);
void aarch64_prologue(struct assembler *, const struct frame_plan *, uint32_t *size);
/* Saved registers and the base get back what they held; sp stays. */
void aarch64_restore(struct assembler *, const struct frame_plan *);
/* The same, with the return address in x30 and sp where the caller had it. */
void aarch64_leave(struct assembler *, const struct frame_plan *);
void aarch64_epilogue(struct assembler *, const struct frame_plan *);
void aarch64_zero_frame(struct assembler *, uint32_t offset, uint32_t words);
void aarch64_call_defined(struct assembler *, uint32_t defined);
void aarch64_call_function(struct assembler *, uint32_t base_offset, bool near);
void aarch64_table_function(struct assembler *, const struct table_place *);
void aarch64_call_helper(struct assembler *, uint32_t helper);
void aarch64_call_leaf(struct assembler *, enum leaf);
void aarch64_tail_call(struct assembler *, const struct frame_plan *, const struct tail_plan *);
void aarch64_stub_go(struct assembler *, const struct stub_links *);
uint32_t aarch64_stub_stop(struct assembler *, const struct stub_links *);
void aarch64_stub_start(struct assembler *, const struct stub_links *);
void aarch64_stub_finish(struct assembler *, const struct stub_links *);
void aarch64_stub_preempt(struct assembler *, const struct stub_links *);
void aarch64_stub_resume(struct assembler *, const struct stub_links *);
bool aarch64_stub_leaves_stack(const uint8_t *at);
void aarch64_stub_gate(struct assembler *, const struct stub_links *, const struct function_type *);
void aarch64_stub_helper(struct assembler *, const struct stub_links *);
void aarch64_stub_lazy(struct assembler *, const struct stub_links *, uint32_t first,
                       uint32_t count);
void aarch64_stub_leaf(struct assembler *, enum leaf);
void aarch64_stub_relay(struct assembler *, enum relay);
