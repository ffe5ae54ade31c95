/* SPDX-License-Identifier: MIT */
/*
 * Frames and calls. The layout of a frame is in <engine/target.h>. A call leaves the return address
 * in ra; every function puts it where others find it pushed, so that a stack trace needs no
 * register. Frames beyond 12 bits of offset are made in two steps, the saved registers in the
 * first.
 *
 * A direct call reads the slot each time: ld t0, -slots(s11); ld t0, 8 * i(t0); jalr t0.
 */
#include "encode.h"
#include <base/checked.h>
#include <engine/instance.h>

static_assert(offsetof(struct context, stack_limit) == 0);

constexpr uint32_t LINKAGE_SIZE = 16;
constexpr uint32_t STEP_MAX = 2032;

/* Bytes by which sp moves first: all, or the linkage and what is saved. */
static uint32_t first_step(const struct frame_plan *plan) {
    uint32_t saved = (uint32_t)__builtin_popcountll(plan->saved) + plan->keeps_base;
    uint32_t size = plan->size + LINKAGE_SIZE;
    return size <= STEP_MAX ? size : (uint32_t)align_up(8 * saved, LINKAGE_SIZE) + LINKAGE_SIZE;
}

/* Stores or loads the saved registers, `top` bytes above sp. */
static void move_saved(struct assembler *assembler, const struct frame_plan *plan, uint32_t top,
                       bool stores) {
    int32_t offset = (int32_t)top - (plan->keeps_base ? 8 : 0);
    for (uint8_t reg = 0; reg < REGISTER_NONE; reg++) {
        bool is_float = reg >= REGISTER_FLOAT;
        if (!(plan->saved & set_of(reg))) {
            continue;
        }
        offset -= 8;
        if (stores) {
            riscv64_store(assembler, is_float ? DO_FSD : DO_SD, reg, SP, offset);
        } else {
            riscv64_load(assembler, is_float ? DO_FLD : DO_LD, reg, SP, offset);
        }
    }
}

static void move_sp(struct assembler *assembler, int64_t distance) {
    if (riscv64_fits(distance)) {
        riscv64_add_number(assembler, SP, SP, distance);
        return;
    }
    riscv64_constant(assembler, T0, (uint64_t)distance);
    riscv64_register(assembler, DO_ADD, SP, SP, T0);
}

static void check_stack(struct assembler *assembler) {
    riscv64_load(assembler, DO_LD, T0, BASE, HEADER_FIELD(context));
    riscv64_load(assembler, DO_LD, T0, T0, 0);
    riscv64_branch_if(assembler, DO_BLTU, SP, T0, assembler_trap(assembler, TRAP_STACK_OVERFLOW));
}

void riscv64_prologue(struct assembler *assembler, const struct frame_plan *plan, uint32_t *size) {
    uint32_t step = first_step(plan), top = step - LINKAGE_SIZE;
    move_sp(assembler, -(int64_t)step);
    riscv64_store(assembler, DO_SD, RA, SP, (int32_t)top);
    if (plan->keeps_base) {
        riscv64_store(assembler, DO_SD, BASE, SP, (int32_t)top - 8);
    }
    move_saved(assembler, plan, top, true);
    move_sp(assembler, (int64_t)top - plan->size);
    *size = assembler->size;
    if (plan->checks_stack) {
        check_stack(assembler);
    }
}

/* Takes the frame down; the return address is in ra. */
void riscv64_leave(struct assembler *assembler, const struct frame_plan *plan) {
    uint32_t step = first_step(plan), top = step - LINKAGE_SIZE;
    move_sp(assembler, (int64_t)plan->size - top);
    move_saved(assembler, plan, top, false);
    riscv64_load(assembler, DO_LD, RA, SP, (int32_t)top);
    move_sp(assembler, step);
}

void riscv64_epilogue(struct assembler *assembler, const struct frame_plan *plan) {
    riscv64_leave(assembler, plan);
    riscv64_return(assembler);
}

void riscv64_zero_frame(struct assembler *assembler, uint32_t offset, uint32_t words) {
    constexpr uint32_t FEW = 12;
    if (words <= FEW && riscv64_fits((int64_t)offset + 8 * words)) {
        for (uint32_t i = 0; i < words; i++) {
            riscv64_store(assembler, DO_SD, ZERO, SP, (int32_t)(offset + 8 * i));
        }
        return;
    }
    riscv64_add_number(assembler, T0, SP, offset);
    riscv64_constant(assembler, T1, (uint64_t)8 * words);
    riscv64_register(assembler, DO_ADD, T1, T1, T0);
    struct label loop = label_unbound();
    label_bind(assembler, &loop);
    riscv64_store(assembler, DO_SD, ZERO, T0, 0);
    riscv64_number(assembler, DO_ADDI, T0, T0, 8);
    riscv64_branch_if(assembler, DO_BNE, T0, T1, &loop);
}

