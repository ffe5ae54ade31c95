/* SPDX-License-Identifier: MIT */
/*
 * The ways into and out of wasm (<engine/context.h>), but for preemption: preempt.c. They are made
 * once per engine and hold addresses of C functions, so they belong to this run only, unlike the
 * code of functions. C functions follow the LP64D convention, or LP64 where C has no floats: either
 * preserves s0-s11 and, by using them not at all, fs0-fs11. Each way out puts the return address
 * where a call would have pushed it.
 *
 * A context goes on with itself in s1. What tells where to go on is stored only when the stack is
 * the kernel's: before that the process can still be preempted, which stores the same.
 *
 *   kernel stack while wasm runs:      context->kernel_sp -> return address of context_go
 *                                                            s0-s11
 *                                                            fs0-fs11
 *                                                            unused
 *   process stack within a gate:      context->process_sp -> return address
 *                                                            unused
 */
#include "stub.h"

static constexpr uint8_t c_saved[] = {S0, S1, S2, S3, S4, S5, S6, S7, S8, S9, S10, S11};
static constexpr uint8_t c_saved_float[] = {FS0, FS1, FS2, FS3, FS4,  FS5,
                                            FS6, FS7, FS8, FS9, FS10, FS11};
constexpr uint32_t C_SAVED_COUNT = sizeof c_saved;
constexpr uint32_t C_SAVED_FLOAT_COUNT = sizeof c_saved_float;
constexpr int32_t ENTRY_SAVED = 8, ENTRY_SAVED_FLOAT = ENTRY_SAVED + 8 * C_SAVED_COUNT;
constexpr int32_t ENTRY_SIZE = ENTRY_SAVED_FLOAT + 8 * C_SAVED_FLOAT_COUNT + 8;
constexpr int32_t LINKAGE_SIZE = 16;
static_assert(ENTRY_SIZE % 16 == 0 && ENTRY_SAVED == RISCV64_ENTRY_FRAME_POINTER);
static_assert(RISCV64_ENTRY_RETURN == 0);
static_assert(C_SAVED_COUNT <= sizeof(((struct context *)0)->saved) / 8);
static_assert(C_SAVED_FLOAT_COUNT <= sizeof(((struct context *)0)->saved_float) / 8);
static_assert(TRAP_NONE == 0);

static void move_sp(struct assembler *assembler, int32_t distance) {
    riscv64_number(assembler, DO_ADDI, SP, SP, distance);
}

/* Registers to or from consecutive words. */
static void move_registers(struct assembler *assembler, const uint8_t *registers, uint32_t count,
                           uint8_t base, int32_t offset, bool stores) {
    for (uint32_t i = 0; i < count; i++) {
        (stores ? store : load)(assembler, registers[i], base, offset + 8 * (int32_t)i);
    }
}

static void move_c_saved(struct assembler *assembler, uint8_t base, int32_t integers,
                         int32_t floats, bool stores) {
    move_registers(assembler, c_saved, C_SAVED_COUNT, base, integers, stores);
    move_registers(assembler, c_saved_float, C_SAVED_FLOAT_COUNT, base, floats, stores);
}

static void move_arguments(struct assembler *assembler, uint8_t base, int32_t integers,
                           int32_t floats, bool stores) {
    const struct target *target = assembler->target;
    move_registers(assembler, target->integer_parameters, target->integer_parameter_count, base,
                   integers, stores);
    move_registers(assembler, target->float_parameters, target->float_parameter_count, base, floats,
                   stores);
}

static void call(struct assembler *assembler, uintptr_t function) {
    riscv64_constant(assembler, T1, function);
    riscv64_jump_to(assembler, RA, T1);
}

/* When a C function has set the trap of that context. */
static void jump_if_trapped(struct assembler *assembler, uint8_t context, struct label *trapped) {
    riscv64_load(assembler, DO_LW, T1, context, CONTEXT(trap));
    riscv64_branch_if(assembler, DO_BNE, T1, ZERO, trapped);
}

static void stop_here(struct assembler *assembler, const struct stub_links *links,
                      struct label *trapped) {
    label_bind(assembler, trapped);
    riscv64_move(assembler, A0, S1);
    jump_to_stub(assembler, links->stop);
}

/* a0: context. */
void riscv64_stub_go(struct assembler *assembler, const struct stub_links *links) {
    move_sp(assembler, -ENTRY_SIZE);
    store(assembler, RA, SP, RISCV64_ENTRY_RETURN);
    move_c_saved(assembler, SP, ENTRY_SAVED, ENTRY_SAVED_FLOAT, true);
    jump_to_stub(assembler, links->next);
}

static void return_to_core(struct assembler *assembler) {
    load(assembler, RA, SP, RISCV64_ENTRY_RETURN);
    move_c_saved(assembler, SP, ENTRY_SAVED, ENTRY_SAVED_FLOAT, false);
    move_sp(assembler, ENTRY_SIZE);
    riscv64_return(assembler);
}

