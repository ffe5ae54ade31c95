/* SPDX-License-Identifier: MIT */
/*
 * Loads and stores. A linear memory at the base is reached by [x28, w, uxtw]: the index cannot be
 * more than 32 bits, whatever its register holds. A static offset needs an instruction more, since
 * no form has index and displacement; what is large goes through a temporary.
 */
#include "encode.h"
#include <engine/instance.h>

/* How the instruction is told apart: size and opc fields, and whether it is of a float register. */
struct access {
    uint8_t log2_size, opc;
    bool is_float;
};

static const struct access loads[] = {
    {2, 1, false}, /* i32.load */
    {3, 1, false}, /* i64.load */
    {2, 1, true},  /* f32.load */
    {3, 1, true},  /* f64.load */
    {0, 3, false}, /* i32.load8_s */
    {0, 1, false}, /* i32.load8_u */
    {1, 3, false}, /* i32.load16_s */
    {1, 1, false}, /* i32.load16_u */
    {0, 2, false}, /* i64.load8_s */
    {0, 1, false}, /* i64.load8_u */
    {1, 2, false}, /* i64.load16_s */
    {1, 1, false}, /* i64.load16_u */
    {2, 2, false}, /* i64.load32_s */
    {2, 1, false}, /* i64.load32_u */
};

static const struct access stores[] = {
    {2, 0, false}, /* i32.store */
    {3, 0, false}, /* i64.store */
    {2, 0, true},  /* f32.store */
    {3, 0, true},  /* f64.store */
    {0, 0, false}, /* i32.store8 */
    {1, 0, false}, /* i32.store16 */
    {0, 0, false}, /* i64.store8 */
    {1, 0, false}, /* i64.store16 */
    {2, 0, false}, /* i64.store32 */
};

static const struct access *access_of(enum opcode opcode) {
    return opcode >= OPCODE_i32_store ? &stores[opcode - OPCODE_i32_store]
                                      : &loads[opcode - OPCODE_i32_load];
}

/* 12 bits of multiples of the size, or 9 bits with a sign. */
static bool is_scaled(int64_t displacement, uint8_t log2_size) {
    return displacement >= 0 && displacement < 4096 << log2_size &&
           displacement % (1 << log2_size) == 0;
}

static bool is_near(int64_t displacement, uint8_t log2_size) {
    return is_scaled(displacement, log2_size) || (displacement >= -256 && displacement < 256);
}

static struct place place_at(uint8_t base, int64_t displacement) {
    return (struct place){base, REGISTER_NONE, false, (int32_t)displacement};
}

static struct place place_indexed(uint8_t base, uint8_t index, bool narrow) {
    return (struct place){base, index, narrow, 0};
}

