/* SPDX-License-Identifier: MIT */
/*
 * What the files of target/x86_64 share: registers, features, and the encoding of one instruction
 * (Intel SDM volume 2, chapter 2).
 *
 *   rax xmm0   results; function object of a call; temporaries
 *   rcx xmm1   temporaries
 *   rdx rsi rdi, xmm2-4          scratch of expressions
 *   r8-r11, xmm5-9               homes that a call destroys; parameters
 *   rbx rbp r12-r14, xmm10-15    homes that a call preserves
 *   r15        base of the instance
 */
#pragma once
#include <engine/target.h>

/* What stub_go leaves, from context->kernel_sp on (stub.c). */
constexpr uint32_t X86_64_ENTRY_FRAME_POINTER = 40, X86_64_ENTRY_RETURN = 56;

enum x86_64_register : uint8_t {
    RAX,
    RCX,
    RDX,
    RBX,
    RSP,
    RBP,
    RSI,
    RDI,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
    XMM0 = REGISTER_FLOAT,
    XMM1,
    XMM2,
    XMM3,
    XMM4,
    XMM5,
    XMM6,
    XMM7,
    XMM8,
    XMM9,
    XMM10,
    XMM11,
    XMM12,
    XMM13,
    XMM14,
    XMM15,
};

/* What a CPU may have beyond SSE2; bits of cpu_features. */
enum x86_64_feature : uint64_t {
    FEATURE_POPCNT = 1,
    FEATURE_LZCNT = 2,
    FEATURE_BMI1 = 4,
    FEATURE_BMI2 = 8,
    FEATURE_SSE41 = 16,
};

/* How an opcode is encoded besides its bytes; these may be combined. */
enum encoding : unsigned {
    NARROW = 0,
    WIDE = 1,      /* REX.W: 64 bits */
    BYTE = 2,      /* byte registers: sil and the like need a REX */
    PREFIX_66 = 4, /* mandatory prefixes */
    PREFIX_F2 = 8,
    PREFIX_F3 = 16,
};

/* Conditions as in the low half of the opcodes of jcc, setcc and cmovcc; inverted by ^ 1. */
enum condition : uint8_t {
    IF_OVERFLOW,
    IF_NOT_OVERFLOW,
    IF_BELOW,
    IF_ABOVE_EQUAL,
    IF_EQUAL,
    IF_NOT_EQUAL,
    IF_BELOW_EQUAL,
    IF_ABOVE,
    IF_SIGN,
    IF_NOT_SIGN,
    IF_PARITY,
    IF_NOT_PARITY,
    IF_LESS,
    IF_GREATER_EQUAL,
    IF_LESS_EQUAL,
    IF_GREATER,
};

/* The first group of arithmetic: number of the operation in its opcodes. */
enum arithmetic : uint8_t { DO_ADD, DO_OR, DO_ADC, DO_SBB, DO_AND, DO_SUB, DO_XOR, DO_CMP };
/* The shift group. */
enum shift : uint8_t { DO_ROL = 0, DO_ROR = 1, DO_SHL = 4, DO_SHR = 5, DO_SAR = 7 };

/* As the CPU has it: rsp is no index. */
constexpr uint8_t NO_INDEX = RSP;

/* The r/m side of an instruction: a register, or memory at base + index * scale + displacement.
 * What can be said of its bytes is worked out where it is made, which mostly is while compiling
 * this. */
struct rm {
    uint8_t base; /* the register itself when not memory */
    uint8_t low;  /* of ModRM: SIB_FOLLOWS, or the low bits of the base; RM_REGISTER: not memory */
    uint8_t sib;
    uint8_t rex; /* the bits X and B */
    int32_t displacement;
};
constexpr uint8_t SIB_FOLLOWS = 4, RM_REGISTER = 8;

static inline bool rm_is_memory(struct rm rm) {
    return rm.low != RM_REGISTER;
}

