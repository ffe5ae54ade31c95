/* SPDX-License-Identifier: MIT */
/*
 * Frames and calls. The layout of a frame is in <engine/target.h>; the base and the saved integer
 * registers are pushed, so they lie right below the return address.
 *
 * A direct call reads the slot each time: mov rax, [r15 - slots]; call [rax + 8 * i].
 */
#include "encode.h"
#include <engine/instance.h>

static_assert(offsetof(struct context, stack_limit) == 0);

/* Bytes that the pushes take. */
static uint32_t pushed_size(const struct frame_plan *plan) {
    uint32_t words = plan->keeps_base ? 1 : 0;
    for (uint8_t reg = 0; reg < REGISTER_FLOAT; reg++) {
        words += (plan->saved & set_of(reg)) != 0;
    }
    return words * 8;
}

/* movsd between the saved float registers and their words. */
static void move_saved_floats(struct assembler *assembler, const struct frame_plan *plan,
                              uint32_t opcode) {
    uint32_t offset = plan->size - pushed_size(plan);
    for (uint8_t reg = REGISTER_FLOAT; reg < REGISTER_NONE; reg++) {
        if (plan->saved & set_of(reg)) {
            offset -= 8;
            x86_64_encode(assembler, opcode, PREFIX_F2, reg, rm_at(RSP, (int32_t)offset));
        }
    }
}

void x86_64_prologue(struct assembler *assembler, const struct frame_plan *plan, uint32_t *size) {
    if (plan->keeps_base) {
        x86_64_push(assembler, R15);
    }
    for (uint8_t reg = 0; reg < REGISTER_FLOAT; reg++) {
        if (plan->saved & set_of(reg)) {
            x86_64_push(assembler, reg);
        }
    }
    uint32_t rest = plan->size - pushed_size(plan);
    if (rest != 0) {
        x86_64_arithmetic_constant(assembler, DO_SUB, true, rm_register(RSP), (int32_t)rest);
    }
    *size = assembler->size;
    if (plan->checks_stack) {
        x86_64_encode(assembler, 0x8B, WIDE, RAX, HEADER_FIELD(context));
        x86_64_arithmetic(assembler, DO_CMP, true, RSP, rm_at(RAX, 0));
        x86_64_jump_if(assembler, IF_BELOW, assembler_trap(assembler, TRAP_STACK_OVERFLOW));
    }
    move_saved_floats(assembler, plan, 0x0F11);
}

/* Takes the frame down to the return address. */
void x86_64_leave(struct assembler *assembler, const struct frame_plan *plan) {
    move_saved_floats(assembler, plan, 0x0F10);
    uint32_t rest = plan->size - pushed_size(plan);
    if (rest != 0) {
        x86_64_arithmetic_constant(assembler, DO_ADD, true, rm_register(RSP), (int32_t)rest);
    }
    for (uint8_t reg = REGISTER_FLOAT; reg-- > 0;) {
        if (plan->saved & set_of(reg)) {
            x86_64_pop(assembler, reg);
        }
    }
    if (plan->keeps_base) {
        x86_64_pop(assembler, R15);
    }
}

void x86_64_epilogue(struct assembler *assembler, const struct frame_plan *plan) {
    x86_64_leave(assembler, plan);
    assembler_room(assembler);
    assembler_u8(assembler, 0xC3);
}

void x86_64_zero_frame(struct assembler *assembler, uint32_t offset, uint32_t words) {
    constexpr uint32_t FEW = 12;
    if (words <= FEW) {
        for (uint32_t i = 0; i < words; i++) {
            x86_64_encode(assembler, 0xC7, WIDE, 0, rm_at(RSP, (int32_t)(offset + 8 * i)));
            assembler_u32(assembler, 0);
        }
        return;
    }
    x86_64_constant(assembler, RAX, 0);
    x86_64_constant(assembler, RCX, words);
    assembler_room(assembler);
    uint32_t loop = assembler->size;
    x86_64_encode(assembler, 0x89, WIDE, RAX, rm_indexed(RSP, RCX, 3, (int32_t)offset - 8));
    x86_64_arithmetic_constant(assembler, DO_SUB, false, rm_register(RCX), 1);
    assembler_u8(assembler, 0x75); /* jne loop */
    assembler_u8(assembler, (uint8_t)(loop - assembler->size - 1));
}

static void call_through(struct assembler *assembler, struct rm at) {
    x86_64_encode(assembler, 0xFF, NARROW, 2, at);
    assembler_site(assembler, assembler->size, TRAP_NONE);
}

