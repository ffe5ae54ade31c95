/* SPDX-License-Identifier: MIT */
/* Bytes of x86-64 instructions (Intel SDM volume 2), and the few that every other file needs. */
#include "encode.h"
#include <base/ensure.h>
#include <base/string.h>
#include <engine/instance.h>

/* sil, dil, bpl and spl exist only with a REX prefix. */
static bool is_new_byte(uint8_t reg) {
    return reg >= RSP && reg <= RDI;
}

/*
 * Each put_ function writes at `at` and returns where it ended: the place stays in a register until
 * the whole instruction is there. Where it depends on the registers whether a byte is due, which no
 * CPU can guess, it is always written, and the next goes over it if it was not.
 */
static inline uint8_t *put_prefixes(uint8_t *at, unsigned encoding) {
    if (encoding & PREFIX_66) {
        *at++ = 0x66;
    }
    if (encoding & PREFIX_F2) {
        *at++ = 0xF2;
    }
    if (encoding & PREFIX_F3) {
        *at++ = 0xF3;
    }
    return at;
}

static inline uint8_t *put_rex(uint8_t *at, unsigned rex) {
    *at = (uint8_t)(0x40 | rex);
    return at + (rex != 0);
}

/* The bits of a REX prefix but those of the r/m side; 0: none is due. */
static inline unsigned rex_of(unsigned encoding, uint8_t reg) {
    static_assert(WIDE == 1);
    return (encoding & WIDE) << 3 | (unsigned)high_bit(reg) << 2;
}

/* One that is there for the sake of a byte register. */
static inline unsigned rex_of_byte(unsigned encoding, uint8_t reg) {
    return (encoding & BYTE) && is_new_byte(reg) ? 0x40 : 0;
}

static inline uint8_t *put_opcode(uint8_t *at, uint32_t opcode) {
    if (opcode > 0xFFFF) {
        *at++ = (uint8_t)(opcode >> 16);
    }
    if (opcode > 0xFF) {
        *at++ = (uint8_t)(opcode >> 8);
    }
    *at++ = (uint8_t)opcode;
    return at;
}

/* How many bytes of displacement: 0, 1 or 4, as the mod field says it. */
static inline unsigned mode_of(struct rm rm) {
    bool is_long = rm.displacement != (int8_t)rm.displacement;
    bool is_there = rm.displacement != 0 || (rm.base & 7) == RBP;
    return (unsigned)is_there + is_long;
}

static inline uint8_t *put_displacement(uint8_t *at, int32_t displacement, unsigned mode) {
    static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    memcpy(at, &displacement, sizeof displacement);
    return at + (mode * mode); /* 0, 1 or 4 */
}

static inline uint8_t *put_memory(uint8_t *at, uint8_t reg, struct rm rm) {
    unsigned mode = mode_of(rm);
    at[0] = (uint8_t)(mode << 6 | (reg & 7) << 3 | rm.low);
    at[1] = rm.sib;
    return put_displacement(at + 1 + (rm.low == SIB_FOLLOWS), rm.displacement, mode);
}

static inline uint8_t *put_register(uint8_t *at, uint8_t reg, uint8_t other) {
    *at = (uint8_t)(0xC0 | (reg & 7) << 3 | (other & 7));
    return at + 1;
}

static inline void instruction_end(struct assembler *assembler, const uint8_t *at) {
    assembler->size = (uint32_t)(at - assembler->bytes);
}

/* Making room is apart from the rest, which so needs no registers that outlive a call. */
[[gnu::noinline]] static void grow_and_encode(struct assembler *assembler, uint32_t opcode,
                                              unsigned encoding, uint8_t reg, struct rm rm) {
    assembler_grow(assembler);
    x86_64_encode(assembler, opcode, encoding, reg, rm);
}

