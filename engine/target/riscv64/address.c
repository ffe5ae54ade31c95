/* SPDX-License-Identifier: MIT */
/*
 * What an address comes to: a register and an offset of 12 bits. Frame, instance and pointer
 * addresses take t1 when the offset is longer. The place of an index in a linear memory is formed
 * in t2, the long part of its offset added in t1.
 *
 * A bound position is the lesser of itself and the size: (position - size) is negative when it is
 * within, so its sign, spread, keeps or clears the difference that is added to the size again. Both
 * are below 2^34, so nothing overflows.
 */
#include "encode.h"
#include <engine/instance.h>

/* base + offset, the part beyond 12 bits in t1. */
static struct place near_place(struct assembler *assembler, uint8_t base, int64_t offset) {
    if (riscv64_fits(offset)) {
        return (struct place){base, (int32_t)offset};
    }
    int32_t low = (int32_t)((offset & 0xFFF) ^ 0x800) - 0x800;
    riscv64_constant(assembler, T1, (uint64_t)(offset - low));
    riscv64_register(assembler, DO_ADD, T1, T1, base);
    return (struct place){T1, low};
}

/* Loads a word of the instance data. */
static void load_instance(struct assembler *assembler, uint8_t to, uint32_t below) {
    struct place place = near_place(assembler, BASE, -(int64_t)below);
    riscv64_load(assembler, DO_LD, to, place.base, place.offset);
}

static void load_bound(struct assembler *assembler, const struct address *address, uint8_t to) {
    load_instance(assembler, to, address->bound);
    if (address->bound_kind == BOUND_MEMORY) {
        riscv64_load(assembler, DO_LD, to, to, offsetof(struct memory, size));
    }
}

/* t2 = the lesser of t2 and the size. */
static void bind_position(struct assembler *assembler, const struct address *address) {
    load_bound(assembler, address, T1);
    if (assembler->features & FEATURE_ZBB) {
        riscv64_register(assembler, DO_MINU, T2, T2, T1);
        return;
    }
    riscv64_register(assembler, DO_SUB, T2, T2, T1);
    riscv64_number(assembler, DO_SRAI, T0, T2, 63);
    riscv64_register(assembler, DO_AND, T2, T2, T0);
    riscv64_register(assembler, DO_ADD, T2, T2, T1);
}

/* The start of the memory: in a register. */
static uint8_t memory_start(struct assembler *assembler, const struct address *address) {
    if (address->memory_base == 0) {
        return BASE;
    }
    load_instance(assembler, T1, address->memory_base);
    return T1;
}

/* t2 is on the way to the place already. */
void riscv64_bind(struct assembler *assembler, uint8_t to, const struct address *address) {
    riscv64_zero_extend(assembler, T2, address->reg);
    bind_position(assembler, address);
    riscv64_number(assembler, DO_ADDIW, to, T2, 0); /* the sign above it again */
    if (address->memory_base == 0) {
        riscv64_register(assembler, DO_ADD, T2, T2, BASE);
        assembler->known_index = to;
    }
}

static struct place bound_place(struct assembler *assembler, const struct address *address) {
    riscv64_constant(assembler, T2, address->offset);
    if (address->reg != REGISTER_NONE) {
        riscv64_zero_extend(assembler, T1, address->reg);
        riscv64_register(assembler, DO_ADD, T2, T2, T1);
    }
    bind_position(assembler, address);
    riscv64_register(assembler, DO_ADD, T2, T2, memory_start(assembler, address));
    return (struct place){T2, 0};
}

static struct place free_place(struct assembler *assembler, const struct address *address) {
    uint8_t start = memory_start(assembler, address);
    if (address->reg == REGISTER_NONE && start == BASE) {
        return near_place(assembler, BASE, (int64_t)address->offset);
    }
    if (address->reg == REGISTER_NONE) {
        riscv64_move(assembler, T2, start);
    } else if (assembler->features & FEATURE_ZBA) {
        riscv64_register(assembler, DO_ADD_UW, T2, address->reg, start);
    } else {
        riscv64_zero_extend(assembler, T2, address->reg);
        riscv64_register(assembler, DO_ADD, T2, T2, start);
    }
    return near_place(assembler, T2, (int64_t)address->offset);
}

/* Accesses through one index with several offsets, as to the fields of a struct, form its place
 * once: t2 keeps it until it, the index or the control flow changes. */
static struct place memory_place(struct assembler *assembler, const struct address *address) {
    if (address->bound_kind != BOUND_NONE) {
        return bound_place(assembler, address);
    }
    bool keeps = address->memory_base == 0 && address->reg != REGISTER_NONE;
    if (keeps && assembler->known_index == address->reg) {
        return near_place(assembler, T2, (int64_t)address->offset);
    }
    struct place place = free_place(assembler, address);
    if (keeps) {
        assembler->known_index = address->reg;
    }
    return place;
}

struct place riscv64_place_of(struct assembler *assembler, const struct address *address) {
    switch (address->kind) {
    case ADDRESS_FRAME:
        return near_place(assembler, SP, (int64_t)address->offset);
    case ADDRESS_INSTANCE:
        return near_place(assembler, BASE, -(int64_t)address->offset);
    case ADDRESS_POINTER:
        return near_place(assembler, address->reg, (int64_t)address->offset);
    default:
        return memory_place(assembler, address);
    }
}