static void call_through(struct assembler *assembler, uint8_t slot, int64_t offset) {
    if (!riscv64_fits(offset)) {
        riscv64_add_number(assembler, T1, slot, offset);
        slot = T1;
        offset = 0;
    }
    riscv64_load(assembler, DO_LD, T1, slot, (int32_t)offset);
    riscv64_jump_to(assembler, RA, T1);
    assembler_site(assembler, assembler->size, TRAP_NONE);
}

void riscv64_call_defined(struct assembler *assembler, uint32_t defined) {
    riscv64_load(assembler, DO_LD, T0, BASE, HEADER_FIELD(slots));
    call_through(assembler, T0, 8 * (int64_t)defined);
}

/* A load of the base is as quick here as a comparison with what it most likely is. */
void riscv64_call_function(struct assembler *assembler, uint32_t base_offset, bool near) {
    riscv64_load(assembler, DO_LD, T0, A0, offsetof(struct function, slot));
    riscv64_load(assembler, DO_LD, BASE, A0, offsetof(struct function, base));
    call_through(assembler, T0, 0);
    struct address base = {.kind = ADDRESS_FRAME, .offset = base_offset};
    struct place place = riscv64_place_of(assembler, &base);
    riscv64_load(assembler, DO_LD, BASE, place.base, place.offset);
}

/* a0 = the element at `elements` + 8 * a0 */
static void load_element(struct assembler *assembler, uint8_t elements, int64_t offset) {
    riscv64_number(assembler, DO_SLLI, A0, A0, 3);
    riscv64_register(assembler, DO_ADD, A0, A0, elements);
    if (!riscv64_fits(offset)) {
        riscv64_constant(assembler, T0, (uint64_t)offset);
        riscv64_register(assembler, DO_ADD, A0, A0, T0);
        offset = 0;
    }
    riscv64_load(assembler, DO_LD, A0, A0, (int32_t)offset);
}

static void find_element(struct assembler *assembler, const struct table_place *place) {
    struct label *outside = assembler_trap(assembler, TRAP_UNDEFINED_ELEMENT);
    if (place->inlined) {
        struct operand size = {.kind = OPERAND_CONSTANT, .bits = place->size};
        uint8_t most = riscv64_operand(assembler, &size, false, T0);
        riscv64_branch_if(assembler, DO_BGEU, A0, most, outside);
        load_element(assembler, BASE, -(int64_t)place->elements);
        return;
    }
    struct address table = {.kind = ADDRESS_INSTANCE, .offset = place->table};
    struct place at = riscv64_place_of(assembler, &table);
    riscv64_load(assembler, DO_LD, T1, at.base, at.offset);
    riscv64_load(assembler, DO_LW, T0, T1, offsetof(struct table, size));
    riscv64_branch_if(assembler, DO_BGEU, A0, T0, outside);
    riscv64_load(assembler, DO_LD, T1, T1, offsetof(struct table, elements));
    load_element(assembler, T1, 0);
}

void riscv64_table_function(struct assembler *assembler, const struct table_place *place) {
    find_element(assembler, place);
    riscv64_branch_if(assembler, DO_BEQ, A0, ZERO,
                      assembler_trap(assembler, TRAP_UNINITIALIZED_ELEMENT));
    riscv64_load(assembler, DO_LD, T0, BASE, HEADER_FIELD(types));
    struct address type = {.kind = ADDRESS_POINTER, .reg = T0, .offset = 8 * (uint64_t)place->type};
    struct place at = riscv64_place_of(assembler, &type);
    riscv64_load(assembler, DO_LD, T0, at.base, at.offset);
    riscv64_load(assembler, DO_LD, T1, A0, offsetof(struct function, type));
    riscv64_branch_if(assembler, DO_BNE, T0, T1,
                      assembler_trap(assembler, TRAP_INDIRECT_CALL_TYPE));
}

void riscv64_call_helper(struct assembler *assembler, uint32_t helper) {
    riscv64_load(assembler, DO_LD, T0, BASE, HEADER_FIELD(context));
    riscv64_constant(assembler, T2, helper);
    call_through(assembler, T0, offsetof(struct context, stub_helper));
}

/* The leaf answers in t0: 0 unless it is out of bounds. */
void riscv64_call_leaf(struct assembler *assembler, enum leaf leaf) {
    riscv64_load(assembler, DO_LD, T0, BASE, HEADER_FIELD(context));
    riscv64_load(assembler, DO_LD, T0, T0,
                 (int32_t)(offsetof(struct context, stub_leaves) + 8 * leaf));
    riscv64_jump_to(assembler, RA, T0);
    riscv64_branch_if(assembler, DO_BNE, T0, ZERO,
                      assembler_trap(assembler, TRAP_MEMORY_OUT_OF_BOUNDS));
}