void x86_64_call_defined(struct assembler *assembler, uint32_t defined) {
    x86_64_encode(assembler, 0x8B, WIDE, RAX, HEADER_FIELD(slots));
    call_through(assembler, rm_at(RAX, (int32_t)(8 * defined)));
}

/* r15 = the base at `from`. When it most likely is that already, a comparison that is predicted
 * keeps the loads off the path of all that is reached through r15. */
static void load_base(struct assembler *assembler, struct rm from, bool near) {
    if (!near) {
        x86_64_encode(assembler, 0x8B, WIDE, R15, from);
        return;
    }
    x86_64_arithmetic(assembler, DO_CMP, true, R15, from);
    uint32_t same = x86_64_hop_if(assembler, IF_EQUAL);
    x86_64_encode(assembler, 0x8B, WIDE, R15, from);
    x86_64_land(assembler, same);
}

void x86_64_call_function(struct assembler *assembler, uint32_t base_offset, bool near) {
    x86_64_encode(assembler, 0x8B, WIDE, RCX, rm_at(RAX, offsetof(struct function, slot)));
    load_base(assembler, rm_at(RAX, offsetof(struct function, base)), near);
    call_through(assembler, rm_at(RCX, 0));
    load_base(assembler, rm_at(RSP, (int32_t)base_offset), near);
}

static void load_element_inline(struct assembler *assembler, const struct table_place *place) {
    x86_64_arithmetic_constant(assembler, DO_CMP, false, rm_register(RAX), (int32_t)place->size);
    x86_64_jump_if(assembler, IF_ABOVE_EQUAL, assembler_trap(assembler, TRAP_UNDEFINED_ELEMENT));
    x86_64_encode(assembler, 0x8B, WIDE, RAX, rm_indexed(R15, RAX, 3, -(int32_t)place->elements));
}

static void load_element(struct assembler *assembler, const struct table_place *place) {
    x86_64_encode(assembler, 0x8B, WIDE, RCX, rm_at(R15, -(int32_t)place->table));
    x86_64_arithmetic(assembler, DO_CMP, false, RAX, rm_at(RCX, offsetof(struct table, size)));
    x86_64_jump_if(assembler, IF_ABOVE_EQUAL, assembler_trap(assembler, TRAP_UNDEFINED_ELEMENT));
    x86_64_encode(assembler, 0x8B, WIDE, RCX, rm_at(RCX, offsetof(struct table, elements)));
    x86_64_encode(assembler, 0x8B, WIDE, RAX, rm_indexed(RCX, RAX, 3, 0));
}

void x86_64_table_function(struct assembler *assembler, const struct table_place *place) {
    if (place->inlined) {
        load_element_inline(assembler, place);
    } else {
        load_element(assembler, place);
    }
    x86_64_test(assembler, true, RAX, RAX);
    x86_64_jump_if(assembler, IF_EQUAL, assembler_trap(assembler, TRAP_UNINITIALIZED_ELEMENT));
    x86_64_encode(assembler, 0x8B, WIDE, RCX, HEADER_FIELD(types));
    x86_64_encode(assembler, 0x8B, WIDE, RCX, rm_at(RCX, (int32_t)(8 * place->type)));
    x86_64_arithmetic(assembler, DO_CMP, true, RCX, rm_at(RAX, offsetof(struct function, type)));
    x86_64_jump_if(assembler, IF_NOT_EQUAL, assembler_trap(assembler, TRAP_INDIRECT_CALL_TYPE));
}

void x86_64_call_helper(struct assembler *assembler, uint32_t helper) {
    x86_64_encode(assembler, 0x8B, WIDE, RAX, HEADER_FIELD(context));
    x86_64_constant(assembler, RCX, helper);
    call_through(assembler, rm_at(RAX, offsetof(struct context, stub_helper)));
}

void x86_64_call_leaf(struct assembler *assembler, enum leaf leaf) {
    x86_64_encode(assembler, 0x8B, WIDE, RCX, HEADER_FIELD(context));
    x86_64_encode(assembler, 0xFF, NARROW, 2,
                  rm_at(RCX, (int32_t)(offsetof(struct context, stub_leaves) + 8 * leaf)));
    x86_64_jump_if(assembler, IF_BELOW, assembler_trap(assembler, TRAP_MEMORY_OUT_OF_BOUNDS));
}
