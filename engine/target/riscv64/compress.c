/* SPDX-License-Identifier: MIT */
/*
 * The 16-bit form of an instruction (extension C), where it has one: the only place that knows
 * them. Whoever emits thinks in 32-bit instructions; those that are patched later are put down as
 * they are.
 */
#include "encode.h"

/* An instruction taken apart. */
struct parts {
    uint32_t word;
    uint8_t to, left, right;
    int32_t number;  /* of the I format */
    uint32_t offset; /* of the S format */
};

static uint32_t bits(uint32_t value, uint32_t high, uint32_t low) {
    return value >> low & ((1u << (high - low + 1)) - 1);
}

static struct parts parts_of(uint32_t word) {
    return (struct parts){.word = word,
                          .to = (uint8_t)bits(word, 11, 7),
                          .left = (uint8_t)bits(word, 19, 15),
                          .right = (uint8_t)bits(word, 24, 20),
                          .number = (int32_t)word >> 20,
                          .offset = bits(word, 31, 25) << 5 | bits(word, 11, 7)};
}

/* Registers 8 to 15 have three bits in most forms. */
static bool is_popular(uint8_t reg) {
    return reg >= S0 && reg <= A5;
}

static uint32_t three(uint8_t reg, uint32_t shift) {
    return (uint32_t)(reg & 7) << shift;
}

static bool fits_six(int32_t number) {
    return number >= -32 && number <= 31;
}

/* Six bits of a number: the highest in bit 12, the others from bit 2 on. */
static uint32_t six(uint32_t number) {
    return bits(number, 5, 5) << 12 | bits(number, 4, 0) << 2;
}

/* Format CI: one register, six bits. */
static uint16_t one_register(uint32_t code, uint8_t to, int32_t number) {
    return (uint16_t)(code | (uint32_t)to << 7 | six((uint32_t)number));
}

/* addi sp, sp, 16 * n */
static uint16_t move_stack(int32_t number) {
    uint32_t value = (uint32_t)number;
    if (number % 16 != 0 || number < -512 || number > 496) {
        return 0;
    }
    return (uint16_t)(0x6101 | bits(value, 9, 9) << 12 | bits(value, 4, 4) << 6 |
                      bits(value, 6, 6) << 5 | bits(value, 8, 7) << 3 | bits(value, 5, 5) << 2);
}

/* addi to, sp, 4 * n */
static uint16_t stack_address(const struct parts *parts) {
    uint32_t value = (uint32_t)parts->number;
    if (!is_popular(parts->to) || parts->number % 4 != 0 || parts->number < 4 ||
        parts->number > 1020) {
        return 0;
    }
    return (uint16_t)(bits(value, 5, 4) << 11 | bits(value, 9, 6) << 7 | bits(value, 2, 2) << 6 |
                      bits(value, 3, 3) << 5 | three(parts->to, 2));
}

static uint16_t compress_addi(const struct parts *parts) {
    if (parts->to == ZERO) {
        return parts->word == DO_ADDI ? 0x0001 : 0; /* c.nop */
    }
    if (parts->left == ZERO) {
        return fits_six(parts->number) ? one_register(0x4001, parts->to, parts->number) : 0;
    }
    if (parts->number == 0) { /* c.mv */
        return (uint16_t)(0x8002 | (uint32_t)parts->to << 7 | (uint32_t)parts->left << 2);
    }
    if (parts->to == parts->left && fits_six(parts->number)) {
        return one_register(0x0001, parts->to, parts->number);
    }
    if (parts->left != SP) {
        return 0;
    }
    return parts->to == SP ? move_stack(parts->number) : stack_address(parts);
}

static uint16_t compress_addiw(const struct parts *parts) {
    bool fits = parts->to == parts->left && parts->to != ZERO && fits_six(parts->number);
    return fits ? one_register(0x2001, parts->to, parts->number) : 0;
}

static uint16_t compress_slli(const struct parts *parts) {
    bool fits =
        parts->to == parts->left && parts->to != ZERO && parts->number > 0 && parts->number < 64;
    return fits ? one_register(0x0002, parts->to, parts->number) : 0;
}

/* srli, srai, andi of a popular register with itself. */
static uint16_t compress_in_place(const struct parts *parts, uint32_t code, int32_t number) {
    if (parts->to != parts->left || !is_popular(parts->to)) {
        return 0;
    }
    return (uint16_t)(code | three(parts->to, 7) | six((uint32_t)number));
}

static uint16_t compress_shift_right(const struct parts *parts) {
    uint32_t kind = bits(parts->word, 31, 26);
    int32_t count = parts->number & 63;
    if (count == 0 || (kind != 0 && kind != 0x10)) {
        return 0; /* rori is none */
    }
    return compress_in_place(parts, kind == 0 ? 0x8001 : 0x8401, count);
}

static uint16_t compress_andi(const struct parts *parts) {
    return fits_six(parts->number) ? compress_in_place(parts, 0x8801, parts->number) : 0;
}

static uint16_t compress_lui(const struct parts *parts) {
    int32_t number = (int32_t)parts->word >> 12;
    bool fits = parts->to != ZERO && parts->to != SP && number != 0 && fits_six(number);
    return fits ? one_register(0x6001, parts->to, number) : 0;
}

