/* SPDX-License-Identifier: MIT */
/*
 * memory.copy and memory.fill: routines on the process stack, so that a large one can be
 * interrupted. In: a1 = to, a2 = from or byte, a3 = size (all i32), a0 = struct memory * (of `to`;
 * that of `from` is another when the copy goes across: context->values[0]). Out: t0 = 0, or 1 when
 * out of bounds. They change a0-a3 and t0-t2.
 *
 * Accesses of several bytes are aligned: others may be far slower than bytes. So bytes come first
 * until the destination is aligned; then, if the source is too, 32 at a time and 8 at a time; then
 * bytes.
 */
#include "encode.h"
#include <engine/instance.h>

/* What moves: bytes of memory, or a value; and which way. */
struct motion {
    bool copies;
    bool downwards; /* the pointers are behind the ends */
};

/* The i32 in `reg` becomes a pointer into the memory in `memory`, where a3 bytes follow. */
static void pointer_check(struct assembler *assembler, uint8_t reg, uint8_t memory,
                          struct label *fail) {
    riscv64_zero_extend(assembler, reg, reg);
    riscv64_register(assembler, DO_ADD, T0, reg, A3);
    riscv64_load(assembler, DO_LD, T1, memory, offsetof(struct memory, size));
    riscv64_branch_if(assembler, DO_BLTU, T1, T0, fail);
    riscv64_load(assembler, DO_LD, T1, memory, offsetof(struct memory, base));
    riscv64_register(assembler, DO_ADD, reg, reg, T1);
}

static void finish(struct assembler *assembler, bool good) {
    riscv64_number(assembler, DO_ADDI, T0, ZERO, good ? 0 : 1);
    riscv64_return(assembler);
}

/* Up to four pieces of 1 or 8 bytes each. */
static void move_pieces(struct assembler *assembler, struct motion motion, int32_t unit,
                        int32_t count) {
    static const uint8_t registers[] = {A0, T0, T1, T2};
    bool is_byte = unit == 1;
    int32_t step = motion.downwards ? -unit * count : unit * count;
    int32_t first = motion.downwards ? step : 0;
    for (int32_t i = 0; i < count && motion.copies; i++) {
        riscv64_load(assembler, is_byte ? DO_LBU : DO_LD, registers[i], A2, first + unit * i);
    }
    for (int32_t i = 0; i < count; i++) {
        riscv64_store(assembler, is_byte ? DO_SB : DO_SD, motion.copies ? registers[i] : A2, A1,
                      first + unit * i);
    }
    riscv64_number(assembler, DO_ADDI, A1, A1, step);
    if (motion.copies) {
        riscv64_number(assembler, DO_ADDI, A2, A2, step);
    }
    riscv64_number(assembler, DO_ADDI, A3, A3, -unit * count);
}

/* While as many bytes are left as this moves at once. */
static void move_while(struct assembler *assembler, struct motion motion, int32_t unit,
                       int32_t count) {
    struct label loop = label_unbound();
    label_bind(assembler, &loop);
    riscv64_number(assembler, DO_SLTIU, T0, A3, unit * count);
    uint32_t few = riscv64_hop_if(assembler, DO_BNE, T0, ZERO);
    move_pieces(assembler, motion, unit, count);
    riscv64_jump(assembler, &loop);
    riscv64_land(assembler, few);
}

/* Bytes until the destination is aligned, or there are none left. */
static void align(struct assembler *assembler, struct motion motion) {
    struct label loop = label_unbound();
    label_bind(assembler, &loop);
    riscv64_number(assembler, DO_ANDI, T0, A1, 7);
    uint32_t aligned = riscv64_hop_if(assembler, DO_BEQ, T0, ZERO);
    uint32_t none = riscv64_hop_if(assembler, DO_BEQ, A3, ZERO);
    move_pieces(assembler, motion, 1, 1);
    riscv64_jump(assembler, &loop);
    riscv64_land(assembler, aligned);
    riscv64_land(assembler, none);
}

static void move_all(struct assembler *assembler, struct motion motion) {
    align(assembler, motion);
    uint32_t unaligned = 0;
    if (motion.copies) {
        riscv64_number(assembler, DO_ANDI, T0, A2, 7);
        unaligned = riscv64_hop_if(assembler, DO_BNE, T0, ZERO);
    }
    move_while(assembler, motion, 8, 4);
    move_while(assembler, motion, 8, 1);
    if (motion.copies) {
        riscv64_land(assembler, unaligned);
    }
    move_while(assembler, motion, 1, 1);
    finish(assembler, true);
}

static void copy(struct assembler *assembler, bool across) {
    struct label fail = label_unbound(), downwards = label_unbound();
    uint8_t source = A0;
    riscv64_zero_extend(assembler, A3, A3);
    if (across) {
        source = T2;
        riscv64_load(assembler, DO_LD, T2, BASE, HEADER_FIELD(context));
        riscv64_load(assembler, DO_LD, T2, T2, offsetof(struct context, values));
    }
    pointer_check(assembler, A1, A0, &fail);
    pointer_check(assembler, A2, source, &fail);
    riscv64_register(assembler, DO_SUB, T0, A1, A2);
    riscv64_branch_if(assembler, DO_BLTU, T0, A3, &downwards); /* from <= to < from + size */
    move_all(assembler, (struct motion){.copies = true});
    label_bind(assembler, &downwards);
    riscv64_register(assembler, DO_ADD, A1, A1, A3);
    riscv64_register(assembler, DO_ADD, A2, A2, A3);
    move_all(assembler, (struct motion){.copies = true, .downwards = true});
    label_bind(assembler, &fail);
    finish(assembler, false);
}

static void fill(struct assembler *assembler) {
    struct label fail = label_unbound();
    riscv64_zero_extend(assembler, A3, A3);
    pointer_check(assembler, A1, A0, &fail);
    riscv64_number(assembler, DO_ANDI, A2, A2, 255);
    riscv64_constant(assembler, T0, 0x0101'0101'0101'0101);
    riscv64_register(assembler, DO_MUL, A2, A2, T0); /* the byte in every place */
    move_all(assembler, (struct motion){0});
    label_bind(assembler, &fail);
    finish(assembler, false);
}

void riscv64_stub_leaf(struct assembler *assembler, enum leaf leaf) {
    if (leaf == LEAF_MEMORY_FILL) {
        fill(assembler);
    } else {
        copy(assembler, leaf == LEAF_MEMORY_COPY_ACROSS);
    }
}
