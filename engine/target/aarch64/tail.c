/* SPDX-License-Identifier: MIT */
/*
 * Tail calls. Near ones, to the same instance with argument words that fit where ours came in: copy
 * the words up, leave the frame, jump. Far ones need a relay (<engine/target.h>): if our own return
 * address is that of a relay large enough it serves again; else a new one takes the place of our
 * frame. A chain so has at most one relay of each kind.
 *
 * In work: x15 holds the function object, x14, x16 and x17 are free, argument registers are loaded.
 * What is still wanted never lies below sp, where an interrupt may write. A relay's own return
 * address is in x30 until the callee stores it; that of the caller stays where we stored it.
 */
#include "encode.h"
#include <engine/instance.h>

constexpr uint32_t LINKAGE = 16;

/* Two relays and a leaf without a stack check lie below the last frame that was checked. */
static_assert(8 * (16 + LIMIT_PARAMETERS + 2 * 4) + STACK_HEADROOM / 4 + 512 < STACK_HEADROOM);
static_assert((8 * (16 + 2)) % 16 == 0 && (8 * (LIMIT_PARAMETERS + 2)) % 16 == 0);

static void move_sp(struct assembler *assembler, int64_t distance) {
    if (distance != 0) {
        aarch64_add_constant(assembler, true, SP, SP, distance);
    }
}

