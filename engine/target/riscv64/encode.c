/* SPDX-License-Identifier: MIT */
/* Words of RISC-V instructions, jumps, and the few that every other file needs. */
#include "encode.h"
#include <base/ensure.h>
#include <base/string.h>

/* What changes t2, or the index whose place it holds; a float register may look like either. */
static void forget_index(struct assembler *assembler, uint32_t word) {
    uint32_t code = word & 0x7F, to = word >> 7 & 31;
    bool calls = (code == DO_JAL || code == DO_JALR) && to != ZERO;
    bool writes = code != DO_SB && code != (DO_FSW & 0x7F) && code != DO_BEQ;
    if (calls || (writes && (to == T2 || to == assembler->known_index))) {
        assembler->known_index = REGISTER_NONE;
    }
}

static void put_wide(struct assembler *assembler, uint32_t word) {
    forget_index(assembler, word);
    assembler_room(assembler);
    assembler_u32(assembler, word);
}

static void put_narrow(struct assembler *assembler, uint16_t half) {
    assembler_room(assembler);
    assembler_u8(assembler, (uint8_t)half);
    assembler_u8(assembler, (uint8_t)(half >> 8));
}

static void put(struct assembler *assembler, uint32_t word) {
    uint16_t half = riscv64_compress(word);
    if (half != 0) {
        forget_index(assembler, word);
        put_narrow(assembler, half);
    } else {
        put_wide(assembler, word);
    }
}

static uint32_t field(uint8_t reg, uint32_t shift) {
    return (uint32_t)(reg & 31) << shift;
}

void riscv64_register(struct assembler *assembler, uint32_t code, uint8_t to, uint8_t left,
                      uint8_t right) {
    put(assembler, code | field(to, 7) | field(left, 15) | field(right, 20));
}

void riscv64_number(struct assembler *assembler, uint32_t code, uint8_t to, uint8_t from,
                    int32_t number) {
    put(assembler, code | field(to, 7) | field(from, 15) | (uint32_t)number << 20);
}

void riscv64_upper(struct assembler *assembler, uint32_t code, uint8_t to, uint32_t number) {
    put(assembler, code | field(to, 7) | number << 12);
}

void riscv64_load(struct assembler *assembler, uint32_t code, uint8_t to, uint8_t base,
                  int32_t offset) {
    assembler_room(assembler);
    assembler->access = assembler->size;
    riscv64_number(assembler, code, to, base, offset);
}

void riscv64_store(struct assembler *assembler, uint32_t code, uint8_t from, uint8_t base,
                   int32_t offset) {
    uint32_t bits = (uint32_t)offset;
    assembler_room(assembler);
    assembler->access = assembler->size;
    put(assembler,
        code | (bits & 31) << 7 | field(base, 15) | field(from, 20) | (bits >> 5 & 127) << 25);
}

static uint32_t branch_distance(uint32_t distance) {
    return (distance >> 12 & 1) << 31 | (distance >> 5 & 63) << 25 | (distance >> 1 & 15) << 8 |
           (distance >> 11 & 1) << 7;
}

static uint32_t jump_distance(uint32_t distance) {
    return (distance >> 20 & 1) << 31 | (distance >> 1 & 1023) << 21 | (distance >> 11 & 1) << 20 |
           (distance >> 12 & 255) << 12;
}

/* Either way, in bytes. */
constexpr uint32_t BRANCH_RANGE = 4096, JUMP_RANGE = 1024 * 1024;

static uint32_t word_at(const struct assembler *assembler, uint32_t at) {
    uint32_t word;
    memcpy(&word, &assembler->bytes[at], sizeof word);
    return word;
}

static void change_word(struct assembler *assembler, uint32_t at, uint32_t bits) {
    uint32_t word = word_at(assembler, at) | bits;
    memcpy(&assembler->bytes[at], &word, sizeof word);
}

/* As far as all of a function: auipc and jalr through t1, patched as a pair. */
static void jump_anywhere(struct assembler *assembler, struct label *label) {
    put_wide(assembler, DO_AUIPC | field(T1, 7));
    put_wide(assembler, DO_JALR | field(T1, 15));
    label_use(assembler, label, assembler->size - 8);
}

void riscv64_jump(struct assembler *assembler, struct label *label) {
    if (!label_within(assembler, label, JUMP_RANGE)) {
        jump_anywhere(assembler, label);
        return;
    }
    put_wide(assembler, DO_JAL);
    label_use(assembler, label, assembler->size - 4);
}