/* Bit 3 of a register number. */
static inline uint8_t high_bit(uint8_t reg) {
    return reg >> 3 & 1;
}

static inline struct rm rm_register(uint8_t reg) {
    return (struct rm){.base = reg, .low = RM_REGISTER, .rex = high_bit(reg)};
}

static inline struct rm rm_indexed(uint8_t base, uint8_t index, uint8_t log2_scale,
                                   int32_t displacement) {
    bool has_sib = index != NO_INDEX || (base & 7) == RSP;
    return (struct rm){.base = base,
                       .low = has_sib ? SIB_FOLLOWS : base & 7,
                       .sib = (uint8_t)(log2_scale << 6 | (index & 7) << 3 | (base & 7)),
                       .rex = (uint8_t)(high_bit(index) << 1 | high_bit(base)),
                       .displacement = displacement};
}

static inline struct rm rm_at(uint8_t base, int32_t displacement) {
    return rm_indexed(base, NO_INDEX, 0, displacement);
}

/* Prefixes, REX, opcode (one to three bytes, the first in the highest), ModRM, SIB, displacement.
 * Makes room. Sets assembler->access when rm is memory. `reg` may be the /digit. */
void x86_64_encode_registers(struct assembler *assembler, uint32_t opcode, unsigned encoding,
                             uint8_t reg, uint8_t other);
void x86_64_encode_memory(struct assembler *assembler, uint32_t opcode, unsigned encoding,
                          uint8_t reg, struct rm rm);
static inline void x86_64_encode(struct assembler *assembler, uint32_t opcode, unsigned encoding,
                                 uint8_t reg, struct rm rm) {
    if (rm_is_memory(rm)) {
        x86_64_encode_memory(assembler, opcode, encoding, reg, rm);
    } else {
        x86_64_encode_registers(assembler, opcode, encoding, reg, rm.base);
    }
}
/* VEX with three operands (BMI2): map 2 or 3; pp: 0, 1 = 66, 2 = F3, 3 = F2. */
void x86_64_encode_vex(struct assembler *assembler, uint8_t map, uint8_t pp, uint8_t opcode,
                       bool wide, uint8_t reg, uint8_t source, struct rm rm);

/* What an address comes to; may emit code that changes rax and rcx. */
struct rm x86_64_rm_of(struct assembler *assembler, const struct address *address);
/* The same for a right operand that is no constant. */
struct rm x86_64_rm_of_operand(struct assembler *assembler, const struct operand *operand);

void x86_64_push(struct assembler *assembler, uint8_t reg);
void x86_64_pop(struct assembler *assembler, uint8_t reg);
void x86_64_move(struct assembler *assembler, bool wide, uint8_t to, uint8_t from);
void x86_64_move_float(struct assembler *assembler, uint8_t to, uint8_t from);
/* Any 64-bit constant, without touching the flags. */
void x86_64_constant(struct assembler *assembler, uint8_t to, uint64_t bits);
void x86_64_arithmetic(struct assembler *assembler, enum arithmetic operation, bool wide,
                       uint8_t to, struct rm from);
void x86_64_arithmetic_constant(struct assembler *assembler, enum arithmetic operation, bool wide,
                                struct rm to, int32_t constant);
void x86_64_shift(struct assembler *assembler, enum shift operation, bool wide, uint8_t to,
                  uint8_t count);
void x86_64_test(struct assembler *assembler, bool wide, uint8_t a, uint8_t b);
void x86_64_zero_float(struct assembler *assembler, uint8_t to);
/* A scalar float instruction 0F xx in single or double form. */
void x86_64_scalar(struct assembler *assembler, uint8_t opcode, bool is_double, uint8_t to,
                   struct rm from);
