/* SPDX-License-Identifier: MIT */
/*
 * Tail calls. Near ones, to the same instance with argument words that fit where ours came in: copy
 * the words up, leave the frame, jump. Far ones need a relay (<engine/target.h>): if our own return
 * address is that of a relay large enough it serves again; else a new one takes the place of our
 * frame. A chain so has at most one relay of each kind.
 *
 * In work: rax holds the function object, rcx and rdx are free, argument registers are loaded. What
 * is still wanted never lies below rsp, where an interrupt may write.
 */
#include "encode.h"
#include <engine/instance.h>

/* Two relays and a leaf without a stack check lie below the last frame that was checked. */
static_assert(8 * (16 + LIMIT_PARAMETERS + 2 * 3) + STACK_HEADROOM / 4 + 512 < STACK_HEADROOM);

static void load(struct assembler *assembler, uint8_t to, struct rm from) {
    x86_64_encode(assembler, 0x8B, WIDE, to, from);
}

static void store(struct assembler *assembler, struct rm to, uint8_t from) {
    x86_64_encode(assembler, 0x89, WIDE, from, to);
}

static struct rm stack_at(uint32_t offset) {
    return rm_at(RSP, (int32_t)offset);
}

static void move_sp(struct assembler *assembler, enum arithmetic operation, uint32_t distance) {
    if (distance != 0) {
        x86_64_arithmetic_constant(assembler, operation, true, rm_register(RSP), (int32_t)distance);
    }
}

/* One word, `index` in rcx counting words. */
static void copy_indexed(struct assembler *assembler, int32_t from, int32_t to) {
    load(assembler, RDX, rm_indexed(RSP, RCX, 3, from));
    store(assembler, rm_indexed(RSP, RCX, 3, to), RDX);
}

static void copy_loop(struct assembler *assembler, uint32_t from, uint32_t to, uint32_t words) {
    bool upwards = to < from;
    int32_t end = upwards ? (int32_t)(8 * words) : -8;
    x86_64_constant(assembler, RCX, upwards ? (uint64_t)-(int64_t)words : words);
    assembler_room(assembler);
    uint32_t loop = assembler->size;
    copy_indexed(assembler, (int32_t)from + end, (int32_t)to + end);
    x86_64_arithmetic_constant(assembler, upwards ? DO_ADD : DO_SUB, true, rm_register(RCX), 1);
    assembler_u8(assembler, 0x75); /* jne loop */
    assembler_u8(assembler, (uint8_t)(loop - assembler->size - 1));
}

/* Words of the stack, which may overlap; offsets from rsp. Changes rcx and rdx. */
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
        load(assembler, RDX, stack_at(from + 8 * word));
        store(assembler, stack_at(to + 8 * word), RDX);
    }
}

/* As the epilogue, but rsp stays. r15 is our base already. */
static void restore_saved(struct assembler *assembler, const struct frame_plan *frame) {
    uint32_t offset = frame->size - (frame->keeps_base ? 8 : 0);
    for (uint8_t reg = 0; reg < REGISTER_NONE; reg++) {
        if (frame->saved & set_of(reg)) {
            offset -= 8;
            bool is_float = reg >= REGISTER_FLOAT;
            x86_64_encode(assembler, is_float ? 0x0F10 : 0x8B, is_float ? PREFIX_F2 : WIDE, reg,
                          stack_at(offset));
        }
    }
}

static void jump_through(struct assembler *assembler, struct rm at) {
    x86_64_encode(assembler, 0xFF, NARROW, 4, at);
}

static void jump_to(struct assembler *assembler, const struct tail_plan *tail) {
    if (tail->defined) {
        load(assembler, RAX, HEADER_FIELD(slots));
        jump_through(assembler, rm_at(RAX, (int32_t)(8 * tail->function)));
    } else {
        load(assembler, RCX, rm_at(RAX, offsetof(struct function, slot)));
        jump_through(assembler, rm_at(RCX, 0));
    }
}

static struct rm relay_stub_at(uint32_t relay) {
    return rm_at(RDX, (int32_t)(offsetof(struct context, stub_relays) + 8 * relay));
}

