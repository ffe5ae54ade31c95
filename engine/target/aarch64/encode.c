/* SPDX-License-Identifier: MIT */
/*
 * Words of aarch64 instructions (Arm ARM DDI 0487, C4), and the few sequences that every other file
 * needs: constants, and operations with constants that may not fit their instruction.
 */
#include "encode.h"

/* May the instruction change x16, or the index whose address that holds? Its first register is
 * where nearly all have their result; others are taken for one where it does not matter. Calls
 * change everything. (No pair is loaded into those, and no memory access moves its base, but in
 * stubs and epilogues.) */
static bool ends_held(const struct assembler *assembler, uint32_t word) {
    uint8_t first = word & 31;
    return first == X16 || first == assembler->known_index || (word & ~(31u << 5)) == WORD_BLR;
}

void aarch64_word(struct assembler *assembler, uint32_t word) {
    assembler_room(assembler);
    if (ends_held(assembler, word)) {
        assembler->known_index = REGISTER_NONE;
    }
    assembler_u32(assembler, word);
}

void aarch64_three(struct assembler *assembler, uint32_t word, uint8_t to, uint8_t left,
                   uint8_t right) {
    aarch64_word(assembler, word | (uint32_t)(right & 31) << 16 | (uint32_t)(left & 31) << 5 |
                                (uint32_t)(to & 31));
}

void aarch64_two(struct assembler *assembler, uint32_t word, uint8_t to, uint8_t from) {
    aarch64_three(assembler, word, to, from, 0);
}

/* The shortest period of the pattern: 2 to 64 bits. */
static uint32_t period_of(uint64_t bits) {
    uint32_t size = 64;
    while (size > 2) {
        uint32_t half = size / 2;
        uint64_t mask = ((uint64_t)1 << half) - 1;
        if ((bits & mask) != (bits >> half & mask)) {
            break;
        }
        size = half;
    }
    return size;
}

/* A run of ones in a field of `size` bits, rotated right: by how much it is. */
static uint32_t rotation_of(uint64_t field, uint32_t size) {
    if (field & 1) {
        return (uint32_t)__builtin_clzll(~(field << (64 - size)));
    }
    return size - (uint32_t)__builtin_ctzll(field);
}

/* C4.1.93: imms has the length of the run and, above it, the size of the field in unary. */
bool aarch64_logical_fields(uint64_t bits, bool wide, uint32_t *fields) {
    bits = wide ? bits : (uint32_t)bits | bits << 32;
    if (bits == 0 || bits == UINT64_MAX) {
        return false;
    }
    uint32_t size = period_of(bits);
    uint64_t field = bits & UINT64_MAX >> (64 - size);
    uint32_t ones = (uint32_t)__builtin_popcountll(field);
    uint32_t rotation = rotation_of(field, size) & (size - 1);
    uint64_t run = ((uint64_t)1 << ones) - 1;
    uint64_t rotated = rotation == 0 ? run : run >> rotation | run << (size - rotation);
    if ((rotated & UINT64_MAX >> (64 - size)) != field) {
        return false;
    }
    uint32_t imms = ((~(size - 1) << 1) | (ones - 1)) & 63;
    *fields = (uint32_t)(size == 64) << 22 | rotation << 16 | imms << 10;
    return true;
}

bool aarch64_fits_add(uint64_t value) {
    return value < 4096 || (value < 4096 << 12 && value % 4096 == 0);
}

/* movz, movn and movk take 16 bits at a time. */
static void put_part(struct assembler *assembler, uint32_t word, uint8_t to, uint64_t bits,
                     uint32_t part) {
    aarch64_word(assembler,
                 word | part << 21 | (uint32_t)(bits >> 16 * part & 0xFFFF) << 5 | (to & 31));
}

/* Parts that are other than `filler`. */
static uint32_t count_parts(uint64_t bits, bool wide, uint16_t filler) {
    uint32_t count = 0;
    for (uint32_t part = 0; part < (wide ? 4 : 2); part++) {
        count += (uint16_t)(bits >> 16 * part) != filler;
    }
    return count;
}

