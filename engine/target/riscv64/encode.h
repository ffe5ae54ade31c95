/* SPDX-License-Identifier: MIT */
/*
 * What the files of target/riscv64 share: registers, features, and the encoding of one instruction
 * (The RISC-V Instruction Set Manual, volume I, 20240411). Baseline is RV64GC.
 *
 *   a0 fa0      results; function object of a call
 *   t0-t2 ft0-ft2           temporaries; t0 and ft0 are those that the compiler knows
 *   a1-a3 fa1-fa3           scratch of expressions
 *   a4-a7 t3-t6, fa4-fa7 ft8-ft11, ft3-ft7    homes that a call destroys; parameters but ft3-ft7
 *   s0-s9 fs0-fs11          homes that a call preserves
 *   s10         left alone: for going on where a process was preempted
 *   s11         base of the instance
 *   ra          return address; gp and tp are C's and never touched
 *
 * An i32 in a register has its sign in the upper half, as every instruction on words leaves it; an
 * f32 has ones there (NaN boxing). So comparisons need no care, and what needs zeros there (an
 * index, i64.extend_i32_u) makes them.
 *
 * Addresses are formed in t1 and t2 only, or beside t0 and a0, but for those of linear memory,
 * which may take t0 too.
 */
#pragma once
#include <engine/target.h>

/* What stub_go leaves, from context->kernel_sp on (stub.c). */
constexpr uint32_t RISCV64_ENTRY_RETURN = 0, RISCV64_ENTRY_FRAME_POINTER = 8;

enum riscv64_register : uint8_t {
    ZERO,
    RA,
    SP,
    GP,
    TP,
    T0,
    T1,
    T2,
    S0,
    S1,
    A0,
    A1,
    A2,
    A3,
    A4,
    A5,
    A6,
    A7,
    S2,
    S3,
    S4,
    S5,
    S6,
    S7,
    S8,
    S9,
    S10,
    S11,
    T3,
    T4,
    T5,
    T6,
    FT0 = REGISTER_FLOAT,
    FT1,
    FT2,
    FT3,
    FT4,
    FT5,
    FT6,
    FT7,
    FS0,
    FS1,
    FA0,
    FA1,
    FA2,
    FA3,
    FA4,
    FA5,
    FA6,
    FA7,
    FS2,
    FS3,
    FS4,
    FS5,
    FS6,
    FS7,
    FS8,
    FS9,
    FS10,
    FS11,
    FT8,
    FT9,
    FT10,
    FT11,
};
constexpr uint8_t BASE = S11;

/* What a CPU may have beyond RV64GC; bits of cpu_features. */
enum riscv64_feature : uint64_t {
    FEATURE_ZBA = 1,
    FEATURE_ZBB = 2,
    FEATURE_ZICOND = 4,
};

/* An instruction without its registers and numbers. */
enum riscv64_code : uint32_t {
    DO_LUI = 0x37,
    DO_AUIPC = 0x17,
    DO_JAL = 0x6F,
    DO_JALR = 0x67,

    DO_CSRRW = 0x1073, /* the number is that of the CSR */
    DO_CSRRS = 0x2073,
    DO_CSRRSI = 0x6073, /* the left register is the operand */
    DO_CSRRCI = 0x7073,

    DO_BEQ = 0x63, /* inverted by ^ BRANCH_INVERSE */
    DO_BNE = 0x1063,
    DO_BLT = 0x4063,
    DO_BGE = 0x5063,
    DO_BLTU = 0x6063,
    DO_BGEU = 0x7063,

    DO_LB = 0x03,
    DO_LH = 0x1003,
    DO_LW = 0x2003,
    DO_LD = 0x3003,
    DO_LBU = 0x4003,
    DO_LHU = 0x5003,
    DO_LWU = 0x6003,
    DO_FLW = 0x2007,
    DO_FLD = 0x3007,
    DO_SB = 0x23,
    DO_SH = 0x1023,
    DO_SW = 0x2023,
    DO_SD = 0x3023,
    DO_FSW = 0x2027,
    DO_FSD = 0x3027,

    DO_ADDI = 0x13,
    DO_SLTI = 0x2013,
    DO_SLTIU = 0x3013,
    DO_XORI = 0x4013,
    DO_ORI = 0x6013,
    DO_ANDI = 0x7013,
    DO_SLLI = 0x1013,
    DO_SRLI = 0x5013,
    DO_SRAI = 0x4000'5013,
    DO_ADDIW = 0x1B,
    DO_SLLIW = 0x101B,
    DO_SRLIW = 0x501B,
    DO_SRAIW = 0x4000'501B,

    DO_ADD = 0x33,
    DO_SUB = 0x4000'0033,
    DO_SLL = 0x1033,
    DO_SLT = 0x2033,
    DO_SLTU = 0x3033,
    DO_XOR = 0x4033,
    DO_SRL = 0x5033,
    DO_SRA = 0x4000'5033,
    DO_OR = 0x6033,
    DO_AND = 0x7033,
    DO_MUL = 0x0200'0033,
    DO_MULHU = 0x0200'3033,
    DO_DIV = 0x0200'4033,
    DO_DIVU = 0x0200'5033,
    DO_REM = 0x0200'6033,
    DO_REMU = 0x0200'7033,

