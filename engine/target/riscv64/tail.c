/* SPDX-License-Identifier: MIT */
/*
 * Tail calls. Near ones, to the same instance with argument words that fit where ours came in: copy
 * the words up, leave the frame, jump. Far ones need a relay (<engine/target.h>): if our own return
 * address is that of a relay large enough it serves again; else a new one takes the place of our
 * frame. A chain so has at most one relay of each kind. The return address of a relay's stub goes
 * to ra: its word belongs to the callee's frame, which puts it there.
 *
 * In work: a0 holds the function object, a1-a3 are free, argument registers are loaded. What is
 * still wanted never lies below sp.
 */
#include "encode.h"
#include <engine/instance.h>

constexpr uint32_t LINKAGE_SIZE = 16;
/* Two relays and a leaf without a stack check lie below the last frame that was checked. */
static_assert(8 * (16 + LIMIT_PARAMETERS + 2 * 4) + STACK_HEADROOM / 4 + 512 < STACK_HEADROOM);

static struct place stack_at(struct assembler *assembler, uint32_t offset) {
    struct address address = {.kind = ADDRESS_FRAME, .offset = offset};
    return riscv64_place_of(assembler, &address);
}

static void load_stack(struct assembler *assembler, uint8_t to, uint32_t offset) {
    struct place place = stack_at(assembler, offset);
    riscv64_load(assembler, to >= REGISTER_FLOAT ? DO_FLD : DO_LD, to, place.base, place.offset);
}

static void store_stack(struct assembler *assembler, uint8_t from, uint32_t offset) {
    struct place place = stack_at(assembler, offset);
    riscv64_store(assembler, DO_SD, from, place.base, place.offset);
}

static void move_sp(struct assembler *assembler, int64_t distance) {
    if (riscv64_fits(distance)) {
        riscv64_add_number(assembler, SP, SP, distance);
        return;
    }
    riscv64_constant(assembler, T0, (uint64_t)distance);
    riscv64_register(assembler, DO_ADD, SP, SP, T0);
}

/* From a1 to a2, until a1 is a3; `step` is 8 or -8. */
static void copy_loop(struct assembler *assembler, int32_t step) {
    struct label loop = label_unbound();
    label_bind(assembler, &loop);
    uint32_t end = riscv64_hop_if(assembler, DO_BEQ, A1, A3);
    riscv64_load(assembler, DO_LD, T0, A1, 0);
    riscv64_store(assembler, DO_SD, T0, A2, 0);
    riscv64_number(assembler, DO_ADDI, A1, A1, step);
    riscv64_number(assembler, DO_ADDI, A2, A2, step);
    riscv64_jump(assembler, &loop);
    riscv64_land(assembler, end);
}

/* Words of the stack, which may overlap; offsets from sp. Changes a1-a3. */
static void copy_words(struct assembler *assembler, uint32_t from, uint32_t to, uint32_t words) {
    constexpr uint32_t FEW = 4;
    if (from == to || words == 0) {
        return;
    }
    bool upwards = to < from;
    if (words > FEW) {
        int64_t first = upwards ? 0 : 8 * (int64_t)words - 8;
        int64_t end = upwards ? 8 * (int64_t)words : -8;
        riscv64_add_number(assembler, A1, SP, from + first);
        riscv64_add_number(assembler, A2, SP, to + first);
        riscv64_add_number(assembler, A3, SP, from + end);
        copy_loop(assembler, upwards ? 8 : -8);
        return;
    }
    for (uint32_t i = 0; i < words; i++) {
        uint32_t word = upwards ? i : words - 1 - i;
        load_stack(assembler, T0, from + 8 * word);
        store_stack(assembler, T0, to + 8 * word);
    }
}

/* As the epilogue, but sp and the return address stay. s11 is our base already. */
static void restore_saved(struct assembler *assembler, const struct frame_plan *frame) {
    uint32_t offset = frame->size - (frame->keeps_base ? 8 : 0);
    for (uint8_t reg = 0; reg < REGISTER_NONE; reg++) {
        if (frame->saved & set_of(reg)) {
            offset -= 8;
            load_stack(assembler, reg, offset);
        }
    }
}

static void jump_to(struct assembler *assembler, const struct tail_plan *tail) {
    uint64_t offset = 0;
    if (tail->defined) {
        riscv64_load(assembler, DO_LD, T0, BASE, HEADER_FIELD(slots));
        offset = 8 * (uint64_t)tail->function;
    } else {
        riscv64_load(assembler, DO_LD, T0, A0, offsetof(struct function, slot));
    }
    struct address slot = {.kind = ADDRESS_POINTER, .reg = T0, .offset = offset};
    struct place place = riscv64_place_of(assembler, &slot);
    riscv64_load(assembler, DO_LD, T1, place.base, place.offset);
    riscv64_jump_to(assembler, ZERO, T1);
}

