/* SPDX-License-Identifier: MIT */
/*
 * Frames and calls. The layout of a frame is in <engine/target.h>; its linkage is 16 bytes, of
 * which the lower 8 are the return address, so that base and return address lie side by side:
 *
 *   high  +----------------+  sp of the caller, a multiple of 16
 *         | unused         |
 *         | return address |  x30
 *         +----------------+  sp + frame.size
 *         | base           |  x28, if it is kept
 *         | saved ...      |
 *
 * Every function stores x30, those without calls too: a trace finds it there. A frame too large for
 * the offsets of ldp and stp is made in two steps, the upper part with all that is saved first.
 * Nothing that is wanted ever lies below sp, where an interrupt may write.
 *
 * A direct call reads the slot each time: ldr x16, [x28, slots]; ldr x16, [x16, 8 * i]; blr x16.
 */
#include "encode.h"
#include <engine/instance.h>

static_assert(offsetof(struct context, stack_limit) == 0);

constexpr uint32_t LINKAGE = 16;
constexpr uint32_t PAIR_REACH = 504; /* offsets of ldp and stp */

static uint32_t saved_size(const struct frame_plan *plan) {
    uint32_t words = (uint32_t)__builtin_popcountll(plan->saved);
    return 8 * (words + plan->keeps_base);
}

/* Bytes from sp after the first step to the caller's sp. */
static uint32_t head_size(const struct frame_plan *plan) {
    uint32_t all = plan->size + LINKAGE;
    return all <= PAIR_REACH ? all : (saved_size(plan) + LINKAGE + 15) & ~UINT32_C(15);
}

/* Base and return address, with x30 at sp + offset. */
static void move_linkage(struct assembler *assembler, const struct frame_plan *plan, bool loads,
                         uint32_t offset) {
    if (plan->keeps_base) {
        aarch64_pair(assembler, loads, BASE, X30, SP, (int32_t)offset - 8);
    } else if (loads) {
        aarch64_load_word(assembler, X30, SP, offset);
    } else {
        aarch64_store_word(assembler, X30, SP, offset);
    }
}

static void move_one(struct assembler *assembler, bool loads, uint8_t reg, uint32_t offset) {
    if (loads) {
        aarch64_load_word(assembler, reg, SP, offset);
    } else {
        aarch64_store_word(assembler, reg, SP, offset);
    }
}

/* Saved registers, downwards from sp + offset in ascending order: two by two where they are of one
 * class and near. */
static void move_saved(struct assembler *assembler, const struct frame_plan *plan, bool loads,
                       uint32_t offset) {
    uint8_t waiting = REGISTER_NONE;
    offset -= plan->keeps_base ? 8 : 0;
    for (register_set left = plan->saved; left != 0; left &= left - 1) {
        uint8_t reg = (uint8_t)__builtin_ctzll(left);
        bool pairs = waiting != REGISTER_NONE && offset <= PAIR_REACH &&
                     (waiting >= REGISTER_FLOAT) == (reg >= REGISTER_FLOAT);
        offset -= 8;
        if (pairs) {
            aarch64_pair(assembler, loads, reg, waiting, SP, (int32_t)offset);
            waiting = REGISTER_NONE;
            continue;
        }
        if (waiting != REGISTER_NONE) {
            move_one(assembler, loads, waiting, offset + 8);
        }
        waiting = reg;
    }
    if (waiting != REGISTER_NONE) {
        move_one(assembler, loads, waiting, offset);
    }
}