static void put_parts(struct assembler *assembler, bool wide, uint8_t to, uint64_t bits,
                      uint16_t filler) {
    uint32_t first = wide_if(wide) | (filler == 0 ? WORD_MOVZ : WORD_MOVN);
    bool begun = false;
    for (uint32_t part = 0; part < (wide ? 4 : 2); part++) {
        if ((uint16_t)(bits >> 16 * part) == filler) {
            continue;
        }
        put_part(assembler, begun ? wide_if(wide) | WORD_MOVK : first, to,
                 begun || filler == 0 ? bits : ~bits, part);
        begun = true;
    }
    if (!begun) {
        put_part(assembler, first, to, 0, 0);
    }
}

/* and, orr, eor or ands with an immediate instead of the right side. */
static uint32_t logical_immediate(uint32_t word, bool wide, uint32_t fields) {
    return wide_if(wide) | (word & ~UINT32_C(0x1F00'0000)) | WORD_LOGICAL_IMMEDIATE | fields;
}

void aarch64_constant(struct assembler *assembler, uint8_t to, uint64_t bits) {
    bool wide = bits > UINT32_MAX;
    uint32_t zeros = count_parts(bits, wide, 0), ones = count_parts(bits, wide, 0xFFFF), fields;
    if (zeros > 1 && ones > 1 && aarch64_logical_fields(bits, wide, &fields)) {
        aarch64_two(assembler, logical_immediate(WORD_ORR, wide, fields), to, ZR);
        return;
    }
    put_parts(assembler, wide, to, bits, zeros <= ones ? 0 : 0xFFFF);
}

/* add, adds, sub or subs of what aarch64_fits_add(). */
static void add_immediate(struct assembler *assembler, uint32_t word, uint8_t to, uint8_t from,
                          uint32_t value) {
    uint32_t field = value < 4096 ? value << 10 : 1u << 22 | value >> 12 << 10;
    aarch64_two(assembler, (word & ~WORD_ADD) | WORD_ADD_IMMEDIATE | field, to, from);
}

/* The form of add and sub whose left side and result may be sp (uxtx). */
static void add_extended(struct assembler *assembler, uint32_t word, uint8_t to, uint8_t from,
                         uint8_t right) {
    aarch64_three(assembler, word | 0x20'6000, to, from, right);
}

void aarch64_add_constant(struct assembler *assembler, bool wide, uint8_t to, uint8_t from,
                          int64_t value) {
    uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    uint32_t word = wide_if(wide) | (value < 0 ? WORD_SUB : WORD_ADD);
    if (value == 0 && from != SP && to != SP) {
        aarch64_move(assembler, wide, to, from);
    } else if (aarch64_fits_add(size)) {
        add_immediate(assembler, word, to, from, (uint32_t)size);
    } else if (size < 4096 << 12) {
        add_immediate(assembler, word, to, from, (uint32_t)size & ~UINT32_C(4095));
        add_immediate(assembler, word, to, to, size & 4095);
    } else {
        aarch64_constant(assembler, X16, wide ? size : (uint32_t)size);
        if (to == SP || from == SP) {
            add_extended(assembler, word, to, from, X16);
        } else {
            aarch64_three(assembler, word, to, from, X16);
        }
    }
}

void aarch64_logical_constant(struct assembler *assembler, uint32_t word, bool wide, uint8_t to,
                              uint8_t from, uint64_t bits) {
    uint32_t fields;
    bits = wide ? bits : (uint32_t)bits;
    if (aarch64_logical_fields(bits, wide, &fields)) {
        aarch64_two(assembler, logical_immediate(word, wide, fields), to, from);
        return;
    }
    uint8_t right = ZR;
    if (bits != 0) {
        right = X16;
        aarch64_constant(assembler, X16, bits);
    }
    aarch64_three(assembler, wide_if(wide) | word, to, from, right);
}

void aarch64_compare_constant(struct assembler *assembler, bool wide, uint8_t left, uint64_t bits) {
    uint64_t value = wide ? bits : (uint32_t)bits,
             negative = wide ? 0 - bits : (uint32_t)(0 - bits);
    if (aarch64_fits_add(value)) {
        add_immediate(assembler, wide_if(wide) | WORD_SUBS, ZR, left, (uint32_t)value);
    } else if (aarch64_fits_add(negative)) {
        add_immediate(assembler, wide_if(wide) | WORD_ADDS, ZR, left, (uint32_t)negative);
    } else {
        aarch64_constant(assembler, X16, value);
        aarch64_compare(assembler, wide, left, X16);
    }
}

void aarch64_compare(struct assembler *assembler, bool wide, uint8_t left, uint8_t right) {
    aarch64_three(assembler, wide_if(wide) | WORD_SUBS, ZR, left, right);
}

void aarch64_bitfield(struct assembler *assembler, uint32_t word, bool wide, uint8_t to,
                      uint8_t from, uint8_t rotate, uint8_t high) {
    uint32_t fields = (uint32_t)rotate << 16 | (uint32_t)high << 10 | (wide ? WIDE | 1u << 22 : 0);
    aarch64_two(assembler, word | fields, to, from);
}

void aarch64_shift_left(struct assembler *assembler, bool wide, uint8_t to, uint8_t from,
                        uint8_t count) {
    uint8_t most = wide ? 63 : 31;
    aarch64_bitfield(assembler, WORD_UBFM, wide, to, from, -count & most, most - count);
}

void aarch64_shift_right(struct assembler *assembler, bool wide, uint8_t to, uint8_t from,
                         uint8_t count) {
    aarch64_bitfield(assembler, WORD_UBFM, wide, to, from, count, wide ? 63 : 31);
}

void aarch64_move(struct assembler *assembler, bool wide, uint8_t to, uint8_t from) {
    if (to != from) {
        aarch64_three(assembler, wide_if(wide) | WORD_ORR, to, ZR, from);
    }
}

void aarch64_move_float(struct assembler *assembler, uint8_t to, uint8_t from) {
    if (to != from) {
        aarch64_two(assembler, WORD_FMOV | DOUBLE, to, from);
    }
}

/* fmov has sign, three bits of exponent around 1.0, and four of fraction. */
static bool float_fields(bool is_double, uint64_t bits, uint32_t *fields) {
    uint32_t fraction_bits = is_double ? 52 : 23, exponent_bits = is_double ? 11 : 8;
    uint64_t fraction = bits & (((uint64_t)1 << fraction_bits) - 1);
    uint64_t exponent = bits >> fraction_bits & ((1u << exponent_bits) - 1);
    uint64_t bias = (1u << (exponent_bits - 1)) - 1, sign = bits >> (is_double ? 63 : 31);
    if (exponent < bias - 3 || exponent > bias + 4 ||
        fraction << 4 & (((uint64_t)1 << fraction_bits) - 1)) {
        return false;
    }
    uint64_t small = (exponent & 3) | (exponent <= bias ? 4 : 0);
    *fields = (uint32_t)(sign << 7 | small << 4 | fraction >> (fraction_bits - 4)) << 13;
    return true;
}

void aarch64_float_constant(struct assembler *assembler, bool is_double, uint8_t to,
                            uint64_t bits) {
    uint32_t fields;
    if (bits == 0) {
        aarch64_two(assembler, WORD_ZERO, to, 0);
    } else if (float_fields(is_double, bits, &fields)) {
        aarch64_two(assembler, WORD_FMOV_IMMEDIATE | double_if(is_double) | fields, to, 0);
    } else {
        aarch64_constant(assembler, X16, bits);
        aarch64_to_float(assembler, is_double, to, X16);
    }
}

void aarch64_to_float(struct assembler *assembler, bool wide, uint8_t to, uint8_t from) {
    aarch64_two(assembler, WORD_FMOV_TO_FLOAT | (wide ? WIDE | DOUBLE : 0), to, from);
}

void aarch64_from_float(struct assembler *assembler, bool wide, uint8_t to, uint8_t from) {
    aarch64_two(assembler, WORD_FMOV_TO_INTEGER | (wide ? WIDE | DOUBLE : 0), to, from);
}

void aarch64_choose(struct assembler *assembler, bool wide, uint8_t to, uint8_t if_true,
                    uint8_t if_false, enum aarch64_condition condition) {
    aarch64_three(assembler, wide_if(wide) | WORD_CSEL | (uint32_t)condition << 12, to, if_true,
                  if_false);
}