static int32_t relay_stub(uint32_t relay) {
    return (int32_t)(offsetof(struct context, stub_relays) + 8 * relay);
}

static enum relay relay_for(const struct tail_plan *tail) {
    uint32_t words = tail->words > tail->results ? tail->words : tail->results;
    return words <= relay_words[RELAY_SMALL] ? RELAY_SMALL : RELAY_LARGE;
}

/* Jumps to `found` when our frame is in a relay that is at least as large. Return address to ra,
 * context to t2. */
static void find_relay(struct assembler *assembler, const struct frame_plan *frame,
                       enum relay least, struct label *found) {
    load_stack(assembler, RA, frame->size);
    riscv64_load(assembler, DO_LD, T2, BASE, HEADER_FIELD(context));
    for (uint32_t i = least; i < RELAY_COUNT; i++) {
        riscv64_load(assembler, DO_LD, T0, T2, relay_stub(i));
        riscv64_branch_if(assembler, DO_BEQ, RA, T0, found);
    }
}

/* A relay between the return address, which stays where it is, and what will be the callee's frame.
 */
static void make_relay(struct assembler *assembler, const struct frame_plan *frame,
                       const struct tail_plan *tail, enum relay relay) {
    uint32_t size = relay_size(relay);
    uint32_t below = frame->size < size ? size - frame->size : 0;
    uint32_t place = frame->size + below - size;
    move_sp(assembler, -(int64_t)below);
    copy_words(assembler, below, place, tail->words);
    riscv64_load(assembler, DO_LD, RA, T2, relay_stub(relay));
    riscv64_constant(assembler, T0, tail->results);
    store_stack(assembler, T0, place + size - 16);
    store_stack(assembler, BASE, place + size - 8);
    move_sp(assembler, place);
}

static void tail_call_far(struct assembler *assembler, const struct frame_plan *frame,
                          const struct tail_plan *tail) {
    enum relay relay = relay_for(tail);
    struct label found = label_unbound(), go = label_unbound();
    restore_saved(assembler, frame);
    find_relay(assembler, frame, relay, &found);
    make_relay(assembler, frame, tail, relay);
    riscv64_jump(assembler, &go);
    label_bind(assembler, &found);
    copy_words(assembler, 0, frame->size + LINKAGE_SIZE, tail->words);
    move_sp(assembler, (int64_t)frame->size + LINKAGE_SIZE);
    label_bind(assembler, &go);
    if (!tail->defined) {
        riscv64_load(assembler, DO_LD, BASE, A0, offsetof(struct function, base));
    }
    jump_to(assembler, tail);
}

void riscv64_tail_call(struct assembler *assembler, const struct frame_plan *frame,
                       const struct tail_plan *tail) {
    struct label far = label_unbound();
    if (tail->words > tail->incoming) {
        tail_call_far(assembler, frame, tail);
        return;
    }
    if (!tail->defined) {
        riscv64_load(assembler, DO_LD, T0, A0, offsetof(struct function, base));
        riscv64_branch_if(assembler, DO_BNE, BASE, T0, &far);
    }
    copy_words(assembler, 0, frame->size + LINKAGE_SIZE, tail->words);
    riscv64_leave(assembler, frame);
    jump_to(assembler, tail);
    if (!tail->defined) {
        label_bind(assembler, &far);
        tail_call_far(assembler, frame, tail);
    }
}

/* The callee has returned: sp is at the relay's words, result 0 in a0 or fa0. */
void riscv64_stub_relay(struct assembler *assembler, enum relay relay) {
    uint32_t words_size = 8 * relay_words[relay];
    load_stack(assembler, A3, words_size);
    load_stack(assembler, BASE, words_size + 8);
    riscv64_move(assembler, A1, SP);
    riscv64_add_number(assembler, A2, SP, (int64_t)relay_size(relay) + LINKAGE_SIZE);
    riscv64_number(assembler, DO_SLLI, A3, A3, 3);
    riscv64_register(assembler, DO_ADD, A3, A3, SP);
    copy_loop(assembler, 8);
    move_sp(assembler, relay_size(relay));
    riscv64_load(assembler, DO_LD, RA, SP, 0);
    move_sp(assembler, LINKAGE_SIZE);
    riscv64_return(assembler);
}
