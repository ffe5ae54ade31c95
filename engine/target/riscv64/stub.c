/* SPDX-License-Identifier: MIT */
/*
 * The ways into and out of wasm (<engine/context.h>): entry, trap exit, gates, helpers, lazy
 * compilation. They are made once per engine and hold addresses of C functions, so they belong to
 * this run only, unlike the code of functions. C functions follow the LP64D convention, or LP64
 * where C has no floats: either preserves s0-s11 and, by using them not at all, fs0-fs11. Each way
 * out puts the return address where a call would have pushed it.
 *
 *   kernel stack while wasm runs:      context->kernel_sp -> struct entry *
 *                                                            return address into context_enter
 *                                                            s0-s11
 *                                                            fs0-fs11
 *   process stack within a gate:      context->process_sp -> return address
 *                                                            where the gate goes on
 */
#include "encode.h"
#include <engine/instance.h>

#define CONTEXT(field) ((int32_t)offsetof(struct context, field))
#define ENTRY(field)   ((int32_t)offsetof(struct entry, field))

static constexpr uint8_t c_saved[] = {S0, S1, S2, S3, S4, S5, S6, S7, S8, S9, S10, S11};
static constexpr uint8_t c_saved_float[] = {FS0, FS1, FS2, FS3, FS4,  FS5,
                                            FS6, FS7, FS8, FS9, FS10, FS11};
constexpr uint32_t C_SAVED_COUNT = sizeof c_saved;
constexpr uint32_t C_SAVED_FLOAT_COUNT = sizeof c_saved_float;
constexpr int32_t ENTRY_SAVED = 16, ENTRY_SAVED_FLOAT = ENTRY_SAVED + 8 * C_SAVED_COUNT;
constexpr int32_t ENTRY_SIZE = ENTRY_SAVED_FLOAT + 8 * C_SAVED_FLOAT_COUNT;
constexpr int32_t LINKAGE_SIZE = 16, LINKAGE_RESUME = 8;
static_assert(ENTRY_SIZE % 16 == 0 && ENTRY_SAVED == RISCV64_ENTRY_FRAME_POINTER);
static_assert(C_SAVED_COUNT <= sizeof(((struct context *)0)->saved) / 8);
static_assert(C_SAVED_FLOAT_COUNT <= sizeof(((struct context *)0)->saved_float) / 8);
static_assert(TRAP_NONE == 0);

static void load(struct assembler *assembler, uint8_t to, uint8_t base, int32_t offset) {
    riscv64_load(assembler, to >= REGISTER_FLOAT ? DO_FLD : DO_LD, to, base, offset);
}

static void store(struct assembler *assembler, uint8_t from, uint8_t base, int32_t offset) {
    riscv64_store(assembler, from >= REGISTER_FLOAT ? DO_FSD : DO_SD, from, base, offset);
}

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

static void leave_entry(struct assembler *assembler) {
    load(assembler, RA, SP, RISCV64_ENTRY_RETURN);
    move_c_saved(assembler, SP, ENTRY_SAVED, ENTRY_SAVED_FLOAT, false);
    move_sp(assembler, ENTRY_SIZE);
    riscv64_return(assembler);
}

/* a0: context, a1: entry. */
void riscv64_stub_enter(struct assembler *assembler) {
    move_sp(assembler, -ENTRY_SIZE);
    store(assembler, A1, SP, 0);
    store(assembler, RA, SP, RISCV64_ENTRY_RETURN);
    move_c_saved(assembler, SP, ENTRY_SAVED, ENTRY_SAVED_FLOAT, true);
    store(assembler, SP, A0, CONTEXT(kernel_sp));
    load(assembler, SP, A1, ENTRY(sp));
    load(assembler, A0, A1, ENTRY(function));
    load(assembler, BASE, A0, offsetof(struct function, base));
    load(assembler, T0, A0, offsetof(struct function, slot));
    load(assembler, T0, T0, 0);
    move_arguments(assembler, A1, ENTRY(integers), ENTRY(floats), false);
    riscv64_jump_to(assembler, RA, T0);
    load(assembler, T0, BASE, HEADER_FIELD(context));
    load(assembler, SP, T0, CONTEXT(kernel_sp));
    load(assembler, T1, SP, 0);
    store(assembler, A0, T1, ENTRY(result_integer));
    store(assembler, FA0, T1, ENTRY(result_float));
    riscv64_constant(assembler, A0, TRAP_NONE);
    leave_entry(assembler);
}

/* a0: context. Returns its trap from the entry stub. */
void riscv64_stub_trap(struct assembler *assembler) {
    load(assembler, SP, A0, CONTEXT(kernel_sp));
    riscv64_load(assembler, DO_LW, A0, A0, CONTEXT(trap));
    leave_entry(assembler);
}

/* A C function set context->trap (context in a0): the trap belongs to the call that led here. */
static void trap_at_call(struct assembler *assembler) {
    load(assembler, T0, A0, CONTEXT(process_sp));
    load(assembler, T1, T0, 0);
    store(assembler, T1, A0, CONTEXT(trap_pc));
    riscv64_number(assembler, DO_ADDI, T0, T0, LINKAGE_SIZE);
    store(assembler, T0, A0, CONTEXT(trap_sp));
    riscv64_stub_trap(assembler);
}