static enum relay relay_for(const struct tail_plan *tail) {
    uint32_t words = tail->words > tail->results ? tail->words : tail->results;
    return words <= relay_words[RELAY_SMALL] ? RELAY_SMALL : RELAY_LARGE;
}

/* Jumps to `found` when our frame is in a relay that is at least as large. */
static void find_relay(struct assembler *assembler, const struct frame_plan *frame,
                       enum relay least, struct label *found) {
    load(assembler, RDX, HEADER_FIELD(context));
    load(assembler, RCX, stack_at(frame->size));
    for (uint32_t i = least; i < RELAY_COUNT; i++) {
        x86_64_arithmetic(assembler, DO_CMP, true, RCX, relay_stub_at(i));
        x86_64_jump_if(assembler, IF_EQUAL, found);
    }
}

/* A relay between the return address and what will be the callee's frame. */
static void make_relay(struct assembler *assembler, const struct frame_plan *frame,
                       const struct tail_plan *tail, enum relay relay) {
    uint32_t size = relay_size(relay) + 8; /* with its own return address */
    uint32_t below = frame->size < size ? size - frame->size : 0;
    uint32_t place = frame->size + below - size;
    move_sp(assembler, DO_SUB, below);
    copy_words(assembler, below, place + 8, tail->words);
    load(assembler, RDX, HEADER_FIELD(context));
    load(assembler, RCX, relay_stub_at(relay));
    store(assembler, stack_at(place), RCX);
    x86_64_encode(assembler, 0xC7, WIDE, 0, stack_at(place + size - 16));
    assembler_u32(assembler, tail->results);
    store(assembler, stack_at(place + size - 8), R15);
    move_sp(assembler, DO_ADD, place);
}

static void tail_call_far(struct assembler *assembler, const struct frame_plan *frame,
                          const struct tail_plan *tail) {
    enum relay relay = relay_for(tail);
    struct label found = label_unbound(), go = label_unbound();
    restore_saved(assembler, frame);
    find_relay(assembler, frame, relay, &found);
    make_relay(assembler, frame, tail, relay);
    x86_64_jump(assembler, &go);
    label_bind(assembler, &found);
    copy_words(assembler, 0, frame->size + 8, tail->words);
    move_sp(assembler, DO_ADD, frame->size);
    label_bind(assembler, &go);
    if (!tail->defined) {
        load(assembler, R15, rm_at(RAX, offsetof(struct function, base)));
    }
    jump_to(assembler, tail);
}

void x86_64_tail_call(struct assembler *assembler, const struct frame_plan *frame,
                      const struct tail_plan *tail) {
    struct label far = label_unbound();
    if (tail->words > tail->incoming) {
        tail_call_far(assembler, frame, tail);
        return;
    }
    if (!tail->defined) {
        x86_64_arithmetic(assembler, DO_CMP, true, R15,
                          rm_at(RAX, offsetof(struct function, base)));
        x86_64_jump_if(assembler, IF_NOT_EQUAL, &far);
    }
    copy_words(assembler, 0, frame->size + 8, tail->words);
    x86_64_leave(assembler, frame);
    jump_to(assembler, tail);
    if (!tail->defined) {
        label_bind(assembler, &far);
        tail_call_far(assembler, frame, tail);
    }
}

/* The callee has returned: rsp is at the relay's words, result 0 in rax or xmm0. */
void x86_64_stub_relay(struct assembler *assembler, enum relay relay) {
    uint32_t words_size = 8 * relay_words[relay];
    load(assembler, RCX, stack_at(words_size));
    load(assembler, R15, stack_at(words_size + 8));
    struct label next = label_unbound();
    label_bind(assembler, &next);
    x86_64_test(assembler, true, RCX, RCX);
    uint32_t none = x86_64_hop_if(assembler, IF_EQUAL);
    copy_indexed(assembler, -8, (int32_t)relay_size(relay));
    x86_64_arithmetic_constant(assembler, DO_SUB, true, rm_register(RCX), 1);
    x86_64_jump(assembler, &next);
    x86_64_land(assembler, none);
    move_sp(assembler, DO_ADD, relay_size(relay));
    assembler_room(assembler);
    assembler_u8(assembler, 0xC3);
}
