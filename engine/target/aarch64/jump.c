/* SPDX-License-Identifier: MIT */
/*
 * Jumps. tbz reaches 32 KiB either way, b.cond and cbz 1 MiB, b 128 MiB: all of a function. Where a
 * label may be further away than a conditional jump reaches (label_within()), the opposite
 * condition hops over a b.
 */
#include "encode.h"
#include <base/string.h>

constexpr uint32_t RANGE_BIT = 32 * 1024, RANGE_CONDITION = 1024 * 1024,
                   RANGE_JUMP = 128 * 1024 * 1024;
static_assert(RANGE_JUMP > ASSEMBLER_SIZE_MAX);

/* Where a jump has its distance, in words: how many bits, from which bit up. */
struct distance_field {
    uint8_t bits, low;
};

static struct distance_field field_of(uint32_t word) {
    if ((word & 0x7C00'0000) == WORD_B) {
        return (struct distance_field){26, 0};
    }
    if ((word & 0x7E00'0000) == WORD_TBZ) {
        return (struct distance_field){14, 5};
    }
    return (struct distance_field){19, 5};
}

/* adr counts bytes, in two fields; here it never has far to go. */
static void fill_in_adr(struct assembler *assembler, uint32_t at, uint32_t distance) {
    uint32_t word;
    memcpy(&word, &assembler->bytes[at], sizeof word);
    word |= (distance >> 2 & 0x7'FFFF) << 5;
    memcpy(&assembler->bytes[at], &word, sizeof word);
}

/* False: the distance does not fit. */
static bool fill_in(struct assembler *assembler, uint32_t at, uint32_t position) {
    uint32_t word;
    memcpy(&word, &assembler->bytes[at], sizeof word);
    if ((word & 0x9F00'0000) == WORD_ADR) {
        fill_in_adr(assembler, at, position - at);
        return true;
    }
    struct distance_field field = field_of(word);
    int64_t words = ((int64_t)position - at) / 4;
    uint32_t mask = (1u << field.bits) - 1;
    if (words != (int32_t)((uint32_t)words << (32 - field.bits)) >> (32 - field.bits)) {
        return false;
    }
    word = (word & ~(mask << field.low)) | ((uint32_t)words & mask) << field.low;
    memcpy(&assembler->bytes[at], &word, sizeof word);
    return true;
}

void aarch64_patch(struct assembler *assembler, const struct patch *use, uint32_t position) {
    if (!fill_in(assembler, use->at, position)) {
        assembler_too_far(assembler);
    }
}

void aarch64_jump(struct assembler *assembler, struct label *label) {
    aarch64_word(assembler, WORD_B);
    label_use(assembler, label, assembler->size - 4);
}

/* `opposite` is the bit that inverts the condition. */
static void jump_on(struct assembler *assembler, uint32_t word, uint32_t opposite, uint32_t range,
                    struct label *label) {
    if (label_within(assembler, label, range)) {
        aarch64_word(assembler, word);
        label_use(assembler, label, assembler->size - 4);
        return;
    }
    aarch64_word(assembler, word ^ opposite);
    uint32_t hop = assembler->size - 4;
    aarch64_jump(assembler, label);
    aarch64_land(assembler, hop);
}

void aarch64_jump_if(struct assembler *assembler, enum aarch64_condition condition,
                     struct label *label) {
    jump_on(assembler, WORD_B_IF | condition, 1, RANGE_CONDITION, label);
}

void aarch64_jump_zero(struct assembler *assembler, bool wide, bool zero, uint8_t reg,
                       struct label *label) {
    uint32_t word = wide_if(wide) | (zero ? WORD_CBZ : WORD_CBZ | WORD_NONZERO) | (reg & 31);
    jump_on(assembler, word, WORD_NONZERO, RANGE_CONDITION, label);
}

void aarch64_jump_bit(struct assembler *assembler, bool set, uint8_t reg, uint8_t bit,
                      struct label *label) {
    uint32_t word = (set ? WORD_TBZ | WORD_NONZERO : WORD_TBZ) | (uint32_t)(bit >> 5) << 31 |
                    (uint32_t)(bit & 31) << 19 | (reg & 31);
    jump_on(assembler, word, WORD_NONZERO, RANGE_BIT, label);
}

uint32_t aarch64_hop_if(struct assembler *assembler, enum aarch64_condition condition) {
    aarch64_word(assembler, WORD_B_IF | condition);
    return assembler->size - 4;
}

void aarch64_land(struct assembler *assembler, uint32_t hop) {
    assembler->flags_end = FLAGS_UNKNOWN;
    assembler->known_index = REGISTER_NONE;
    if (!assembler->failed) {
        (void)fill_in(assembler, hop, assembler->size);
    }
}