/* x17 words from x14 + 8 * x17 downwards or, with a negative x17, upwards, to the same of x16. */
static void copy_loop(struct assembler *assembler, uint32_t from, uint32_t to, uint32_t words) {
    bool upwards = to < from;
    int64_t end = upwards ? 8 * (int64_t)words : -8;
    struct label loop = label_unbound();
    aarch64_add_constant(assembler, true, X14, SP, from + end);
    aarch64_add_constant(assembler, true, X16, SP, to + end);
    aarch64_constant(assembler, X17, upwards ? (uint64_t)-(int64_t)words : words);
    label_bind(assembler, &loop);
    aarch64_three(assembler, 0xFC60'7800, V31, X14, X17); /* ldr d31, [x14, x17, lsl 3] */
    aarch64_three(assembler, 0xFC20'7800, V31, X16, X17); /* str d31, [x16, x17, lsl 3] */
    aarch64_add_constant(assembler, true, X17, X17, upwards ? 1 : -1);
    aarch64_jump_zero(assembler, true, false, X17, &loop);
}

/* Words of the stack, which may overlap; offsets from sp. */
static void copy_words(struct assembler *assembler, uint32_t from, uint32_t to, uint32_t words) {
    constexpr uint32_t FEW = 4;
    if (from == to || words == 0) {
        return;
    }
    if (words > FEW) {
        copy_loop(assembler, from, to, words);
        return;
    }
    for (uint32_t i = 0; i < words; i++) {
        uint32_t word = to < from ? i : words - 1 - i;
        aarch64_load_word(assembler, X17, SP, from + 8 * word);
        aarch64_store_word(assembler, X17, SP, to + 8 * word);
    }
}

static void jump_to(struct assembler *assembler, const struct tail_plan *tail) {
    if (tail->defined) {
        aarch64_load_word(assembler, X17, BASE, HEADER_FIELD(slots));
        aarch64_load_word(assembler, X17, X17, 8 * (int64_t)tail->function);
    } else {
        aarch64_load_word(assembler, X17, X15, offsetof(struct function, slot));
        aarch64_load_word(assembler, X17, X17, 0);
    }
    aarch64_two(assembler, WORD_BR, 0, X17);
}

/* x30 = the address of the stub; context in x14. */
static void load_relay_stub(struct assembler *assembler, uint32_t relay) {
    aarch64_load_word(assembler, X30, X14,
                      (int64_t)offsetof(struct context, stub_relays) + 8 * (int64_t)relay);
}

static enum relay relay_for(const struct tail_plan *tail) {
    uint32_t words = tail->words > tail->results ? tail->words : tail->results;
    return words <= relay_words[RELAY_SMALL] ? RELAY_SMALL : RELAY_LARGE;
}

/* Jumps to `found` when our frame is in a relay that is at least as large: with its address in x30.
 */
static void find_relay(struct assembler *assembler, const struct frame_plan *frame,
                       enum relay least, struct label *found) {
    aarch64_load_word(assembler, X14, BASE, HEADER_FIELD(context));
    aarch64_load_word(assembler, X17, SP, frame->size);
    for (uint32_t i = least; i < RELAY_COUNT; i++) {
        load_relay_stub(assembler, i);
        aarch64_compare(assembler, true, X17, X30);
        aarch64_jump_if(assembler, IF_EQUAL, found);
    }
}

/* A relay between the return address and what will be the callee's frame. */
static void make_relay(struct assembler *assembler, const struct frame_plan *frame,
                       const struct tail_plan *tail, enum relay relay) {
    uint32_t size = relay_size(relay);
    uint32_t below = frame->size < size ? size - frame->size : 0;
    uint32_t place = frame->size + below - size;
    move_sp(assembler, -(int64_t)below);
    copy_words(assembler, below, place, tail->words);
    aarch64_load_word(assembler, X14, BASE, HEADER_FIELD(context));
    load_relay_stub(assembler, relay);
    aarch64_constant(assembler, X17, tail->results);
    aarch64_store_word(assembler, X17, SP, place + size - 16);
    aarch64_store_word(assembler, BASE, SP, place + size - 8);
    move_sp(assembler, place);
}

static void tail_call_far(struct assembler *assembler, const struct frame_plan *frame,
                          const struct tail_plan *tail) {
    enum relay relay = relay_for(tail);
    struct label found = label_unbound(), go = label_unbound();
    aarch64_restore(assembler, frame);
    find_relay(assembler, frame, relay, &found);
    make_relay(assembler, frame, tail, relay);
    aarch64_jump(assembler, &go);
    label_bind(assembler, &found);
    copy_words(assembler, 0, frame->size + LINKAGE, tail->words);
    move_sp(assembler, frame->size + LINKAGE);
    label_bind(assembler, &go);
    if (!tail->defined) {
        aarch64_load_word(assembler, BASE, X15, offsetof(struct function, base));
    }
    jump_to(assembler, tail);
}

void aarch64_tail_call(struct assembler *assembler, const struct frame_plan *frame,
                       const struct tail_plan *tail) {
    struct label far = label_unbound();
    if (tail->words > tail->incoming) {
        tail_call_far(assembler, frame, tail);
        return;
    }
    if (!tail->defined) {
        aarch64_load_word(assembler, X17, X15, offsetof(struct function, base));
        aarch64_compare(assembler, true, BASE, X17);
        aarch64_jump_if(assembler, IF_NOT_EQUAL, &far);
    }
    copy_words(assembler, 0, frame->size + LINKAGE, tail->words);
    aarch64_leave(assembler, frame);
    jump_to(assembler, tail);
    if (!tail->defined) {
        label_bind(assembler, &far);
        tail_call_far(assembler, frame, tail);
    }
}

/* The callee has returned: sp is at the relay's words, result 0 in x0 or v0. */
void aarch64_stub_relay(struct assembler *assembler, enum relay relay) {
    uint32_t words_size = 8 * relay_words[relay];
    struct label next = label_unbound(), done = label_unbound();
    aarch64_load_word(assembler, X17, SP, words_size);
    aarch64_load_word(assembler, BASE, SP, words_size + 8);
    aarch64_add_constant(assembler, true, X14, SP, 0);
    aarch64_add_constant(assembler, true, X16, SP, relay_size(relay) + LINKAGE);
    label_bind(assembler, &next);
    aarch64_jump_zero(assembler, true, true, X17, &done);
    aarch64_add_constant(assembler, true, X17, X17, -1);
    aarch64_three(assembler, 0xFC60'7800, V31, X14, X17); /* ldr d31, [x14, x17, lsl 3] */
    aarch64_three(assembler, 0xFC20'7800, V31, X16, X17); /* str d31, [x16, x17, lsl 3] */
    aarch64_jump(assembler, &next);
    label_bind(assembler, &done);
    move_sp(assembler, relay_size(relay));
    aarch64_pop(assembler, X30);
    aarch64_word(assembler, WORD_RET);
}