/* to = base + the 32 bits of index. */
static void add_index(struct assembler *assembler, uint8_t to, uint8_t base, uint8_t index) {
    aarch64_three(assembler, WIDE | WORD_ADD | 0x20'4000, to, base, index); /* uxtw */
}

/* base + displacement, through x16 when it is far: the upper part is added, the lower stays. */
static struct place place_near(struct assembler *assembler, uint8_t base, int64_t displacement,
                               uint8_t log2_size) {
    if (is_near(displacement, log2_size)) {
        return place_at(base, displacement);
    }
    int64_t low = displacement & 4095;
    if (!is_near(low, log2_size)) {
        low &= 255;
    }
    int64_t high = displacement - low;
    if (!aarch64_fits_add((uint64_t)(high < 0 ? -high : high)) && base != SP) {
        aarch64_constant(assembler, X16, (uint64_t)displacement);
        return place_indexed(base, X16, false);
    }
    aarch64_add_constant(assembler, true, X16, base, high);
    return place_at(X16, low);
}

/* x16 = index + offset of a linear memory, in 64 bits. */
static void far_index(struct assembler *assembler, const struct address *address) {
    if (address->reg == REGISTER_NONE) {
        aarch64_constant(assembler, X16, address->offset);
    } else if (aarch64_fits_add(address->offset)) {
        aarch64_add_constant(assembler, true, X16, address->reg, (int64_t)address->offset);
    } else {
        aarch64_constant(assembler, X16, address->offset);
        add_index(assembler, X16, X16, address->reg);
    }
}

/* x17 = the size of the memory */
static void load_bound(struct assembler *assembler, const struct address *address) {
    aarch64_load_word(assembler, X17, BASE, -(int64_t)address->bound);
    if (address->bound_kind == BOUND_MEMORY) {
        aarch64_load_word(assembler, X17, X17, offsetof(struct memory, size));
    }
}

/* to = the lesser of reg and x17. */
static void take_lesser(struct assembler *assembler, uint8_t to, uint8_t reg) {
    aarch64_compare(assembler, true, reg, X17);
    aarch64_choose(assembler, true, to, reg, X17, IF_BELOW);
}

void aarch64_bind(struct assembler *assembler, uint8_t to, const struct address *address) {
    load_bound(assembler, address);
    take_lesser(assembler, to, address->reg);
}

/* The start of the memory: in a register. */
static uint8_t memory_base(struct assembler *assembler, const struct address *address) {
    if (address->memory_base == 0) {
        return BASE;
    }
    aarch64_load_word(assembler, X16, BASE, -(int64_t)address->memory_base);
    return X16;
}

/* Accesses through one index often follow one another, with other offsets: x16 then keeps the
 * address of the index. */
static bool is_held(const struct assembler *assembler, const struct address *address) {
    return address->reg != REGISTER_NONE && address->reg == assembler->known_index &&
           address->memory_base == 0;
}

static void hold(struct assembler *assembler, const struct address *address) {
    if (address->memory_base == 0) {
        assembler->known_index = address->reg;
    }
}

/* The bound position is in x17. */
static struct place place_bound(struct assembler *assembler, const struct address *address) {
    load_bound(assembler, address); /* takes x16 */
    far_index(assembler, address);
    take_lesser(assembler, X17, X16);
    return place_indexed(memory_base(assembler, address), X17, false);
}

/* An index and an offset, not bound. */
static struct place place_indexed_near(struct assembler *assembler, const struct address *address,
                                       uint8_t base) {
    if (!is_held(assembler, address)) {
        add_index(assembler, X16, base, address->reg);
        hold(assembler, address);
    }
    return place_at(X16, (int64_t)address->offset);
}

static struct place place_in_memory(struct assembler *assembler, const struct address *address,
                                    uint8_t log2_size) {
    bool is_indexed = address->reg != REGISTER_NONE;
    int64_t offset = (int64_t)address->offset;
    if (address->bound_kind != BOUND_NONE) {
        return place_bound(assembler, address);
    }
    uint8_t base = memory_base(assembler, address);
    if (!is_indexed && is_near(offset, log2_size)) {
        return place_at(base, offset);
    }
    if (is_indexed && offset == 0) {
        return place_indexed(base, address->reg, true);
    }
    if (is_indexed && is_near(offset, log2_size)) {
        return place_indexed_near(assembler, address, base);
    }
    if (is_indexed && aarch64_fits_add(address->offset)) {
        aarch64_add_constant(assembler, true, X16, base, offset);
        return place_indexed(X16, address->reg, true);
    }
    if (base != BASE) {
        aarch64_move(assembler, true, X17, base);
        base = X17;
    }
    far_index(assembler, address);
    return place_indexed(base, X16, false);
}

struct place aarch64_place(struct assembler *assembler, const struct address *address,
                           uint8_t log2_size) {
    switch (address->kind) {
    case ADDRESS_FRAME:
        return place_near(assembler, SP, (int64_t)address->offset, log2_size);
    case ADDRESS_INSTANCE:
        return place_near(assembler, BASE, -(int64_t)address->offset, log2_size);
    case ADDRESS_POINTER:
        return place_near(assembler, address->reg, (int64_t)address->offset, log2_size);
    default:
        return place_in_memory(assembler, address, log2_size);
    }
}

static void put_access(struct assembler *assembler, struct access access, uint8_t reg,
                       struct place place) {
    uint32_t word = (uint32_t)access.log2_size << 30 | (uint32_t)access.opc << 22 |
                    (access.is_float ? 1u << 26 : 0) | 0x3800'0000;
    assembler_room(assembler);
    assembler->access = assembler->size;
    if (place.index != REGISTER_NONE) { /* uxtw, or lsl 0 */
        aarch64_three(assembler, word | (place.narrow ? 0x20'4800 : 0x20'6800), reg, place.base,
                      place.index);
    } else if (is_scaled(place.displacement, access.log2_size)) {
        uint32_t units = (uint32_t)place.displacement >> access.log2_size;
        aarch64_two(assembler, word | 1u << 24 | units << 10, reg, place.base);
    } else {
        uint32_t displacement = (uint32_t)place.displacement & 0x1FF;
        aarch64_two(assembler, word | displacement << 12, reg, place.base);
    }
}

void aarch64_access(struct assembler *assembler, enum opcode opcode, uint8_t reg,
                    struct place place) {
    put_access(assembler, *access_of(opcode), reg, place);
}

void aarch64_load(struct assembler *assembler, enum opcode opcode, uint8_t to,
                  const struct address *address) {
    struct place place = aarch64_place(assembler, address, access_of(opcode)->log2_size);
    aarch64_access(assembler, opcode, to, place);
}

void aarch64_store(struct assembler *assembler, enum opcode opcode, const struct operand *from,
                   const struct address *address) {
    struct access access = *access_of(opcode);
    struct place place = aarch64_place(assembler, address, access.log2_size);
    uint8_t reg = from->reg;
    if (from->kind == OPERAND_CONSTANT) {
        uint64_t bits = from->bits & UINT64_MAX >> (64 - (8 << access.log2_size));
        access.is_float = false;
        reg = ZR;
        if (bits != 0) {
            reg = X14;
            aarch64_constant(assembler, X14, bits);
        }
    }
    put_access(assembler, access, reg, place);
}

static void access_word(struct assembler *assembler, uint8_t opc, uint8_t log2_size, uint8_t reg,
                        uint8_t base, int64_t displacement) {
    struct access access = {log2_size, opc, reg >= REGISTER_FLOAT};
    put_access(assembler, access, reg, place_near(assembler, base, displacement, log2_size));
}

void aarch64_load_word(struct assembler *assembler, uint8_t to, uint8_t base,
                       int64_t displacement) {
    access_word(assembler, 1, 3, to, base, displacement);
}

void aarch64_store_word(struct assembler *assembler, uint8_t from, uint8_t base,
                        int64_t displacement) {
    access_word(assembler, 0, 3, from, base, displacement);
}

void aarch64_load_half(struct assembler *assembler, uint8_t to, uint8_t base,
                       int64_t displacement) {
    access_word(assembler, 1, 2, to, base, displacement);
}

void aarch64_pair(struct assembler *assembler, bool loads_them, uint8_t first, uint8_t second,
                  uint8_t base, int32_t displacement) {
    uint32_t word = first >= REGISTER_FLOAT ? 0x6D00'0000 : 0xA900'0000;
    uint32_t units = (uint32_t)(displacement / 8) & 127;
    aarch64_two(assembler,
                word | (loads_them ? 1u << 22 : 0) | units << 15 | (uint32_t)(second & 31) << 10,
                first, base);
}

/* With the sum written back: before the store, after the load. */
void aarch64_push(struct assembler *assembler, uint8_t reg) {
    aarch64_two(assembler, 0xF81F'0C00, reg, SP);
}

void aarch64_pop(struct assembler *assembler, uint8_t reg) {
    aarch64_two(assembler, 0xF841'0400, reg, SP);
}