void x86_64_encode_registers(struct assembler *assembler, uint32_t opcode, unsigned encoding,
                             uint8_t reg, uint8_t other) {
    if (!assembler_has_room(assembler)) {
        grow_and_encode(assembler, opcode, encoding, reg, rm_register(other));
        return;
    }
    uint8_t *at = assembler->bytes + assembler->size;
    if (encoding >= PREFIX_66) {
        at = put_prefixes(at, encoding);
    }
    at = put_rex(at, rex_of(encoding, reg) | high_bit(other) | rex_of_byte(encoding, reg) |
                         rex_of_byte(encoding, other));
    at = put_opcode(at, opcode);
    instruction_end(assembler, put_register(at, reg, other));
}

void x86_64_encode_memory(struct assembler *assembler, uint32_t opcode, unsigned encoding,
                          uint8_t reg, struct rm rm) {
    if (!assembler_has_room(assembler)) {
        grow_and_encode(assembler, opcode, encoding, reg, rm);
        return;
    }
    uint8_t *at = assembler->bytes + assembler->size;
    assembler->access = assembler->size;
    if (encoding >= PREFIX_66) {
        at = put_prefixes(at, encoding);
    }
    at = put_rex(at, rex_of(encoding, reg) | rm.rex | rex_of_byte(encoding, reg));
    at = put_opcode(at, opcode);
    instruction_end(assembler, put_memory(at, reg, rm));
}

void x86_64_encode_vex(struct assembler *assembler, uint8_t map, uint8_t pp, uint8_t opcode,
                       bool wide, uint8_t reg, uint8_t source, struct rm rm) {
    assembler_room(assembler);
    uint8_t *at = assembler->bytes + assembler->size;
    unsigned inverted = (rex_of(NARROW, reg) | rm.rex) << 5;
    *at++ = 0xC4;
    *at++ = (uint8_t)((inverted ^ 0xE0) | map);
    *at++ = (uint8_t)((wide ? 0x80 : 0) | (~source & 15) << 3 | pp);
    *at++ = opcode;
    at = rm_is_memory(rm) ? put_memory(at, reg, rm) : put_register(at, reg, rm.base);
    instruction_end(assembler, at);
}

/* Index plus offset of a memory access, in rcx. */
static uint8_t far_index(struct assembler *assembler, const struct address *address) {
    if (address->offset <= INT32_MAX && address->reg != REGISTER_NONE) {
        x86_64_encode(assembler, 0x8D, WIDE, RCX, rm_at(address->reg, (int32_t)address->offset));
        return RCX;
    }
    x86_64_constant(assembler, RCX, address->offset);
    if (address->reg != REGISTER_NONE) {
        x86_64_arithmetic(assembler, DO_ADD, true, RCX, rm_register(address->reg));
    }
    return RCX;
}

/* Where the memory's size is; `pointer` may be needed to get there. */
static struct rm rm_of_size(struct assembler *assembler, const struct address *address,
                            uint8_t pointer) {
    struct rm word = rm_at(R15, -(int32_t)address->bound);
    if (address->bound_kind == BOUND_INSTANCE) {
        return word;
    }
    x86_64_encode(assembler, 0x8B, WIDE, pointer, word);
    return rm_at(pointer, offsetof(struct memory, size));
}

/* reg = the lesser of itself and the size. */
static void take_lesser(struct assembler *assembler, uint8_t reg, struct rm size) {
    x86_64_arithmetic(assembler, DO_CMP, true, reg, size);
    x86_64_encode(assembler, 0x0F40 | IF_ABOVE_EQUAL, WIDE, reg, size); /* cmov */
}

void x86_64_bind(struct assembler *assembler, uint8_t to, const struct address *address) {
    struct rm size = rm_of_size(assembler, address, RCX);
    if (to == address->reg) {
        take_lesser(assembler, to, size);
        return;
    }
    x86_64_encode(assembler, 0x8B, WIDE, to, size);
    x86_64_arithmetic(assembler, DO_CMP, true, address->reg, rm_register(to));
    x86_64_encode(assembler, 0x0F40 | IF_BELOW, WIDE, to, rm_register(address->reg)); /* cmov */
}

