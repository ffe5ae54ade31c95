/* SPDX-License-Identifier: MIT */
/* struct target of x86-64: registers, moves, loads and stores, and what fits where. */
#include "encode.h"
#include <base/string.h>

static void move(struct assembler *assembler, enum value_type type, uint8_t to, uint8_t from) {
    if (type_is_float(type)) {
        x86_64_move_float(assembler, to, from);
    } else {
        x86_64_move(assembler, type != TYPE_I32, to, from);
    }
}

static void constant(struct assembler *assembler, enum value_type type, uint8_t to, uint64_t bits) {
    if (!type_is_float(type)) {
        if (bits == 0) {
            x86_64_encode(assembler, 0x33, NARROW, to, rm_register(to));
        } else {
            x86_64_constant(assembler, to, type == TYPE_I32 ? (uint32_t)bits : bits);
        }
    } else if (bits == 0) {
        x86_64_zero_float(assembler, to);
    } else {
        x86_64_constant(assembler, RCX, bits);
        x86_64_to_float(assembler, type == TYPE_F64, to, RCX);
    }
}

/* Loads and stores: opcode and encoding of each, from i32.load on. */
struct access {
    uint16_t code;
    uint8_t encoding;
};

static const struct access loads[] = {
    {0x8B, NARROW},      /* i32.load */
    {0x8B, WIDE},        /* i64.load */
    {0x0F10, PREFIX_F3}, /* f32.load */
    {0x0F10, PREFIX_F2}, /* f64.load */
    {0x0FBE, NARROW},    /* i32.load8_s */
    {0x0FB6, NARROW},    /* i32.load8_u */
    {0x0FBF, NARROW},    /* i32.load16_s */
    {0x0FB7, NARROW},    /* i32.load16_u */
    {0x0FBE, WIDE},      /* i64.load8_s */
    {0x0FB6, NARROW},    /* i64.load8_u */
    {0x0FBF, WIDE},      /* i64.load16_s */
    {0x0FB7, NARROW},    /* i64.load16_u */
    {0x63, WIDE},        /* i64.load32_s */
    {0x8B, NARROW},      /* i64.load32_u */
};

static const struct access stores[] = {
    {0x89, NARROW},      /* i32.store */
    {0x89, WIDE},        /* i64.store */
    {0x0F11, PREFIX_F3}, /* f32.store */
    {0x0F11, PREFIX_F2}, /* f64.store */
    {0x88, BYTE},        /* i32.store8 */
    {0x89, PREFIX_66},   /* i32.store16 */
    {0x88, BYTE},        /* i64.store8 */
    {0x89, PREFIX_66},   /* i64.store16 */
    {0x89, NARROW},      /* i64.store32 */
};

static void load(struct assembler *assembler, enum opcode opcode, uint8_t to,
                 const struct address *address) {
    const struct access *access = &loads[opcode - OPCODE_i32_load];
    x86_64_encode(assembler, access->code, access->encoding, to, x86_64_rm_of(assembler, address));
}

static void store_constant(struct assembler *assembler, enum opcode opcode, uint64_t bits,
                           struct rm to) {
    uint32_t size = 1u << opcode_facts[opcode].log2_width;
    unsigned encoding = size == 8 ? WIDE : size == 2 ? PREFIX_66 : NARROW;
    x86_64_encode(assembler, size == 1 ? 0xC6 : 0xC7, encoding, 0, to);
    for (uint32_t i = 0; i < (size < 4 ? size : 4); i++) {
        assembler_u8(assembler, (uint8_t)(bits >> 8 * i));
    }
}

static void store(struct assembler *assembler, enum opcode opcode, const struct operand *from,
                  const struct address *address) {
    struct rm to = x86_64_rm_of(assembler, address);
    if (from->kind == OPERAND_CONSTANT) {
        store_constant(assembler, opcode, from->bits, to);
        return;
    }
    const struct access *access = &stores[opcode - OPCODE_i32_store];
    x86_64_encode(assembler, access->code, access->encoding, from->reg, to);
}

