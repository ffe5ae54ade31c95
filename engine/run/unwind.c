/* SPDX-License-Identifier: MIT */
/*
 * Return addresses of code that keeps them in a register for a while.
 *
 * Whatever way leads from an instruction to the end of its function, sp moves by as much, and the
 * link is loaded from the word where it was stored. So code is followed forwards, adding up the
 * moves, until the link is loaded (then it was in that word all the time) or the function is left
 * (then it is in the register already). Where the end is not in sight, no part of the frame has
 * been taken down yet: an epilogue has neither branches nor calls, and few instructions.
 *
 *   sp + moves + offset   the word that the link is loaded from
 *   sp + moves            the caller's sp, when the function is left without that
 */
#include <engine/unwind.h>

constexpr uint32_t STEPS_MAX = 96; /* more than all registers, and the jump of a tail call */

static struct return_place in_word(int64_t distance) {
    return (struct return_place){.distance = (uint32_t)distance};
}

static struct return_place in_link(int64_t distance) {
    return (struct return_place){.distance = (uint32_t)distance, .linked = true};
}

/* All of the prologue leaves the link in its register. */
static struct return_place prologue_left(effect_function *effect_of, const struct code *code,
                                         uint32_t at) {
    int64_t moves = 0;
    for (uint32_t i = 0; i < at;) {
        struct effect effect = effect_of(code->start + i);
        moves += effect.moves;
        i += effect.size;
    }
    return in_link(-moves);
}

struct return_place link_frame_left(effect_function *effect_of, uint32_t linkage,
                                    const struct code *code, uint32_t at) {
    if (at < code->prologue_size) {
        return prologue_left(effect_of, code, at);
    }
    int64_t moves = 0;
    for (uint32_t i = 0; i < STEPS_MAX && at < code->size; i++) {
        struct effect effect = effect_of(code->start + at);
        switch (effect.kind) {
        case EFFECT_NONE:
            break;
        case EFFECT_LOADS_LINK:
            return in_word(moves + effect.offset);
        case EFFECT_LEAVES:
            return in_link(moves);
        case EFFECT_JUMPS:
            at += (uint32_t)effect.offset;
            continue;
        default:
            return in_word(code->frame_size);
        }
        moves += effect.moves;
        at += effect.size;
    }
    return in_word(code->frame_size);
}

/* A stub stores the link in a linkage of its own, or not at all; once it has gone to the kernel
 * stack it is no longer here. Loops end forwards. */
struct return_place link_stub_left(effect_function *effect_of, uint32_t linkage, const uint8_t *at,
                                   uint32_t relay) {
    int64_t moves = 0;
    for (uint32_t i = 0; i < STEPS_MAX; i++) {
        struct effect effect = effect_of(at);
        bool goes =
            effect.kind == EFFECT_JUMPS || (effect.kind == EFFECT_BRANCHES && effect.offset > 0);
        switch (effect.kind) {
        case EFFECT_STORES_LINK:
            return in_link(moves + effect.offset + linkage);
        case EFFECT_LOADS_LINK:
            return in_word(moves + effect.offset);
        case EFFECT_LEAVES:
            return in_link(moves);
        case EFFECT_SETS_SP:
        case EFFECT_GOES_ON:
        case EFFECT_STOPS:
            return in_word(relay);
        default:
            break;
        }
        moves += effect.moves;
        at += goes ? effect.offset : effect.size;
    }
    return in_word(relay);
}