    DO_ADDW = 0x3B,
    DO_SUBW = 0x4000'003B,
    DO_SLLW = 0x103B,
    DO_SRLW = 0x503B,
    DO_SRAW = 0x4000'503B,
    DO_MULW = 0x0200'003B,
    DO_DIVW = 0x0200'403B,
    DO_DIVUW = 0x0200'503B,
    DO_REMW = 0x0200'603B,
    DO_REMUW = 0x0200'703B,

    /* Zba */
    DO_ADD_UW = 0x0800'003B,
    DO_SH1ADD = 0x2000'2033,
    DO_SH2ADD = 0x2000'4033,
    DO_SH3ADD = 0x2000'6033,
    /* Zbb */
    DO_CLZ = 0x6000'1013,
    DO_CTZ = 0x6010'1013,
    DO_CPOP = 0x6020'1013,
    DO_CLZW = 0x6000'101B,
    DO_CTZW = 0x6010'101B,
    DO_CPOPW = 0x6020'101B,
    DO_SEXT_B = 0x6040'1013,
    DO_SEXT_H = 0x6050'1013,
    DO_ZEXT_H = 0x0800'403B,
    DO_MINU = 0x0A00'5033,
    DO_ROL = 0x6000'1033,
    DO_ROR = 0x6000'5033,
    DO_RORI = 0x6000'5013,
    DO_ROLW = 0x6000'103B,
    DO_RORW = 0x6000'503B,
    DO_RORIW = 0x6000'501B,
    /* Zicond */
    DO_CZERO_EQZ = 0x0E00'5033,
    DO_CZERO_NEZ = 0x0E00'7033,

    /* F; with WITH_DOUBLE, D */
    DO_FADD = 0x53,
    DO_FSUB = 0x0800'0053,
    DO_FMUL = 0x1000'0053,
    DO_FDIV = 0x1800'0053,
    DO_FSQRT = 0x5800'0053,
    DO_FSGNJ = 0x2000'0053,
    DO_FSGNJN = 0x2000'1053,
    DO_FSGNJX = 0x2000'2053,
    DO_FMIN = 0x2800'0053,
    DO_FMAX = 0x2800'1053,
    DO_FLE = 0xA000'0053,
    DO_FLT = 0xA000'1053,
    DO_FEQ = 0xA000'2053,
    DO_FCVT_W = 0xC000'0053, /* to integers */
    DO_FCVT_WU = 0xC010'0053,
    DO_FCVT_L = 0xC020'0053,
    DO_FCVT_LU = 0xC030'0053,
    DO_FCVT_FROM_W = 0xD000'0053,
    DO_FCVT_FROM_WU = 0xD010'0053,
    DO_FCVT_FROM_L = 0xD020'0053,
    DO_FCVT_FROM_LU = 0xD030'0053,
    DO_FMV_TO_X = 0xE000'0053,
    DO_FMV_FROM_X = 0xF000'0053,
    DO_FCVT_S_D = 0x4010'0053,
    DO_FCVT_D_S = 0x4200'0053,
};
constexpr uint32_t BRANCH_INVERSE = 0x1000;
constexpr uint32_t WITH_DOUBLE = 0x0200'0000;

/* The rounding mode, where an instruction has one. */
enum riscv64_rounding : uint32_t {
    ROUND_NEAREST = 0,
    ROUND_TO_ZERO = 0x1000,
    ROUND_DOWN = 0x2000,
    ROUND_UP = 0x3000,
};

/* One instruction each, in 16 bits where there is such a form (compress.c). Numbers are in range:
 * -2048 to 2047, shift counts, 20 bits for lui and auipc. */
void riscv64_register(struct assembler *assembler, uint32_t code, uint8_t to, uint8_t left,
                      uint8_t right);
void riscv64_number(struct assembler *assembler, uint32_t code, uint8_t to, uint8_t from,
                    int32_t number);
void riscv64_upper(struct assembler *assembler, uint32_t code, uint8_t to, uint32_t number);
/* Loads and stores: at base + offset. */
void riscv64_load(struct assembler *assembler, uint32_t code, uint8_t to, uint8_t base,
                  int32_t offset);
void riscv64_store(struct assembler *assembler, uint32_t code, uint8_t from, uint8_t base,
                   int32_t offset);
/* The 16-bit form of an instruction; 0: it has none. */
uint16_t riscv64_compress(uint32_t word);

static inline bool riscv64_fits(int64_t number) {
    return number >= -2048 && number <= 2047;
}

/* Jumps. A branch is beq to bgeu. */
void riscv64_branch_if(struct assembler *assembler, uint32_t code, uint8_t left, uint8_t right,
                       struct label *label);