static bool fits_signed_32(uint64_t bits) {
    return (uint64_t)(int64_t)(int32_t)bits == bits;
}

static bool is_divide(enum opcode opcode) {
    return (opcode >= OPCODE_i32_div_s && opcode <= OPCODE_i32_rem_u) ||
           (opcode >= OPCODE_i64_div_s && opcode <= OPCODE_i64_rem_u);
}

static bool is_shift(enum opcode opcode) {
    return (opcode >= OPCODE_i32_shl && opcode <= OPCODE_i32_rotr) ||
           (opcode >= OPCODE_i64_shl && opcode <= OPCODE_i64_rotr);
}

/* A constant divisor is one that needs no check. */
static bool divisor_fits(enum opcode opcode, uint64_t bits) {
    bool wide = opcode >= OPCODE_i64_div_s;
    uint64_t minus_one = wide ? UINT64_MAX : UINT32_MAX;
    return bits != 0 && bits != minus_one;
}

static bool immediate_fits(enum opcode opcode, uint64_t bits) {
    if (is_divide(opcode)) {
        return divisor_fits(opcode, bits);
    }
    if (is_shift(opcode)) {
        return true;
    }
    switch (opcode_facts[opcode].family) {
    case FAMILY_STORE:
        return opcode_facts[opcode].log2_width != 3 || fits_signed_32(bits);
    case FAMILY_COMPARE:
        return opcode <= OPCODE_i32_ge_u || (opcode <= OPCODE_i64_ge_u && fits_signed_32(bits));
    default:
        if (opcode == OPCODE_i64_and && bits <= UINT32_MAX) {
            return true;
        }
        return opcode <= OPCODE_i32_rotr || (opcode <= OPCODE_i64_rotr && fits_signed_32(bits));
    }
}

static bool is_float_order(enum opcode opcode) {
    return opcode == OPCODE_f32_lt || opcode == OPCODE_f32_le || opcode == OPCODE_f64_lt ||
           opcode == OPCODE_f64_le;
}

static bool is_float_extreme(enum opcode opcode) {
    return (opcode >= OPCODE_f32_min && opcode <= OPCODE_f32_copysign) ||
           (opcode >= OPCODE_f64_min && opcode <= OPCODE_f64_copysign);
}

static bool memory_fits(enum opcode opcode, enum address_kind kind) {
    enum family family = opcode_facts[opcode].family;
    if ((family != FAMILY_BINARY && family != FAMILY_COMPARE) || is_float_order(opcode) ||
        is_float_extreme(opcode)) {
        return false;
    }
    return kind == ADDRESS_FRAME ||
           (kind == ADDRESS_MEMORY && !is_divide(opcode) && !is_shift(opcode));
}

static register_set clobbers(enum opcode opcode) {
    return is_divide(opcode) ? set_of(RDX) : 0;
}

static void add_shifted(struct assembler *assembler, enum opcode opcode, uint8_t to, uint8_t left,
                        uint8_t right, uint32_t shift) {
    x86_64_encode(assembler, 0x8D, opcode == OPCODE_i64_add ? WIDE : NARROW, to,
                  rm_indexed(left, right, (uint8_t)shift, 0));
}

static uint32_t jump_table(struct assembler *assembler, uint32_t count, struct label *otherwise) {
    x86_64_arithmetic_constant(assembler, DO_CMP, false, rm_register(RAX), (int32_t)count);
    x86_64_jump_if(assembler, IF_ABOVE_EQUAL, otherwise);
    assembler_room(assembler);
    static const uint8_t code[] = {
        0x48, 0x8D, 0x0D, 9,    0, 0, 0, /* lea rcx, [rip + 9] */
        0x48, 0x63, 0x04, 0x81,          /* movsxd rax, [rcx + 4 * rax] */
        0x48, 0x01, 0xC8,                /* add rax, rcx */
        0xFF, 0xE0,                      /* jmp rax */
    };
    for (uint32_t i = 0; i < sizeof code; i++) {
        assembler_u8(assembler, code[i]);
    }
    return assembler->size;
}