/* Out of its range a branch hops over a jump when the condition is not met. */
void riscv64_branch_if(struct assembler *assembler, uint32_t code, uint8_t left, uint8_t right,
                       struct label *label) {
    if (label_within(assembler, label, BRANCH_RANGE)) {
        put_wide(assembler, code | field(left, 15) | field(right, 20));
        label_use(assembler, label, assembler->size - 4);
        return;
    }
    uint32_t over = riscv64_hop_if(assembler, code ^ BRANCH_INVERSE, left, right);
    riscv64_jump(assembler, label);
    riscv64_land(assembler, over);
}

static bool reaches(int32_t distance, uint32_t range) {
    return distance >= -(int32_t)range && distance < (int32_t)range;
}

void riscv64_patch(struct assembler *assembler, const struct patch *use, uint32_t position) {
    uint32_t distance = position - use->at;
    uint32_t code = word_at(assembler, use->at) & 0x7F;
    if (code == DO_AUIPC) {
        change_word(assembler, use->at, (distance + 0x800) & 0xFFFF'F000);
        change_word(assembler, use->at + 4, distance << 20);
    } else if (!reaches((int32_t)distance, code == DO_JAL ? JUMP_RANGE : BRANCH_RANGE)) {
        assembler_too_far(assembler);
    } else {
        change_word(assembler, use->at,
                    code == DO_JAL ? jump_distance(distance) : branch_distance(distance));
    }
}

uint32_t riscv64_hop_if(struct assembler *assembler, uint32_t code, uint8_t left, uint8_t right) {
    put_wide(assembler, code | field(left, 15) | field(right, 20));
    return assembler->size - 4;
}

uint32_t riscv64_hop(struct assembler *assembler) {
    return riscv64_hop_if(assembler, DO_BEQ, ZERO, ZERO);
}

void riscv64_land(struct assembler *assembler, uint32_t hop) {
    assembler->known_index = REGISTER_NONE;
    if (!assembler->failed) {
        uint32_t distance = assembler->size - hop;
        ensure(distance < BRANCH_RANGE);
        change_word(assembler, hop, branch_distance(distance));
    }
}

uint32_t riscv64_address_of(struct assembler *assembler, uint8_t to) {
    put_wide(assembler, DO_AUIPC | field(to, 7));
    put_wide(assembler, DO_ADDI | field(to, 7) | field(to, 15));
    return assembler->size - 8;
}

void riscv64_place_here(struct assembler *assembler, uint32_t address) {
    if (!assembler->failed) {
        uint32_t distance = assembler->size - address;
        ensure(riscv64_fits(distance));
        change_word(assembler, address + 4, distance << 20);
    }
}

void riscv64_jump_to(struct assembler *assembler, uint8_t link, uint8_t to) {
    riscv64_number(assembler, DO_JALR, link, to, 0);
}

void riscv64_return(struct assembler *assembler) {
    riscv64_jump_to(assembler, ZERO, RA);
}

/* 16 zero bits are defined to be no instruction. */
void riscv64_trap(struct assembler *assembler) {
    put_narrow(assembler, 0);
}

void riscv64_nop(struct assembler *assembler) {
    riscv64_number(assembler, DO_ADDI, ZERO, ZERO, 0);
}

void riscv64_move(struct assembler *assembler, uint8_t to, uint8_t from) {
    if (to != from) {
        riscv64_number(assembler, DO_ADDI, to, from, 0);
    }
}

void riscv64_move_float(struct assembler *assembler, uint8_t to, uint8_t from) {
    if (to != from) {
        riscv64_register(assembler, DO_FSGNJ | WITH_DOUBLE, to, from, from);
    }
}

void riscv64_zero_extend(struct assembler *assembler, uint8_t to, uint8_t from) {
    if (assembler->features & FEATURE_ZBA) {
        riscv64_register(assembler, DO_ADD_UW, to, from, ZERO);
        return;
    }
    riscv64_number(assembler, DO_SLLI, to, from, 32);
    riscv64_number(assembler, DO_SRLI, to, to, 32);
}

void riscv64_float(struct assembler *assembler, uint32_t code, bool is_double, uint8_t to,
                   uint8_t left, uint8_t right) {
    riscv64_register(assembler, is_double ? code | WITH_DOUBLE : code, to, left, right);
}
