/* SPDX-License-Identifier: MIT */
/*
 * memory.copy and memory.fill: routines on the process stack, so that a large one can be
 * interrupted. In: rdi = to, rsi = from or byte, rdx = size (all i32), rax = struct memory * (of
 * `to`; that of `from` is another when the copy goes across: context->values[0]). Out: carry when
 * out of bounds. They change rax, rcx, rdx, rsi, rdi, xmm0. Up to about a thousand bytes 64 at a
 * time, then 16, are quickest, above that the string instructions.
 */
#include "encode.h"
#include <engine/instance.h>

constexpr int32_t STRING_SIZE = 1024; /* from here on */

/* The i32 in `reg` becomes a pointer into the memory in `memory`, where `size` bytes follow. */
static void pointer_check(struct assembler *assembler, uint8_t reg, uint8_t memory,
                          struct label *fail) {
    x86_64_arithmetic(assembler, DO_ADD, true, reg, rm_register(RDX));
    x86_64_arithmetic(assembler, DO_CMP, true, reg, rm_at(memory, offsetof(struct memory, size)));
    x86_64_jump_if(assembler, IF_ABOVE, fail);
    x86_64_arithmetic(assembler, DO_SUB, true, reg, rm_register(RDX));
    x86_64_arithmetic(assembler, DO_ADD, true, reg, rm_at(memory, offsetof(struct memory, base)));
}

static void finish(struct assembler *assembler) {
    assembler_room(assembler);
    assembler_u8(assembler, 0xF8); /* clc */
    assembler_u8(assembler, 0xC3);
}

static void fail_here(struct assembler *assembler, struct label *fail) {
    label_bind(assembler, fail);
    assembler_room(assembler);
    assembler_u8(assembler, 0xF9); /* stc */
    assembler_u8(assembler, 0xC3);
}

static void string_instruction(struct assembler *assembler, uint8_t code) {
    x86_64_move(assembler, true, RCX, RDX);
    assembler_room(assembler);
    assembler_u8(assembler, 0xF3); /* rep */
    assembler_u8(assembler, code);
    finish(assembler);
}

/* Opcodes that load and store 1, 2, 4 or 8 bytes of rax, or 16 of xmm0. */
struct piece {
    uint8_t size;
    uint32_t load, store;
    unsigned encoding;
    uint8_t reg;
};

static const struct piece pieces[] = {
    {16, 0x0F10, 0x0F11, NARROW, XMM0}, {8, 0x8B, 0x89, WIDE, RAX}, {4, 0x8B, 0x89, NARROW, RAX},
    {2, 0x8B, 0x89, PREFIX_66, RAX},    {1, 0x8A, 0x88, BYTE, RAX},
};

static void advance(struct assembler *assembler, uint8_t reg, int32_t by) {
    x86_64_encode(assembler, 0x8D, WIDE, reg, rm_at(reg, by));
}

/* Copies or stores one piece upwards (at the pointers) or downwards (at their far ends). */
static void move_piece(struct assembler *assembler, const struct piece *piece, bool copies,
                       bool downwards) {
    struct rm from = rm_at(RSI, 0), to = rm_at(RDI, 0);
    if (downwards) {
        from = rm_indexed(RSI, RDX, 0, -piece->size);
        to = rm_indexed(RDI, RDX, 0, -piece->size);
    }
    if (copies) {
        x86_64_encode(assembler, piece->load, piece->encoding, piece->reg, from);
    }
    x86_64_encode(assembler, piece->store, piece->encoding, piece->reg, to);
    if (downwards) {
        advance(assembler, RDX, -piece->size);
        return;
    }
    advance(assembler, RDI, piece->size);
    if (copies) {
        advance(assembler, RSI, piece->size);
    }
}

/* So many times 16 bytes, each read before it is written and nothing behind it, so that the two may
 * overlap. */
static void move_block(struct assembler *assembler, bool copies, bool downwards, int32_t count) {
    const struct piece *piece = &pieces[0];
    for (int32_t i = 0; i < count; i++) {
        int32_t up = 16 * i, down = -16 * (i + 1);
        struct rm from = downwards ? rm_indexed(RSI, RDX, 0, down) : rm_at(RSI, up);
        struct rm to = downwards ? rm_indexed(RDI, RDX, 0, down) : rm_at(RDI, up);
        if (copies) {
            x86_64_encode(assembler, piece->load, piece->encoding, piece->reg, from);
        }
        x86_64_encode(assembler, piece->store, piece->encoding, piece->reg, to);
    }
    if (!downwards) {
        advance(assembler, RDI, 16 * count);
        if (copies) {
            advance(assembler, RSI, 16 * count);
        }
    }
    advance(assembler, RDX, -16 * count);
}