static void patch(struct assembler *assembler, const struct patch *use, uint32_t position) {
    uint32_t distance = position - (use->at + 4);
    memcpy(&assembler->bytes[use->at], &distance, sizeof distance);
}

static void trap(struct assembler *assembler) {
    assembler_room(assembler);
    assembler_u8(assembler, 0x0F); /* ud2 */
    assembler_u8(assembler, 0x0B);
}

static void nop(struct assembler *assembler) {
    assembler_room(assembler);
    assembler_u8(assembler, 0x90);
}

#define SET(reg) ((register_set)1 << (reg))

const struct target target_x86_64 = {
    .name = "x86_64",
    .features_detect = x86_64_features_detect,
    .scratch = SET(RDX) | SET(RSI) | SET(RDI) | SET(XMM2) | SET(XMM3) | SET(XMM4),
    .caller_saved = SET(R8) | SET(R9) | SET(R10) | SET(R11) | SET(XMM5) | SET(XMM6) | SET(XMM7) |
                    SET(XMM8) | SET(XMM9),
    .callee_saved = SET(RBX) | SET(RBP) | SET(R12) | SET(R13) | SET(R14) | SET(XMM10) | SET(XMM11) |
                    SET(XMM12) | SET(XMM13) | SET(XMM14) | SET(XMM15),
    .integer_parameters = {R8, R9, R10, R11, RDI, RSI},
    .integer_parameter_count = 6,
    .float_parameters = {XMM5, XMM6, XMM7, XMM8, XMM9},
    .float_parameter_count = 5,
    .result_integer = RAX,
    .result_float = XMM0,
    .temporary_integer = RCX,
    .temporary_float = XMM1,
    .function_register = RAX,
    .leaf_registers = {RDI, RSI, RDX},
    .frame_alignment = 8,
    .linkage_size = 8,
    .entry_frame_pointer = X86_64_ENTRY_FRAME_POINTER,
    .entry_return = X86_64_ENTRY_RETURN,
    .frame_left = x86_64_frame_left,
    .stub_left = x86_64_stub_left,
    .prologue = x86_64_prologue,
    .epilogue = x86_64_epilogue,
    .zero_frame = x86_64_zero_frame,
    .move = move,
    .constant = constant,
    .bind = x86_64_bind,
    .load = load,
    .store = store,
    .immediate_fits = immediate_fits,
    .memory_fits = memory_fits,
    .clobbers = clobbers,
    .binary = x86_64_binary,
    .unary = x86_64_unary,
    .add_shifted = add_shifted,
    .set = x86_64_set,
    .branch = x86_64_branch,
    .select = x86_64_select,
    .jump = x86_64_jump,
    .jump_table = jump_table,
    .patch = patch,
    .trap = trap,
    .nop = nop,
    .call_defined = x86_64_call_defined,
    .call_function = x86_64_call_function,
    .table_function = x86_64_table_function,
    .call_helper = x86_64_call_helper,
    .call_leaf = x86_64_call_leaf,
    .tail_call = x86_64_tail_call,
    .stub_go = x86_64_stub_go,
    .stub_stop = x86_64_stub_stop,
    .stub_start = x86_64_stub_start,
    .stub_finish = x86_64_stub_finish,
    .stub_preempt = x86_64_stub_preempt,
    .stub_resume = x86_64_stub_resume,
    .resume_room = 24,
    .stub_gate = x86_64_stub_gate,
    .stub_helper = x86_64_stub_helper,
    .stub_lazy = x86_64_stub_lazy,
    .stub_leaf = x86_64_stub_leaf,
    .stub_relay = x86_64_stub_relay,
    .stub_lazy_size = 10,
};
