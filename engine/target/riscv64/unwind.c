/* SPDX-License-Identifier: MIT */
/*
 * What an instruction does to sp, ra and the flow, of those that frames, calls and stubs are made
 * of, in 16 and in 32 bits: <engine/unwind.h>. Others do nothing to them, since sp and ra are
 * nobody's home.
 */
#include "encode.h"
#include <base/string.h>
#include <engine/unwind.h>

constexpr uint32_t LINKAGE = 16;

static uint32_t bits(uint32_t word, uint32_t high, uint32_t low) {
    return word >> low & ((2u << (high - low)) - 1);
}

/* The lowest `count` bits, with their sign. */
static int32_t with_sign(uint32_t number, uint32_t count) {
    return (int32_t)(number << (32 - count)) >> (32 - count);
}

static struct effect effect(enum effect_kind kind, uint8_t size, int32_t offset) {
    return (struct effect){.kind = kind, .size = size, .offset = offset};
}

static struct effect moves_sp(uint8_t size, int32_t distance) {
    return (struct effect){.size = size, .moves = distance};
}

/* A jump through a register that leaves no return address. t1 is a tail call's; a0 is that of
 * the stub that has compiled, t2 of the one that starts. */
static struct effect jump_through(uint32_t reg, uint8_t size) {
    bool leaves = reg == RA || reg == A0 || reg == T2;
    enum effect_kind kind = leaves ? EFFECT_LEAVES : reg == T1 ? EFFECT_GOES_ON : EFFECT_STOPS;
    return effect(kind, size, 0);
}

/* ---- 16 bits ---- */

/* c.addi and c.addi16sp, of sp */
static struct effect narrow_add(uint32_t half) {
    if (half >> 13 == 0) {
        return moves_sp(2, with_sign(bits(half, 12, 12) << 5 | bits(half, 6, 2), 6));
    }
    uint32_t number = bits(half, 12, 12) << 9 | bits(half, 4, 3) << 7 | bits(half, 5, 5) << 6 |
                      bits(half, 2, 2) << 5 | bits(half, 6, 6) << 4;
    return moves_sp(2, with_sign(number, 10));
}

/* c.jr, c.jalr, c.mv, c.add */
static struct effect narrow_register(uint32_t half) {
    uint32_t to = bits(half, 11, 7), from = bits(half, 6, 2);
    if (from == 0) {
        bool calls = bits(half, 12, 12) != 0;
        return calls ? effect(EFFECT_STOPS, 2, 0) : jump_through(to, 2);
    }
    enum effect_kind kind = to == SP ? EFFECT_SETS_SP : to == RA ? EFFECT_STOPS : EFFECT_NONE;
    return effect(kind, 2, 0);
}

static struct effect narrow_effect(uint32_t half) {
    uint32_t kind = half >> 13 << 2 | (half & 3), to = bits(half, 11, 7);
    if (half == 0) {
        return effect(EFFECT_STOPS, 2, 0);
    }
    switch (kind) {
    case 1:
    case 3 << 2 | 1:
        return to == SP ? narrow_add(half) : effect(EFFECT_NONE, 2, 0);
    case 3 << 2 | 2: /* c.ldsp */
        return effect(
            to == RA ? EFFECT_LOADS_LINK : EFFECT_NONE, 2,
            (int32_t)(bits(half, 4, 2) << 6 | bits(half, 12, 12) << 5 | bits(half, 6, 5) << 3));
    case 7 << 2 | 2: /* c.sdsp */
        return effect(bits(half, 6, 2) == RA ? EFFECT_STORES_LINK : EFFECT_NONE, 2,
                      (int32_t)(bits(half, 9, 7) << 6 | bits(half, 12, 10) << 3));
    case 4 << 2 | 2:
        return narrow_register(half);
    default:
        return effect(EFFECT_NONE, 2, 0);
    }
}

/* ---- 32 bits ---- */