/* a0: context; from `next` on: the one that goes on, or NULL. */
uint32_t riscv64_stub_stop(struct assembler *assembler, const struct stub_links *links) {
    struct label stop = label_unbound(), leave = label_unbound();
    label_bind(assembler, &stop);
    mask(assembler, links);
    call(assembler, links->stopped);
    uint32_t next = assembler->size;
    riscv64_branch_if(assembler, DO_BEQ, A0, ZERO, &leave);
    store(assembler, SP, A0, CONTEXT(kernel_sp));
    jump_if_trapped(assembler, A0, &stop);
    riscv64_move(assembler, S1, A0);
    load(assembler, T1, S1, CONTEXT(resume));
    riscv64_jump_to(assembler, ZERO, T1);
    label_bind(assembler, &leave);
    return_to_core(assembler);
    return next;
}

/* From the process stack to the kernel stack; the context is in t0. */
static void leave_process(struct assembler *assembler, const struct stub_links *links) {
    store(assembler, SP, T0, CONTEXT(process_sp));
    mask(assembler, links);
    load(assembler, SP, T0, CONTEXT(kernel_sp));
}

/* Back to where the process was, and its return address; the context is in t0. */
static void enter_process(struct assembler *assembler, const struct stub_links *links) {
    load(assembler, SP, T0, CONTEXT(process_sp));
    unmask(assembler, links);
    load(assembler, RA, SP, 0);
    move_sp(assembler, LINKAGE_SIZE);
}

static void push_return(struct assembler *assembler) {
    move_sp(assembler, -LINKAGE_SIZE);
    store(assembler, RA, SP, 0);
}

void riscv64_stub_start(struct assembler *assembler, const struct stub_links *links) {
    riscv64_move(assembler, T0, S1);
    move_arguments(assembler, T0, CONTEXT(saved), CONTEXT(saved_float), false);
    load(assembler, A0, T0, CONTEXT(function));
    load(assembler, BASE, A0, offsetof(struct function, base));
    enter_process(assembler, links);
    load(assembler, T2, A0, offsetof(struct function, slot));
    load(assembler, T2, T2, 0);
    riscv64_jump_to(assembler, ZERO, T2);
}

void riscv64_stub_finish(struct assembler *assembler, const struct stub_links *links) {
    load(assembler, T0, BASE, HEADER_FIELD(context));
    store(assembler, A0, T0, CONTEXT(results));
    store(assembler, FA0, T0, CONTEXT(results) + 8);
    store(assembler, ZERO, T0, CONTEXT(process_sp));
    mask(assembler, links);
    load(assembler, SP, T0, CONTEXT(kernel_sp));
    riscv64_move(assembler, A0, T0);
    jump_to_stub(assembler, links->stop);
}

static bool is_narrow(enum value_type type) {
    return type == TYPE_I32 || type == TYPE_F32;
}

/* To context->values, with a zero upper half; the context is in t0. */
static void store_parameter(struct assembler *assembler, enum value_type type, uint8_t reg,
                            uint32_t word, uint32_t index) {
    int32_t to = CONTEXT(values) + 8 * (int32_t)index;
    if (reg == REGISTER_NONE) {
        riscv64_load(assembler, is_narrow(type) ? DO_LWU : DO_LD, T1, SP,
                     LINKAGE_SIZE + 8 * (int32_t)word);
        store(assembler, T1, T0, to);
        return;
    }
    if (!is_narrow(type)) {
        store(assembler, reg, T0, to);
        return;
    }
    store(assembler, ZERO, T0, to);
    riscv64_store(assembler, type == TYPE_F32 ? DO_FSW : DO_SW, reg, T0, to);
}

static void store_parameters(struct assembler *assembler, const struct function_type *type) {
    struct convention convention = {0};
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        uint32_t word;
        uint8_t reg = convention_next(&convention, assembler->target, type->parameters[i], &word);
        store_parameter(assembler, type->parameters[i], reg, word, i);
    }
}

static void load_result(struct assembler *assembler, enum value_type type, uint32_t index) {
    int32_t from = CONTEXT(values) + 8 * (int32_t)index;
    bool narrow = is_narrow(type);
    if (index != 0) {
        load(assembler, T1, T0, from);
        store(assembler, T1, SP, 8 * (int32_t)(index - 1));
    } else if (type_is_float(type)) {
        riscv64_load(assembler, narrow ? DO_FLW : DO_FLD, FA0, T0, from);
    } else {
        riscv64_load(assembler, narrow ? DO_LW : DO_LD, A0, T0, from);
    }
}

/* a0: function object of the gate, s11: its base. When C answers its caller, the registers that a
 * call preserves are as they were, but for s1. */