void riscv64_jump(struct assembler *assembler, struct label *label);
void riscv64_patch(struct assembler *assembler, const struct patch *use, uint32_t position);
/* Jumps within one operation, filled in by riscv64_land(). */
uint32_t riscv64_hop_if(struct assembler *assembler, uint32_t code, uint8_t left, uint8_t right);
uint32_t riscv64_hop(struct assembler *assembler);
void riscv64_land(struct assembler *assembler, uint32_t hop);
/* to = the place where riscv64_place_here() is told so. */
uint32_t riscv64_address_of(struct assembler *assembler, uint8_t to);
void riscv64_place_here(struct assembler *assembler, uint32_t address);
/* Jumps to where `to` points; `link` gets the address behind, or is ZERO. */
void riscv64_jump_to(struct assembler *assembler, uint8_t link, uint8_t to);
void riscv64_return(struct assembler *assembler);
void riscv64_trap(struct assembler *assembler);
void riscv64_nop(struct assembler *assembler);

/* constant.c: any 64-bit constant, in few instructions, with no other register. */
void riscv64_constant(struct assembler *assembler, uint8_t to, uint64_t bits);
/* to = from + number, of any size below 2^31; `to` is not `from`, or the number fits. */
void riscv64_add_number(struct assembler *assembler, uint8_t to, uint8_t from, int64_t number);

void riscv64_move(struct assembler *assembler, uint8_t to, uint8_t from);
void riscv64_move_float(struct assembler *assembler, uint8_t to, uint8_t from);
void riscv64_zero_extend(struct assembler *assembler, uint8_t to, uint8_t from);
/* A float instruction in single or double form. */
void riscv64_float(struct assembler *assembler, uint32_t code, bool is_double, uint8_t to,
                   uint8_t left, uint8_t right);

/* address.c: what an address comes to; may emit code, see above. */
struct place {
    uint8_t base;
    int32_t offset;
};
void riscv64_bind(struct assembler *assembler, uint8_t to, const struct address *address);
struct place riscv64_place_of(struct assembler *assembler, const struct address *address);
/* A field of struct instance_header. */
#define HEADER_FIELD(field)                                                                        \
    ((int32_t)offsetof(struct instance_header, field) - (int32_t)sizeof(struct instance_header))

/* The right side of an operation in a register: as it is, or a constant put into `temporary`. */
uint8_t riscv64_operand(struct assembler *assembler, const struct operand *operand, bool wide,
                        uint8_t temporary);

/* The operations, by file. */
void riscv64_binary(struct assembler *, enum opcode, uint8_t to, uint8_t left,
                    const struct operand *right);
void riscv64_divide(struct assembler *, enum opcode, uint8_t to, uint8_t left,
                    const struct operand *right);
void riscv64_unary(struct assembler *, enum opcode, uint8_t to, uint8_t from);
bool riscv64_count(struct assembler *, enum opcode, uint8_t to, uint8_t from);
bool riscv64_binary_float(struct assembler *, enum opcode, uint8_t to, uint8_t left,
                          const struct operand *right);
bool riscv64_unary_float(struct assembler *, enum opcode, uint8_t to, uint8_t from);
bool riscv64_convert_to_integer(struct assembler *, enum opcode, uint8_t to, uint8_t from);
bool riscv64_convert_to_float(struct assembler *, enum opcode, uint8_t to, uint8_t from);
void riscv64_set(struct assembler *, uint8_t to, const struct test *);
void riscv64_branch(struct assembler *, const struct test *, struct label *);
void riscv64_select(struct assembler *, enum value_type, uint8_t to, uint8_t if_true,
                    uint8_t if_false, const struct test *);
struct effect riscv64_effect(const uint8_t *at);
struct return_place riscv64_frame_left(const struct code *, uint32_t at);
struct return_place riscv64_stub_left(const uint8_t *at, uint32_t relay);
void riscv64_prologue(struct assembler *, const struct frame_plan *, uint32_t *size);
void riscv64_leave(struct assembler *, const struct frame_plan *);
void riscv64_epilogue(struct assembler *, const struct frame_plan *);
void riscv64_zero_frame(struct assembler *, uint32_t offset, uint32_t words);
void riscv64_call_defined(struct assembler *, uint32_t defined);
void riscv64_call_function(struct assembler *, uint32_t base_offset, bool near);
void riscv64_table_function(struct assembler *, const struct table_place *);
void riscv64_call_helper(struct assembler *, uint32_t helper);
void riscv64_call_leaf(struct assembler *, enum leaf);
void riscv64_tail_call(struct assembler *, const struct frame_plan *, const struct tail_plan *);
void riscv64_stub_go(struct assembler *, const struct stub_links *);
uint32_t riscv64_stub_stop(struct assembler *, const struct stub_links *);
void riscv64_stub_start(struct assembler *, const struct stub_links *);
void riscv64_stub_finish(struct assembler *, const struct stub_links *);
void riscv64_stub_preempt(struct assembler *, const struct stub_links *);
void riscv64_stub_resume(struct assembler *, const struct stub_links *);
void riscv64_stub_gate(struct assembler *, const struct stub_links *, const struct function_type *);
void riscv64_stub_helper(struct assembler *, const struct stub_links *);
void riscv64_stub_lazy(struct assembler *, const struct stub_links *, uint32_t first,
                       uint32_t count);
void riscv64_stub_leaf(struct assembler *, enum leaf);
void riscv64_stub_relay(struct assembler *, enum relay);
uint64_t riscv64_features_detect(void);
