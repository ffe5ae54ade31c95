/* SPDX-License-Identifier: MIT */
/*
 * memory.copy and memory.fill: routines on the process stack, so that a large one can be
 * interrupted. In: x9 = to, x10 = from or byte, x11 = size (all i32), x0 = struct memory * (of
 * `to`; that of `from` is another when the copy goes across: context->values[0]). Out: x17 = 0, or
 * 1 when out of bounds. They change x9-x11, temporaries. 32 bytes at a time, through v30 and v31,
 * while there are as many; then the bits of what is left. Accesses need not be aligned: it is
 * memory.
 */
#include "encode.h"
#include <engine/instance.h>

/* The i32 in `reg` becomes a pointer into the memory in `memory`, where x11 bytes follow. */
static void pointer_check(struct assembler *assembler, uint8_t reg, uint8_t memory,
                          struct label *fail) {
    aarch64_load_word(assembler, X17, memory, offsetof(struct memory, size));
    aarch64_three(assembler, WIDE | WORD_ADD, X16, reg, X11);
    aarch64_compare(assembler, true, X16, X17);
    aarch64_jump_if(assembler, IF_ABOVE, fail);
    aarch64_load_word(assembler, X17, memory, offsetof(struct memory, base));
    aarch64_three(assembler, WIDE | WORD_ADD, reg, X17, reg);
}

static void finish(struct assembler *assembler, uint64_t answer) {
    aarch64_constant(assembler, X17, answer);
    aarch64_word(assembler, WORD_RET);
}

/* 32 bytes between v30, v31 and the pointer, which moves: upwards behind them, downwards before. */
static void move_pair(struct assembler *assembler, bool loads, bool downwards, uint8_t pointer) {
    uint32_t units = downwards ? 0x7E : 2; /* of 16 bytes */
    aarch64_two(assembler,
                (downwards ? 0xAD80'0000 : 0xAC80'0000) | (loads ? 1u << 22 : 0) | units << 15 |
                    (uint32_t)(V31 & 31) << 10,
                V30, pointer);
}

/* The same with 1 << log2_size bytes of v30, up to 16. */
static void move_piece(struct assembler *assembler, bool loads, bool downwards, uint8_t pointer,
                       uint8_t log2_size) {
    bool is_vector = log2_size == 4;
    uint32_t opc = (is_vector ? 2u : 0) | (loads ? 1 : 0);
    uint32_t step = downwards ? 0x200 - (1u << log2_size) : 1u << log2_size;
    uint32_t size = is_vector ? 0 : (uint32_t)log2_size << 30;
    aarch64_two(assembler, (downwards ? 0x3C00'0C00 : 0x3C00'0400) | size | opc << 22 | step << 12,
                V30, pointer);
}

/* x11 bytes. */
static void move_all(struct assembler *assembler, bool copies, bool downwards) {
    struct label loop = label_unbound(), rest = label_unbound();
    label_bind(assembler, &loop);
    aarch64_compare_constant(assembler, true, X11, 32);
    aarch64_jump_if(assembler, IF_BELOW, &rest);
    if (copies) {
        move_pair(assembler, true, downwards, X10);
    }
    move_pair(assembler, false, downwards, X9);
    aarch64_add_constant(assembler, true, X11, X11, -32);
    aarch64_jump(assembler, &loop);
    label_bind(assembler, &rest);
    for (uint8_t log2_size = 5; log2_size-- > 0;) {
        struct label skip = label_unbound();
        aarch64_jump_bit(assembler, false, X11, log2_size, &skip);
        if (copies) {
            move_piece(assembler, true, downwards, X10, log2_size);
        }
        move_piece(assembler, false, downwards, X9, log2_size);
        label_bind(assembler, &skip);
    }
    finish(assembler, 0);
}

static void copy(struct assembler *assembler, bool across) {
    struct label fail = label_unbound(), downwards = label_unbound();
    uint8_t source = X0;
    if (across) {
        source = X14;
        aarch64_load_word(assembler, X14, BASE, HEADER_FIELD(context));
        aarch64_load_word(assembler, X14, X14, offsetof(struct context, values));
    }
    pointer_check(assembler, X9, X0, &fail);
    pointer_check(assembler, X10, source, &fail);
    aarch64_three(assembler, WIDE | WORD_SUB, X16, X9, X10);
    aarch64_compare(assembler, true, X16, X11);
    aarch64_jump_if(assembler, IF_BELOW, &downwards); /* from < to < from + size */
    move_all(assembler, true, false);
    label_bind(assembler, &downwards);
    aarch64_three(assembler, WIDE | WORD_ADD, X9, X9, X11);
    aarch64_three(assembler, WIDE | WORD_ADD, X10, X10, X11);
    move_all(assembler, true, true);
    label_bind(assembler, &fail);
    finish(assembler, 1);
}

static void fill(struct assembler *assembler) {
    struct label fail = label_unbound();
    pointer_check(assembler, X9, X0, &fail);
    aarch64_two(assembler, WORD_DUP, V30, X10);
    aarch64_two(assembler, WORD_DUP, V31, X10);
    move_all(assembler, false, false);
    label_bind(assembler, &fail);
    finish(assembler, 1);
}

void aarch64_stub_leaf(struct assembler *assembler, enum leaf leaf) {
    if (leaf == LEAF_MEMORY_FILL) {
        fill(assembler);
    } else {
        copy(assembler, leaf == LEAF_MEMORY_COPY_ACROSS);
    }
}