static struct rm rm_of_memory(struct assembler *assembler, const struct address *address) {
    bool is_bound = address->bound_kind != BOUND_NONE;
    uint8_t base = R15, index = address->reg == REGISTER_NONE ? NO_INDEX : address->reg;
    int32_t displacement = (int32_t)address->offset;
    if (is_bound || address->offset > INT32_MAX) {
        index = far_index(assembler, address);
        displacement = 0;
    }
    if (is_bound) {
        take_lesser(assembler, index, rm_of_size(assembler, address, RAX));
    }
    if (address->memory_base != 0) {
        base = RAX;
        x86_64_encode(assembler, 0x8B, WIDE, RAX, rm_at(R15, -(int32_t)address->memory_base));
    }
    return rm_indexed(base, index, 0, displacement);
}

struct rm x86_64_rm_of(struct assembler *assembler, const struct address *address) {
    switch (address->kind) {
    case ADDRESS_FRAME:
        return rm_at(RSP, (int32_t)address->offset);
    case ADDRESS_INSTANCE:
        return rm_at(R15, -(int32_t)address->offset);
    case ADDRESS_POINTER:
        return rm_at(address->reg, (int32_t)address->offset);
    default:
        return rm_of_memory(assembler, address);
    }
}

struct rm x86_64_rm_of_operand(struct assembler *assembler, const struct operand *operand) {
    return operand->kind == OPERAND_ADDRESS ? x86_64_rm_of(assembler, &operand->address)
                                            : rm_register(operand->reg);
}

void x86_64_push(struct assembler *assembler, uint8_t reg) {
    assembler_room(assembler);
    if (reg >= R8) {
        assembler_u8(assembler, 0x41);
    }
    assembler_u8(assembler, 0x50 | (reg & 7));
}

void x86_64_pop(struct assembler *assembler, uint8_t reg) {
    assembler_room(assembler);
    if (reg >= R8) {
        assembler_u8(assembler, 0x41);
    }
    assembler_u8(assembler, 0x58 | (reg & 7));
}

void x86_64_move(struct assembler *assembler, bool wide, uint8_t to, uint8_t from) {
    if (to != from) {
        x86_64_encode(assembler, 0x8B, wide ? WIDE : NARROW, to, rm_register(from));
    }
}

void x86_64_move_float(struct assembler *assembler, uint8_t to, uint8_t from) {
    if (to != from) {
        x86_64_encode(assembler, 0x0F28, NARROW, to, rm_register(from));
    }
}

void x86_64_constant(struct assembler *assembler, uint8_t to, uint64_t bits) {
    assembler_room(assembler);
    if (bits <= UINT32_MAX) {
        if (high_bit(to)) {
            assembler_u8(assembler, 0x41);
        }
        assembler_u8(assembler, 0xB8 | (to & 7));
        assembler_u32(assembler, (uint32_t)bits);
    } else if ((int64_t)bits >= INT32_MIN && (int64_t)bits < 0) {
        x86_64_encode(assembler, 0xC7, WIDE, 0, rm_register(to));
        assembler_u32(assembler, (uint32_t)bits);
    } else {
        assembler_u8(assembler, high_bit(to) ? 0x49 : 0x48);
        assembler_u8(assembler, 0xB8 | (to & 7));
        assembler_u64(assembler, bits);
    }
}

/* The instruction just written has left its result in `to`, and flags that tell of it. */
static void note_flags(struct assembler *assembler, enum arithmetic operation, bool wide,
                       uint8_t to) {
    if (operation != DO_CMP) {
        assembler->flags_end = assembler->size;
        assembler->flags_register = to;
        assembler->flags_wide = wide;
    }
}