void x86_64_compare_float(struct assembler *assembler, bool is_double, uint8_t a, struct rm b);
/* Bits from an integer register to a float register, and back. */
void x86_64_to_float(struct assembler *assembler, bool wide, uint8_t to, uint8_t from);
void x86_64_from_float(struct assembler *assembler, bool wide, uint8_t to, uint8_t from);

void x86_64_jump_if(struct assembler *assembler, enum condition condition, struct label *label);
void x86_64_jump(struct assembler *assembler, struct label *label);
/* Jumps within one operation: 8-bit displacement, filled in by x86_64_land(). */
uint32_t x86_64_hop_if(struct assembler *assembler, enum condition condition);
uint32_t x86_64_hop(struct assembler *assembler);
void x86_64_land(struct assembler *assembler, uint32_t hop);

/* Below the base: a field of struct instance_header. */
#define HEADER_FIELD(field)                                                                        \
    rm_at(R15, (int32_t)offsetof(struct instance_header, field) -                                  \
                   (int32_t)sizeof(struct instance_header))

/* The operations, by file. */
void x86_64_binary(struct assembler *, enum opcode, uint8_t to, uint8_t left,
                   const struct operand *right);
void x86_64_divide(struct assembler *, enum opcode, uint8_t to, uint8_t left,
                   const struct operand *right);
void x86_64_unary(struct assembler *, enum opcode, uint8_t to, uint8_t from);
bool x86_64_binary_float(struct assembler *, enum opcode, uint8_t to, uint8_t left,
                         const struct operand *right);
bool x86_64_unary_float(struct assembler *, enum opcode, uint8_t to, uint8_t from);
bool x86_64_convert_to_integer(struct assembler *, enum opcode, uint8_t to, uint8_t from);
bool x86_64_convert_to_float(struct assembler *, enum opcode, uint8_t to, uint8_t from);
void x86_64_set(struct assembler *, uint8_t to, const struct test *);
void x86_64_branch(struct assembler *, const struct test *, struct label *);
void x86_64_select(struct assembler *, enum value_type, uint8_t to, uint8_t if_true,
                   uint8_t if_false, const struct test *);
void x86_64_prologue(struct assembler *, const struct frame_plan *, uint32_t *size);
struct return_place x86_64_frame_left(const struct code *, uint32_t at);
struct return_place x86_64_stub_left(const uint8_t *at, uint32_t relay);
void x86_64_leave(struct assembler *, const struct frame_plan *);
void x86_64_epilogue(struct assembler *, const struct frame_plan *);
void x86_64_zero_frame(struct assembler *, uint32_t offset, uint32_t words);
void x86_64_call_defined(struct assembler *, uint32_t defined);
void x86_64_call_function(struct assembler *, uint32_t base_offset, bool near);
void x86_64_table_function(struct assembler *, const struct table_place *);
void x86_64_bind(struct assembler *, uint8_t to, const struct address *);
void x86_64_call_helper(struct assembler *, uint32_t helper);
void x86_64_call_leaf(struct assembler *, enum leaf);
void x86_64_tail_call(struct assembler *, const struct frame_plan *, const struct tail_plan *);
void x86_64_stub_go(struct assembler *, const struct stub_links *);
uint32_t x86_64_stub_stop(struct assembler *, const struct stub_links *);
void x86_64_stub_start(struct assembler *, const struct stub_links *);
void x86_64_stub_finish(struct assembler *, const struct stub_links *);
void x86_64_stub_preempt(struct assembler *, const struct stub_links *);
void x86_64_stub_resume(struct assembler *, const struct stub_links *);
void x86_64_stub_gate(struct assembler *, const struct stub_links *, const struct function_type *);
void x86_64_stub_helper(struct assembler *, const struct stub_links *);
void x86_64_stub_lazy(struct assembler *, const struct stub_links *, uint32_t first,
                      uint32_t count);
void x86_64_stub_leaf(struct assembler *, enum leaf);
void x86_64_stub_relay(struct assembler *, enum relay);
uint64_t x86_64_features_detect(void);