/* Such blocks while there are as many bytes. */
static void move_blocks(struct assembler *assembler, bool copies, bool downwards, int32_t count) {
    struct label loop = label_unbound(), rest = label_unbound();
    x86_64_arithmetic_constant(assembler, DO_CMP, true, rm_register(RDX), 16 * count);
    x86_64_jump_if(assembler, IF_BELOW, &rest);
    label_bind(assembler, &loop);
    move_block(assembler, copies, downwards, count);
    x86_64_arithmetic_constant(assembler, DO_CMP, true, rm_register(RDX), 16 * count);
    x86_64_jump_if(assembler, IF_ABOVE_EQUAL, &loop);
    label_bind(assembler, &rest);
}

/* 64 bytes at a time, then 16, then the bits of what is left. */
static void move_all(struct assembler *assembler, bool copies, bool downwards) {
    move_blocks(assembler, copies, downwards, 4);
    move_blocks(assembler, copies, downwards, 1);
    for (uint32_t i = 1; i < sizeof pieces / sizeof pieces[0]; i++) {
        x86_64_encode(assembler, 0xF6, BYTE, 0, rm_register(RDX)); /* test dl, size */
        assembler_u8(assembler, pieces[i].size);
        uint32_t skip = x86_64_hop_if(assembler, IF_EQUAL);
        move_piece(assembler, &pieces[i], copies, downwards);
        x86_64_land(assembler, skip);
    }
    finish(assembler);
}

static void copy(struct assembler *assembler, bool across) {
    struct label fail = label_unbound(), downwards = label_unbound(), few = label_unbound();
    uint8_t source = RAX;
    if (across) {
        source = RCX;
        x86_64_encode(assembler, 0x8B, WIDE, RCX, HEADER_FIELD(context));
        x86_64_encode(assembler, 0x8B, WIDE, RCX, rm_at(RCX, offsetof(struct context, values)));
    }
    pointer_check(assembler, RDI, RAX, &fail);
    pointer_check(assembler, RSI, source, &fail);
    x86_64_move(assembler, true, RCX, RDI);
    x86_64_arithmetic(assembler, DO_SUB, true, RCX, rm_register(RSI));
    x86_64_arithmetic(assembler, DO_CMP, true, RCX, rm_register(RDX));
    x86_64_jump_if(assembler, IF_BELOW, &downwards); /* from < to < from + size */
    x86_64_arithmetic_constant(assembler, DO_CMP, true, rm_register(RDX), STRING_SIZE);
    x86_64_jump_if(assembler, IF_BELOW, &few);
    string_instruction(assembler, 0xA4);
    label_bind(assembler, &few);
    move_all(assembler, true, false);
    label_bind(assembler, &downwards);
    move_all(assembler, true, true);
    fail_here(assembler, &fail);
}

/* rax and xmm0 get the byte in every place. */
static void spread_byte(struct assembler *assembler) {
    x86_64_encode(assembler, 0x0FB6, BYTE, RSI, rm_register(RSI));
    x86_64_constant(assembler, RAX, 0x0101'0101'0101'0101);
    x86_64_encode(assembler, 0x0FAF, WIDE, RAX, rm_register(RSI));
    x86_64_to_float(assembler, true, XMM0, RAX);
    x86_64_encode(assembler, 0x0F6C, PREFIX_66, XMM0, rm_register(XMM0)); /* punpcklqdq */
}

static void fill(struct assembler *assembler) {
    struct label fail = label_unbound(), few = label_unbound();
    pointer_check(assembler, RDI, RAX, &fail);
    spread_byte(assembler);
    x86_64_arithmetic_constant(assembler, DO_CMP, true, rm_register(RDX), STRING_SIZE);
    x86_64_jump_if(assembler, IF_BELOW, &few);
    string_instruction(assembler, 0xAA);
    label_bind(assembler, &few);
    move_all(assembler, false, false);
    fail_here(assembler, &fail);
}

void x86_64_stub_leaf(struct assembler *assembler, enum leaf leaf) {
    if (leaf == LEAF_MEMORY_FILL) {
        fill(assembler);
    } else {
        copy(assembler, leaf == LEAF_MEMORY_COPY_ACROSS);
    }
}
