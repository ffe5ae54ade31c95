/* SPDX-License-Identifier: MIT */
/*
 * What an instruction does to sp, x30 and the flow, of those that frames, calls and stubs are made
 * of: <engine/unwind.h>. Others do nothing to them, since sp and x30 are nobody's home.
 */
#include "encode.h"
#include <base/string.h>
#include <engine/unwind.h>

constexpr uint32_t LINKAGE = 16;
constexpr uint32_t PUSH_LINK = 0xF81F'0C00 | SP << 5 | X30; /* str x30, [sp, -16]! */
constexpr uint32_t POP_LINK = 0xF841'0400 | SP << 5 | X30;  /* ldr x30, [sp], 16 */

static uint32_t to_of(uint32_t word) {
    return word & 31;
}

static uint32_t from_of(uint32_t word) {
    return word >> 5 & 31;
}

/* `bits` bits from `low` up, with their sign. */
static int32_t number_of(uint32_t word, uint32_t low, uint32_t bits) {
    return (int32_t)(word << (32 - low - bits)) >> (32 - bits);
}

static struct effect effect(enum effect_kind kind, int32_t offset) {
    return (struct effect){.kind = kind, .size = 4, .offset = offset};
}

/* add and sub of an immediate. */
static struct effect move_of_sp(uint32_t word) {
    int32_t amount = (int32_t)(word >> 10 & 0xFFF) << ((word & 1u << 22) != 0 ? 12 : 0);
    if (from_of(word) != SP) {
        return effect(EFFECT_SETS_SP, 0);
    }
    bool subtracts = (word & 1u << 30) != 0;
    return (struct effect){.size = 4, .moves = subtracts ? -amount : amount};
}

/* Of x30: ldp and ldr. */
static struct effect load_of_link(uint32_t word, bool pair) {
    if (from_of(word) != SP) {
        return effect(EFFECT_STOPS, 0);
    }
    return effect(EFFECT_LOADS_LINK,
                  pair ? number_of(word, 15, 7) * 8 + 8 : (int32_t)(word >> 10 & 0xFFF) * 8);
}

static struct effect jump_through(uint32_t word) {
    bool returns = word == WORD_RET;
    bool calls_on = (word & ~0x3E0u) == WORD_BR && (from_of(word) == X17 || from_of(word) == X0);
    return effect(returns || calls_on ? EFFECT_LEAVES : EFFECT_STOPS, 0);
}

static struct effect jump_of(uint32_t word) {
    if ((word & 0xFC00'0000) == WORD_B) {
        return effect(EFFECT_JUMPS, number_of(word, 0, 26) * 4);
    }
    if ((word & 0x7E00'0000) == WORD_TBZ) {
        return effect(EFFECT_BRANCHES, number_of(word, 5, 14) * 4);
    }
    return effect(EFFECT_BRANCHES, number_of(word, 5, 19) * 4);
}

static bool is_jump(uint32_t word) {
    return (word & 0xFC00'0000) == WORD_B || (word & 0x7E00'0000) == WORD_TBZ ||
           (word & 0x7E00'0000) == WORD_CBZ || (word & 0xFF00'0010) == WORD_B_IF;
}

static bool adds_immediate(uint32_t word) {
    return (word & 0xBF80'0000) == (WIDE | WORD_ADD_IMMEDIATE) && to_of(word) == SP;
}

static bool adds_extended(uint32_t word) {
    return (word & 0xBFE0'0000) == (WIDE | WORD_ADD | 0x20'0000) && to_of(word) == SP;
}

struct effect aarch64_effect(const uint8_t *at) {
    uint32_t word;
    memcpy(&word, at, sizeof word);
    if (word == PUSH_LINK || word == POP_LINK) {
        bool pushes = word == PUSH_LINK;
        return (struct effect){.kind = pushes ? EFFECT_STORES_LINK : EFFECT_LOADS_LINK,
                               .size = 4,
                               .moves = pushes ? -(int32_t)LINKAGE : (int32_t)LINKAGE,
                               .offset = pushes ? -(int32_t)LINKAGE : 0};
    }
    if (adds_immediate(word)) {
        return move_of_sp(word);
    }
    if (adds_extended(word)) {
        return effect(EFFECT_SETS_SP, 0);
    }
    bool pair = (word & 0xFFC0'7C00) == (0xA940'0000 | X30 << 10);
    if (pair || (word & 0xFFC0'001F) == (0xF940'0000 | X30)) {
        return load_of_link(word, pair);
    }
    if (is_jump(word)) {
        return jump_of(word);
    }
    if ((word & 0xFF80'0000) == (WORD_BR & 0xFF80'0000)) {
        return jump_through(word);
    }
    return effect(word >> 16 == 0 ? EFFECT_STOPS : EFFECT_NONE, 0);
}

struct return_place aarch64_frame_left(const struct code *code, uint32_t at) {
    return link_frame_left(aarch64_effect, LINKAGE, code, at);
}

struct return_place aarch64_stub_left(const uint8_t *at, uint32_t relay) {
    return link_stub_left(aarch64_effect, LINKAGE, at, relay);
}