void riscv64_stub_gate(struct assembler *assembler, const struct stub_links *links,
                       const struct function_type *type) {
    struct label other = label_unbound(), trapped = label_unbound();
    load(assembler, T0, BASE, HEADER_FIELD(context));
    push_return(assembler);
    store_parameters(assembler, type);
    move_c_saved(assembler, T0, CONTEXT(saved), CONTEXT(saved_float), true);
    leave_process(assembler, links);
    uint32_t resume = riscv64_address_of(assembler, T1);
    store(assembler, T1, T0, CONTEXT(resume));
    riscv64_move(assembler, S1, T0);
    riscv64_move(assembler, A1, A0);
    riscv64_move(assembler, A0, T0);
    riscv64_number(assembler, DO_ADDI, A2, T0, CONTEXT(values));
    load(assembler, T1, A1, offsetof(struct function, gate));
    riscv64_jump_to(assembler, RA, T1);
    riscv64_branch_if(assembler, DO_BNE, A0, S1, &other);
    load(assembler, T0, S1, CONTEXT(kernel_sp));
    riscv64_branch_if(assembler, DO_BNE, T0, SP, &other); /* it has run elsewhere meanwhile */
    jump_if_trapped(assembler, S1, &trapped);
    riscv64_move(assembler, T0, S1);
    load(assembler, S1, T0, CONTEXT(saved) + 8);
    uint32_t same = riscv64_hop(assembler);
    riscv64_place_here(assembler, resume);
    riscv64_move(assembler, T0, S1);
    move_c_saved(assembler, T0, CONTEXT(saved), CONTEXT(saved_float), false);
    riscv64_land(assembler, same);
    enter_process(assembler, links);
    for (uint32_t i = 0; i < type->result_count; i++) {
        load_result(assembler, type->results[i], i);
    }
    riscv64_return(assembler);
    label_bind(assembler, &other);
    jump_to_stub(assembler, links->next);
    stop_here(assembler, links, &trapped);
}

/* Calls C with (context, instance, a2, a3); the context is in t0 before, and again behind. */
static void call_c(struct assembler *assembler, uintptr_t function, struct label *trapped) {
    riscv64_move(assembler, S1, T0);
    riscv64_move(assembler, A0, T0);
    load(assembler, A1, BASE, HEADER_FIELD(instance));
    call(assembler, function);
    jump_if_trapped(assembler, S1, trapped);
    riscv64_move(assembler, T0, S1);
}

/* t0: context, t2: number of the helper. C: (context, instance, values, number). */
void riscv64_stub_helper(struct assembler *assembler, const struct stub_links *links) {
    struct label trapped = label_unbound();
    store(assembler, S1, T0, CONTEXT(saved));
    push_return(assembler);
    leave_process(assembler, links);
    riscv64_number(assembler, DO_ADDI, A2, T0, CONTEXT(values));
    riscv64_move(assembler, A3, T2);
    call_c(assembler, links->help, &trapped);
    load(assembler, S1, T0, CONTEXT(saved));
    enter_process(assembler, links);
    riscv64_return(assembler);
    stop_here(assembler, links, &trapped);
}

/* t2: index, s11: base of the instance. C: (context, instance, index) -> where the code is. */
static void lazy_common(struct assembler *assembler, const struct stub_links *links) {
    constexpr int32_t S1_AT = CONTEXT(saved) + 8 * TARGET_PARAMETERS_MAX;
    struct label trapped = label_unbound();
    load(assembler, T0, BASE, HEADER_FIELD(context));
    move_arguments(assembler, T0, CONTEXT(saved), CONTEXT(saved_float), true);
    store(assembler, S1, T0, S1_AT);
    push_return(assembler);
    leave_process(assembler, links);
    unmask(assembler, links);
    riscv64_move(assembler, A2, T2);
    call_c(assembler, links->compile, &trapped);
    mask(assembler, links);
    move_arguments(assembler, T0, CONTEXT(saved), CONTEXT(saved_float), false);
    load(assembler, S1, T0, S1_AT);
    enter_process(assembler, links);
    riscv64_jump_to(assembler, ZERO, A0);
    stop_here(assembler, links, &trapped);
}

/* The index takes 4 to 8 bytes: all stubs are as long as the longest. */
void riscv64_stub_lazy(struct assembler *assembler, const struct stub_links *links, uint32_t first,
                       uint32_t count) {
    struct label common = label_unbound();
    for (uint32_t i = 0; i < count; i++) {
        uint32_t start = assembler->size;
        riscv64_constant(assembler, T2, first + i);
        while (assembler->size - start < assembler->target->stub_lazy_size - 4 &&
               !assembler->failed) {
            riscv64_nop(assembler);
        }
        riscv64_jump(assembler, &common);
    }
    label_bind(assembler, &common);
    lazy_common(assembler, links);
}