/* From the process stack to the kernel stack; the context is in t0. */
static void leave_process(struct assembler *assembler) {
    store(assembler, SP, T0, CONTEXT(process_sp));
    load(assembler, SP, T0, CONTEXT(kernel_sp));
}

/* Back to where the process was; the context is in t0. */
static void enter_process(struct assembler *assembler) {
    load(assembler, SP, T0, CONTEXT(process_sp));
}

static void push_return(struct assembler *assembler) {
    move_sp(assembler, -LINKAGE_SIZE);
    store(assembler, RA, SP, 0);
}

static void pop_return(struct assembler *assembler) {
    load(assembler, RA, SP, 0);
    move_sp(assembler, LINKAGE_SIZE);
}

/* Hops when a C function has set the trap of the context in t0. */
static uint32_t hop_if_trapped(struct assembler *assembler) {
    riscv64_load(assembler, DO_LW, T1, T0, CONTEXT(trap));
    return riscv64_hop_if(assembler, DO_BNE, T1, ZERO);
}

static void trapped(struct assembler *assembler, uint32_t hop) {
    riscv64_land(assembler, hop);
    riscv64_move(assembler, A0, T0);
    trap_at_call(assembler);
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

/* t0: context, sp: its process's. */
static void gate_resume(struct assembler *assembler, const struct function_type *type) {
    move_c_saved(assembler, T0, CONTEXT(saved), CONTEXT(saved_float), false);
    pop_return(assembler);
    for (uint32_t i = 0; i < type->result_count; i++) {
        load_result(assembler, type->results[i], i);
    }
    riscv64_return(assembler);
}

/* a0: function object of the gate, s11: its base. The C function may answer another context: then
 * that one goes on, where its own gate left off. */
void riscv64_stub_gate(struct assembler *assembler, const struct function_type *type) {
    load(assembler, T0, BASE, HEADER_FIELD(context));
    push_return(assembler);
    store_parameters(assembler, type);
    move_c_saved(assembler, T0, CONTEXT(saved), CONTEXT(saved_float), true);
    uint32_t resume = riscv64_address_of(assembler, T1);
    store(assembler, T1, SP, LINKAGE_RESUME);
    leave_process(assembler);
    riscv64_move(assembler, A1, A0);
    riscv64_move(assembler, A0, T0);
    riscv64_number(assembler, DO_ADDI, A2, T0, CONTEXT(values));
    load(assembler, T1, A1, offsetof(struct function, gate));
    riscv64_jump_to(assembler, RA, T1);
    riscv64_move(assembler, T0, A0);
    store(assembler, SP, T0, CONTEXT(kernel_sp));
    uint32_t hop = hop_if_trapped(assembler);
    enter_process(assembler);
    load(assembler, T1, SP, LINKAGE_RESUME);
    riscv64_jump_to(assembler, ZERO, T1);
    riscv64_place_here(assembler, resume);
    gate_resume(assembler, type);
    trapped(assembler, hop);
}

/* Calls C with (context, instance, a2, a3); the context is in t0 before, and again behind. */
static void call_c(struct assembler *assembler, uintptr_t function) {
    push_return(assembler);
    leave_process(assembler);
    riscv64_move(assembler, A0, T0);
    load(assembler, A1, BASE, HEADER_FIELD(instance));
    riscv64_constant(assembler, T1, function);
    riscv64_jump_to(assembler, RA, T1);
    load(assembler, T0, BASE, HEADER_FIELD(context));
}

/* t0: context, t2: number of the helper. C: (context, instance, values, number). */
void riscv64_stub_helper(struct assembler *assembler, uintptr_t function) {
    riscv64_number(assembler, DO_ADDI, A2, T0, CONTEXT(values));
    riscv64_move(assembler, A3, T2);
    call_c(assembler, function);
    uint32_t hop = hop_if_trapped(assembler);
    enter_process(assembler);
    pop_return(assembler);
    riscv64_return(assembler);
    trapped(assembler, hop);
}

/* t2: index, s11: base of the instance. C: (context, instance, index) -> where the code is. */
static void lazy_common(struct assembler *assembler, uintptr_t function) {
    load(assembler, T0, BASE, HEADER_FIELD(context));
    move_arguments(assembler, T0, CONTEXT(saved), CONTEXT(saved_float), true);
    riscv64_move(assembler, A2, T2);
    call_c(assembler, function);
    uint32_t hop = hop_if_trapped(assembler);
    move_arguments(assembler, T0, CONTEXT(saved), CONTEXT(saved_float), false);
    enter_process(assembler);
    pop_return(assembler);
    riscv64_jump_to(assembler, ZERO, A0);
    trapped(assembler, hop);
}

/* The index takes 4 to 8 bytes: all stubs are as long as the longest. */
void riscv64_stub_lazy(struct assembler *assembler, uint32_t first, uint32_t count,
                       uintptr_t function) {
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
    lazy_common(assembler, function);
}