static int32_t branch_offset(uint32_t word) {
    return with_sign(bits(word, 31, 31) << 12 | bits(word, 7, 7) << 11 | bits(word, 30, 25) << 5 |
                         bits(word, 11, 8) << 1,
                     13);
}

static int32_t jump_offset(uint32_t word) {
    return with_sign(bits(word, 31, 31) << 20 | bits(word, 19, 12) << 12 |
                         bits(word, 20, 20) << 11 | bits(word, 30, 21) << 1,
                     21);
}

static uint32_t word_at(const uint8_t *at) {
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Without an offset there is a form of 16 bits but for t1 as the second half of a far jump. */
static struct effect wide_jump_through(const uint8_t *at, uint32_t word) {
    uint32_t from = bits(word, 19, 15);
    if (bits(word, 11, 7) != ZERO) {
        return effect(EFFECT_STOPS, 4, 0);
    }
    uint32_t before = from == T1 ? word_at(at - 4) : 0;
    if ((before & 0xFFF) != (DO_AUIPC | T1 << 7)) {
        return jump_through(from, 4);
    }
    int32_t distance = (int32_t)(before & 0xFFFF'F000) + ((int32_t)word >> 20);
    return effect(EFFECT_JUMPS, 4, distance - 4);
}

static struct effect wide_load(uint32_t word) {
    uint32_t to = bits(word, 11, 7);
    if (to == RA && bits(word, 19, 15) == SP) {
        return effect(EFFECT_LOADS_LINK, 4, (int32_t)word >> 20);
    }
    enum effect_kind kind = to == SP ? EFFECT_SETS_SP : to == RA ? EFFECT_STOPS : EFFECT_NONE;
    return effect(kind, 4, 0);
}

static struct effect wide_store(uint32_t word) {
    bool links = bits(word, 24, 20) == RA && bits(word, 19, 15) == SP;
    return effect(links ? EFFECT_STORES_LINK : EFFECT_NONE, 4,
                  with_sign(bits(word, 31, 25) << 5 | bits(word, 11, 7), 12));
}

/* Arithmetic. */
static struct effect wide_add(uint32_t word) {
    uint32_t to = bits(word, 11, 7);
    bool by_number = (word & 0x707F) == DO_ADDI && bits(word, 19, 15) == SP;
    if (to == SP && by_number) {
        return moves_sp(4, (int32_t)word >> 20);
    }
    return effect(to == SP ? EFFECT_SETS_SP : to == RA ? EFFECT_STOPS : EFFECT_NONE, 4, 0);
}

static struct effect wide_effect(const uint8_t *at, uint32_t word) {
    switch (word & 0x7F) {
    case DO_JAL:
        return effect(bits(word, 11, 7) == ZERO ? EFFECT_JUMPS : EFFECT_STOPS, 4,
                      jump_offset(word));
    case DO_JALR:
        return wide_jump_through(at, word);
    case DO_BEQ:
        return effect(EFFECT_BRANCHES, 4, branch_offset(word));
    case DO_LB:
        return wide_load(word);
    case DO_SB:
        return wide_store(word);
    case DO_ADDI:
    case DO_ADD:
        return wide_add(word);
    default:
        return effect(EFFECT_NONE, 4, 0);
    }
}

struct effect riscv64_effect(const uint8_t *at) {
    uint16_t half;
    memcpy(&half, at, sizeof half);
    return (half & 3) != 3 ? narrow_effect(half) : wide_effect(at, word_at(at));
}

/* In a function the jump through t1 is a tail call's. */
static struct effect effect_in_function(const uint8_t *at) {
    struct effect effect = riscv64_effect(at);
    if (effect.kind == EFFECT_GOES_ON) {
        effect.kind = EFFECT_LEAVES;
    }
    return effect;
}

struct return_place riscv64_frame_left(const struct code *code, uint32_t at) {
    return link_frame_left(effect_in_function, LINKAGE, code, at);
}

struct return_place riscv64_stub_left(const uint8_t *at, uint32_t relay) {
    return link_stub_left(riscv64_effect, LINKAGE, at, relay);
}