static uint16_t compress_jalr(const struct parts *parts) {
    if (parts->number != 0 || parts->left == ZERO || parts->to > RA) {
        return 0;
    }
    return (uint16_t)((parts->to == RA ? 0x9002 : 0x8002) | (uint32_t)parts->left << 7);
}

static uint16_t compress_add(const struct parts *parts) {
    uint8_t other = parts->to == parts->left ? parts->right : parts->left;
    if ((parts->to != parts->left && parts->to != parts->right) || parts->to == ZERO ||
        other == ZERO) {
        return 0;
    }
    return (uint16_t)(0x9002 | (uint32_t)parts->to << 7 | (uint32_t)other << 2);
}

/* Two popular registers, the first is the destination. */
static uint16_t compress_pair(const struct parts *parts, uint32_t code, bool commutes) {
    uint8_t other = parts->to == parts->left ? parts->right : parts->left;
    bool in_place = parts->to == parts->left || (commutes && parts->to == parts->right);
    if (!in_place || !is_popular(parts->to) || !is_popular(other)) {
        return 0;
    }
    return (uint16_t)(code | three(parts->to, 7) | three(other, 2));
}

static uint16_t compress_arithmetic(const struct parts *parts) {
    switch (parts->word & 0xFE00'707F) {
    case DO_ADD:
        return compress_add(parts);
    case DO_SUB:
        return compress_pair(parts, 0x8C01, false);
    case DO_XOR:
        return compress_pair(parts, 0x8C21, true);
    case DO_OR:
        return compress_pair(parts, 0x8C41, true);
    case DO_AND:
        return compress_pair(parts, 0x8C61, true);
    case DO_SUBW:
        return compress_pair(parts, 0x9C01, false);
    case DO_ADDW:
        return compress_pair(parts, 0x9C21, true);
    default:
        return 0;
    }
}

/* How the offset of an access lies in its forms: those of 4 and of 8 bytes. */
static uint32_t offset_from_register(uint32_t offset, bool is_double) {
    uint32_t low = bits(offset, 5, 3) << 10;
    return is_double ? low | bits(offset, 7, 6) << 5
                     : low | bits(offset, 2, 2) << 6 | bits(offset, 6, 6) << 5;
}

static uint32_t load_offset_from_stack(uint32_t offset, bool is_double) {
    uint32_t high = bits(offset, 5, 5) << 12;
    return is_double ? high | bits(offset, 4, 3) << 5 | bits(offset, 8, 6) << 2
                     : high | bits(offset, 4, 2) << 4 | bits(offset, 7, 6) << 2;
}

static uint32_t store_offset_from_stack(uint32_t offset, bool is_double) {
    return is_double ? bits(offset, 5, 3) << 10 | bits(offset, 8, 6) << 7
                     : bits(offset, 5, 2) << 9 | bits(offset, 7, 6) << 7;
}

/* Words, double words and doubles; `code` is the function in the highest three bits. */
static uint16_t compress_load(const struct parts *parts, uint32_t code, bool is_double) {
    uint32_t offset = (uint32_t)parts->number, unit = is_double ? 8 : 4;
    bool is_float = (parts->word & 4) != 0;
    if (parts->number < 0 || offset % unit != 0) {
        return 0;
    }
    if (parts->left == SP && offset < 64 * unit && (is_float || parts->to != ZERO)) {
        return (uint16_t)(code | 2 | (uint32_t)parts->to << 7 |
                          load_offset_from_stack(offset, is_double));
    }
    if (offset >= 32 * unit || !is_popular(parts->left) || !is_popular(parts->to)) {
        return 0;
    }
    return (uint16_t)(code | three(parts->left, 7) | three(parts->to, 2) |
                      offset_from_register(offset, is_double));
}

static uint16_t compress_store(const struct parts *parts, uint32_t code, bool is_double) {
    uint32_t offset = parts->offset, unit = is_double ? 8 : 4;
    if (offset % unit != 0) {
        return 0; /* a negative one is too large */
    }
    if (parts->left == SP && offset < 64 * unit) {
        return (uint16_t)(code | 2 | (uint32_t)parts->right << 2 |
                          store_offset_from_stack(offset, is_double));
    }
    if (offset >= 32 * unit || !is_popular(parts->left) || !is_popular(parts->right)) {
        return 0;
    }
    return (uint16_t)(code | three(parts->left, 7) | three(parts->right, 2) |
                      offset_from_register(offset, is_double));
}

uint16_t riscv64_compress(uint32_t word) {
    struct parts parts = parts_of(word);
    switch (word & 0x707F) {
    case DO_ADDI:
        return compress_addi(&parts);
    case DO_ADDIW:
        return compress_addiw(&parts);
    case DO_SLLI:
        return compress_slli(&parts);
    case DO_SRLI:
        return compress_shift_right(&parts);
    case DO_ANDI:
        return compress_andi(&parts);
    case DO_JALR:
        return compress_jalr(&parts);
    case DO_LW:
        return compress_load(&parts, 0x4000, false);
    case DO_LD:
        return compress_load(&parts, 0x6000, true);
    case DO_FLD:
        return compress_load(&parts, 0x2000, true);
    case DO_SW:
        return compress_store(&parts, 0xC000, false);
    case DO_SD:
        return compress_store(&parts, 0xE000, true);
    case DO_FSD:
        return compress_store(&parts, 0xA000, true);
    default:
        return (word & 0x7F) == DO_LUI ? compress_lui(&parts) : compress_arithmetic(&parts);
    }
}