void x86_64_arithmetic(struct assembler *assembler, enum arithmetic operation, bool wide,
                       uint8_t to, struct rm from) {
    x86_64_encode(assembler, (uint32_t)operation * 8 + 3, wide ? WIDE : NARROW, to, from);
    note_flags(assembler, operation, wide, to);
}

void x86_64_arithmetic_constant(struct assembler *assembler, enum arithmetic operation, bool wide,
                                struct rm to, int32_t constant) {
    bool is_short = constant >= INT8_MIN && constant <= INT8_MAX;
    x86_64_encode(assembler, is_short ? 0x83 : 0x81, wide ? WIDE : NARROW, operation, to);
    if (is_short) {
        assembler_u8(assembler, (uint8_t)constant);
    } else {
        assembler_u32(assembler, (uint32_t)constant);
    }
    if (!rm_is_memory(to)) {
        note_flags(assembler, operation, wide, to.base);
    }
}

void x86_64_shift(struct assembler *assembler, enum shift operation, bool wide, uint8_t to,
                  uint8_t count) {
    x86_64_encode(assembler, 0xC1, wide ? WIDE : NARROW, operation, rm_register(to));
    assembler_u8(assembler, count);
}

void x86_64_test(struct assembler *assembler, bool wide, uint8_t a, uint8_t b) {
    x86_64_encode(assembler, 0x85, wide ? WIDE : NARROW, b, rm_register(a));
}

void x86_64_zero_float(struct assembler *assembler, uint8_t to) {
    x86_64_encode(assembler, 0x0F57, NARROW, to, rm_register(to));
}

void x86_64_scalar(struct assembler *assembler, uint8_t opcode, bool is_double, uint8_t to,
                   struct rm from) {
    x86_64_encode(assembler, 0x0F00 | opcode, is_double ? PREFIX_F2 : PREFIX_F3, to, from);
}

void x86_64_compare_float(struct assembler *assembler, bool is_double, uint8_t a, struct rm b) {
    x86_64_encode(assembler, 0x0F2E, is_double ? PREFIX_66 : NARROW, a, b);
}

void x86_64_to_float(struct assembler *assembler, bool wide, uint8_t to, uint8_t from) {
    x86_64_encode(assembler, 0x0F6E, PREFIX_66 | (wide ? WIDE : NARROW), to, rm_register(from));
}

void x86_64_from_float(struct assembler *assembler, bool wide, uint8_t to, uint8_t from) {
    x86_64_encode(assembler, 0x0F7E, PREFIX_66 | (wide ? WIDE : NARROW), from, rm_register(to));
}

void x86_64_jump_if(struct assembler *assembler, enum condition condition, struct label *label) {
    assembler_room(assembler);
    assembler_u8(assembler, 0x0F);
    assembler_u8(assembler, 0x80 | condition);
    assembler_u32(assembler, 0);
    label_use(assembler, label, assembler->size - 4);
}

void x86_64_jump(struct assembler *assembler, struct label *label) {
    assembler_room(assembler);
    assembler_u8(assembler, 0xE9);
    assembler_u32(assembler, 0);
    label_use(assembler, label, assembler->size - 4);
}

uint32_t x86_64_hop_if(struct assembler *assembler, enum condition condition) {
    assembler_room(assembler);
    assembler_u8(assembler, 0x70 | condition);
    assembler_u8(assembler, 0);
    return assembler->size;
}

uint32_t x86_64_hop(struct assembler *assembler) {
    assembler_room(assembler);
    assembler_u8(assembler, 0xEB);
    assembler_u8(assembler, 0);
    return assembler->size;
}

void x86_64_land(struct assembler *assembler, uint32_t hop) {
    assembler->flags_end = FLAGS_UNKNOWN;
    if (!assembler->failed) {
        ensure(assembler->size - hop <= INT8_MAX);
        assembler->bytes[hop - 1] = (uint8_t)(assembler->size - hop);
    }
}