static void check_stack(struct assembler *assembler) {
    aarch64_load_word(assembler, X16, BASE, HEADER_FIELD(context));
    aarch64_load_word(assembler, X16, X16, 0);
    aarch64_three(assembler, WIDE | WORD_SUBS | 0x20'6000, ZR, SP, X16); /* cmp sp, x16 */
    aarch64_jump_if(assembler, IF_BELOW, assembler_trap(assembler, TRAP_STACK_OVERFLOW));
}

void aarch64_prologue(struct assembler *assembler, const struct frame_plan *plan, uint32_t *size) {
    uint32_t head = head_size(plan), rest = plan->size + LINKAGE - head;
    if (plan->size == 0) {
        aarch64_push(assembler, X30);
    } else {
        aarch64_add_constant(assembler, true, SP, SP, -(int64_t)head);
        move_linkage(assembler, plan, false, head - LINKAGE);
        move_saved(assembler, plan, false, head - LINKAGE);
    }
    if (rest != 0) {
        aarch64_add_constant(assembler, true, SP, SP, -(int64_t)rest);
    }
    *size = assembler->size;
    if (plan->checks_stack) {
        check_stack(assembler);
    }
}

void aarch64_restore(struct assembler *assembler, const struct frame_plan *plan) {
    move_saved(assembler, plan, true, plan->size);
}

void aarch64_leave(struct assembler *assembler, const struct frame_plan *plan) {
    uint32_t head = head_size(plan), rest = plan->size + LINKAGE - head;
    if (plan->size == 0) {
        aarch64_pop(assembler, X30);
        return;
    }
    if (rest != 0) {
        aarch64_add_constant(assembler, true, SP, SP, rest);
    }
    move_saved(assembler, plan, true, head - LINKAGE);
    move_linkage(assembler, plan, true, head - LINKAGE);
    aarch64_add_constant(assembler, true, SP, SP, head);
}

void aarch64_epilogue(struct assembler *assembler, const struct frame_plan *plan) {
    aarch64_leave(assembler, plan);
    aarch64_word(assembler, WORD_RET);
}

void aarch64_zero_frame(struct assembler *assembler, uint32_t offset, uint32_t words) {
    constexpr uint32_t FEW = 16;
    if (words <= FEW) {
        bool pairs = offset + 8 * words <= PAIR_REACH;
        uint32_t i = 0;
        for (; pairs && i + 1 < words; i += 2) {
            aarch64_pair(assembler, false, ZR, ZR, SP, (int32_t)(offset + 8 * i));
        }
        for (; i < words; i++) {
            aarch64_store_word(assembler, ZR, SP, offset + 8 * i);
        }
        return;
    }
    struct label loop = label_unbound();
    aarch64_add_constant(assembler, true, X16, SP, offset);
    aarch64_constant(assembler, X17, words);
    label_bind(assembler, &loop);
    aarch64_two(assembler, 0xF800'8400, ZR, X16); /* str xzr, [x16], 8 */
    aarch64_add_constant(assembler, true, X17, X17, -1);
    aarch64_jump_zero(assembler, true, false, X17, &loop);
}

static void call_through(struct assembler *assembler, uint8_t reg) {
    aarch64_two(assembler, WORD_BLR, 0, reg);
    assembler_site(assembler, assembler->size, TRAP_NONE);
}

void aarch64_call_defined(struct assembler *assembler, uint32_t defined) {
    aarch64_load_word(assembler, X17, BASE, HEADER_FIELD(slots));
    aarch64_load_word(assembler, X17, X17, 8 * (int64_t)defined);
    call_through(assembler, X17);
}

/* The base becomes what is in x17. When it most likely is that already, a comparison that is
 * predicted keeps the load off the path of all that is reached through the base. */
static void take_base(struct assembler *assembler, bool near) {
    if (!near) {
        aarch64_move(assembler, true, BASE, X17);
        return;
    }
    aarch64_compare(assembler, true, BASE, X17);
    uint32_t same = aarch64_hop_if(assembler, IF_EQUAL);
    aarch64_move(assembler, true, BASE, X17);
    aarch64_land(assembler, same);
}

void aarch64_call_function(struct assembler *assembler, uint32_t base_offset, bool near) {
    aarch64_load_word(assembler, X17, X15, offsetof(struct function, base));
    aarch64_load_word(assembler, X16, X15, offsetof(struct function, slot));
    take_base(assembler, near);
    aarch64_load_word(assembler, X16, X16, 0);
    call_through(assembler, X16);
    aarch64_load_word(assembler, X17, SP, base_offset);
    take_base(assembler, near);
}

/* x15 = the element that x0 chooses. */
static void load_element(struct assembler *assembler, const struct table_place *place) {
    if (place->inlined) {
        aarch64_compare_constant(assembler, false, X0, place->size);
    } else {
        aarch64_load_word(assembler, X17, BASE, -(int64_t)place->table);
        aarch64_load_half(assembler, X16, X17, offsetof(struct table, size));
        aarch64_compare(assembler, false, X0, X16);
    }
    aarch64_jump_if(assembler, IF_ABOVE_EQUAL, assembler_trap(assembler, TRAP_UNDEFINED_ELEMENT));
    if (place->inlined) {
        aarch64_add_constant(assembler, true, X17, BASE, -(int64_t)place->elements);
    } else {
        aarch64_load_word(assembler, X17, X17, offsetof(struct table, elements));
    }
    aarch64_three(assembler, 0xF860'5800, X15, X17, X0); /* ldr x15, [x17, w0, uxtw 3] */
}

void aarch64_table_function(struct assembler *assembler, const struct table_place *place) {
    load_element(assembler, place);
    aarch64_jump_zero(assembler, true, true, X15,
                      assembler_trap(assembler, TRAP_UNINITIALIZED_ELEMENT));
    aarch64_load_word(assembler, X17, BASE, HEADER_FIELD(types));
    aarch64_load_word(assembler, X17, X17, 8 * (int64_t)place->type);
    aarch64_load_word(assembler, X16, X15, offsetof(struct function, type));
    aarch64_compare(assembler, true, X16, X17);
    aarch64_jump_if(assembler, IF_NOT_EQUAL, assembler_trap(assembler, TRAP_INDIRECT_CALL_TYPE));
}

/* x16: context, w17: number. */
void aarch64_call_helper(struct assembler *assembler, uint32_t helper) {
    aarch64_load_word(assembler, X16, BASE, HEADER_FIELD(context));
    aarch64_constant(assembler, X17, helper);
    aarch64_load_word(assembler, X14, X16, offsetof(struct context, stub_helper));
    call_through(assembler, X14);
}

/* x17 is 0 when all was within bounds. */
void aarch64_call_leaf(struct assembler *assembler, enum leaf leaf) {
    aarch64_load_word(assembler, X17, BASE, HEADER_FIELD(context));
    aarch64_load_word(assembler, X17, X17,
                      (int64_t)offsetof(struct context, stub_leaves) + 8 * (int64_t)leaf);
    aarch64_two(assembler, WORD_BLR, 0, X17);
    aarch64_jump_zero(assembler, true, false, X17,
                      assembler_trap(assembler, TRAP_MEMORY_OUT_OF_BOUNDS));
}
