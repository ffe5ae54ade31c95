/* SPDX-License-Identifier: MIT */
/*
 * The ways into and out of wasm (<engine/context.h>): entry, trap exit, gates, helpers, lazy
 * compilation. They are made once per engine and hold addresses of C functions, so they belong to
 * this run only, unlike the code of functions. C functions follow the System V convention, which
 * destroys all float registers; ours preserves xmm10-15 over calls.
 *
 *   kernel stack while wasm runs:      context->kernel_sp -> struct entry *
 *                                                            r15 r14 r13 r12 rbp rbx
 *                                                            return address into context_enter
 */
#include "encode.h"
#include <engine/instance.h>

#define CONTEXT_AT(reg, field) rm_at(reg, (int32_t)offsetof(struct context, field))
#define ENTRY_AT(reg, field)   rm_at(reg, (int32_t)offsetof(struct entry, field))

static constexpr uint8_t c_saved[] = {RBX, RBP, R12, R13, R14, R15};
constexpr uint32_t C_SAVED_COUNT = sizeof c_saved;
static_assert(X86_64_ENTRY_FRAME_POINTER == 8 * (C_SAVED_COUNT - 1) && c_saved[1] == RBP);
static_assert(X86_64_ENTRY_RETURN == 8 * (C_SAVED_COUNT + 1)); /* above struct entry * and these */
constexpr uint32_t SAVED_RESUME = C_SAVED_COUNT; /* in context->saved: where a gate goes on */

static void load(struct assembler *assembler, uint8_t to, struct rm from) {
    x86_64_encode(assembler, 0x8B, WIDE, to, from);
}

static void store(struct assembler *assembler, struct rm to, uint8_t from) {
    x86_64_encode(assembler, 0x89, WIDE, from, to);
}

static void load_float(struct assembler *assembler, uint8_t to, struct rm from) {
    x86_64_encode(assembler, 0x0F10, PREFIX_F2, to, from); /* movsd */
}

static void store_float(struct assembler *assembler, struct rm to, uint8_t from) {
    x86_64_encode(assembler, 0x0F11, PREFIX_F2, from, to);
}

static void push(struct assembler *assembler, uint8_t reg) {
    x86_64_encode(assembler, 0xFF, NARROW, 6, rm_register(reg));
}

static void pop(struct assembler *assembler, uint8_t reg) {
    x86_64_encode(assembler, 0x8F, NARROW, 0, rm_register(reg));
}

static void ret(struct assembler *assembler) {
    assembler_room(assembler);
    assembler_u8(assembler, 0xC3);
}

static struct rm saved_at(uint8_t context, uint32_t index) {
    return rm_at(context, (int32_t)(offsetof(struct context, saved) + 8 * index));
}

static struct rm saved_float_at(uint8_t context, uint32_t index) {
    return rm_at(context, (int32_t)(offsetof(struct context, saved_float) + 8 * index));
}

static struct rm value_at(uint8_t context, uint32_t index) {
    return rm_at(context, (int32_t)(offsetof(struct context, values) + 8 * index));
}

static void load_arguments(struct assembler *assembler, uint8_t entry) {
    const struct target *target = assembler->target;
    for (uint32_t i = 0; i < target->float_parameter_count; i++) {
        load_float(assembler, target->float_parameters[i],
                   rm_at(entry, (int32_t)(offsetof(struct entry, floats) + 8 * i)));
    }
    for (uint32_t i = 0; i < target->integer_parameter_count; i++) { /* rsi comes last */
        load(assembler, target->integer_parameters[i],
             rm_at(entry, (int32_t)(offsetof(struct entry, integers) + 8 * i)));
    }
}

static void leave(struct assembler *assembler) {
    for (uint32_t i = C_SAVED_COUNT; i-- > 0;) {
        pop(assembler, c_saved[i]);
    }
    ret(assembler);
}

/* rdi: context, rsi: entry. Seven words on the stack keep it 16-aligned for the gates' C. */
void x86_64_stub_enter(struct assembler *assembler) {
    for (uint32_t i = 0; i < C_SAVED_COUNT; i++) {
        push(assembler, c_saved[i]);
    }
    push(assembler, RSI);
    store(assembler, CONTEXT_AT(RDI, kernel_sp), RSP);
    load(assembler, RSP, ENTRY_AT(RSI, sp));
    load(assembler, RAX, ENTRY_AT(RSI, function));
    load(assembler, R15, rm_at(RAX, offsetof(struct function, base)));
    load(assembler, RCX, rm_at(RAX, offsetof(struct function, slot)));
    load_arguments(assembler, RSI);
    x86_64_encode(assembler, 0xFF, NARROW, 2, rm_at(RCX, 0));
    load(assembler, RCX, HEADER_FIELD(context));
    load(assembler, RSP, CONTEXT_AT(RCX, kernel_sp));
    pop(assembler, RSI);
    store(assembler, ENTRY_AT(RSI, result_integer), RAX);
    store_float(assembler, ENTRY_AT(RSI, result_float), XMM0);
    x86_64_constant(assembler, RAX, TRAP_NONE);
    leave(assembler);
}

/* rdi: context. Returns its trap from the entry stub. */
void x86_64_stub_trap(struct assembler *assembler) {
    load(assembler, RSP, CONTEXT_AT(RDI, kernel_sp));
    x86_64_encode(assembler, 0x8B, NARROW, RAX, CONTEXT_AT(RDI, trap));
    pop(assembler, RSI);
    leave(assembler);
}

/* A C function set context->trap (context in rax): the trap belongs to the call that led here. */
static void trap_at_call(struct assembler *assembler) {
    load(assembler, RCX, CONTEXT_AT(RAX, process_sp));
    load(assembler, RDX, rm_at(RCX, 0));
    store(assembler, CONTEXT_AT(RAX, trap_pc), RDX);
    x86_64_arithmetic_constant(assembler, DO_ADD, true, rm_register(RCX), 8);
    store(assembler, CONTEXT_AT(RAX, trap_sp), RCX);
    x86_64_move(assembler, true, RDI, RAX);
    x86_64_stub_trap(assembler);
}

static struct label jump_if_trapped(struct assembler *assembler, uint8_t context) {
    struct label trapped = label_unbound();
    x86_64_encode(assembler, 0x83, NARROW, DO_CMP, CONTEXT_AT(context, trap));
    assembler_u8(assembler, TRAP_NONE);
    x86_64_jump_if(assembler, IF_NOT_EQUAL, &trapped);
    return trapped;
}

static void move_callee_saved_floats(struct assembler *assembler, uint8_t context, bool saves) {
    for (uint32_t i = 0; i < 6; i++) {
        struct rm at = saved_float_at(context, i);
        if (saves) {
            store_float(assembler, at, (uint8_t)(XMM10 + i));
        } else {
            load_float(assembler, (uint8_t)(XMM10 + i), at);
        }
    }
}

/* Goes through parameters as the convention places them. */
static void store_parameter(struct assembler *assembler, enum value_type type, uint8_t reg,
                            uint32_t word, struct rm to) {
    bool wide = type != TYPE_I32 && type != TYPE_F32;
    if (reg == REGISTER_NONE) {
        x86_64_encode(assembler, 0x8B, wide ? WIDE : NARROW, RDX,
                      rm_at(RSP, (int32_t)(8 + 8 * word)));
        store(assembler, to, RDX);
    } else if (type_is_float(type)) {
        x86_64_from_float(assembler, wide, RDX, reg);
        store(assembler, to, RDX);
    } else {
        store(assembler, to, reg);
    }
}

static void store_parameters(struct assembler *assembler, const struct function_type *type) {
    struct convention convention = {0};
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        uint32_t word;
        uint8_t reg = convention_next(&convention, assembler->target, type->parameters[i], &word);
        store_parameter(assembler, type->parameters[i], reg, word, value_at(RCX, i));
    }
}

static void load_result(struct assembler *assembler, enum value_type type, uint32_t index) {
    struct rm from = value_at(RCX, index);
    bool wide = type != TYPE_I32 && type != TYPE_F32;
    if (index != 0) {
        x86_64_encode(assembler, 0x8B, wide ? WIDE : NARROW, RDX, from);
        store(assembler, rm_at(RSP, (int32_t)(8 * index)), RDX);
    } else if (type_is_float(type)) {
        x86_64_encode(assembler, 0x0F10, wide ? PREFIX_F2 : PREFIX_F3, XMM0, from);
    } else {
        x86_64_encode(assembler, 0x8B, wide ? WIDE : NARROW, RAX, from);
    }
}

static void gate_resume(struct assembler *assembler, const struct function_type *type) {
    for (uint32_t i = 0; i < C_SAVED_COUNT; i++) {
        load(assembler, c_saved[i], saved_at(RCX, i));
    }
    move_callee_saved_floats(assembler, RCX, false);
    for (uint32_t i = 0; i < type->result_count; i++) {
        load_result(assembler, type->results[i], i);
    }
    ret(assembler);
}

/* rax: function object of the gate, r15: its base. The C function may answer another context: then
 * that one goes on, where its own gate left off. */
void x86_64_stub_gate(struct assembler *assembler, const struct function_type *type) {
    load(assembler, RCX, HEADER_FIELD(context));
    store_parameters(assembler, type);
    for (uint32_t i = 0; i < C_SAVED_COUNT; i++) {
        store(assembler, saved_at(RCX, i), c_saved[i]);
    }
    move_callee_saved_floats(assembler, RCX, true);
    struct rm here = rm_at(RBP, 0);
    x86_64_encode(assembler, 0x8D, WIDE, RDX, here); /* lea rdx, [rip + resume]: mod 0, rm 5 */
    assembler->bytes[assembler->size - 2] &= 0x3F;
    assembler->size--;
    uint32_t resume_at = assembler->size;
    assembler_u32(assembler, 0);
    store(assembler, saved_at(RCX, SAVED_RESUME), RDX);
    store(assembler, CONTEXT_AT(RCX, process_sp), RSP);
    load(assembler, RSP, CONTEXT_AT(RCX, kernel_sp));
    x86_64_move(assembler, true, RDI, RCX);
    x86_64_move(assembler, true, RSI, RAX);
    x86_64_encode(assembler, 0x8D, WIDE, RDX, CONTEXT_AT(RCX, values));
    x86_64_encode(assembler, 0xFF, NARROW, 2, rm_at(RAX, offsetof(struct function, gate)));
    store(assembler, CONTEXT_AT(RAX, kernel_sp), RSP);
    struct label trapped = jump_if_trapped(assembler, RAX);
    x86_64_move(assembler, true, RCX, RAX);
    load(assembler, RSP, CONTEXT_AT(RCX, process_sp));
    x86_64_encode(assembler, 0xFF, NARROW, 4, saved_at(RCX, SAVED_RESUME));
    struct label resume = label_unbound();
    label_use(assembler, &resume, resume_at);
    label_bind(assembler, &resume);
    gate_resume(assembler, type);
    label_bind(assembler, &trapped);
    trap_at_call(assembler);
}

/* rax: context, ecx: number of the helper. C: (context, instance, values, number). */
void x86_64_stub_helper(struct assembler *assembler, uintptr_t function) {
    move_callee_saved_floats(assembler, RAX, true);
    store(assembler, CONTEXT_AT(RAX, process_sp), RSP);
    load(assembler, RSP, CONTEXT_AT(RAX, kernel_sp));
    x86_64_move(assembler, true, RDI, RAX);
    load(assembler, RSI, HEADER_FIELD(instance));
    x86_64_encode(assembler, 0x8D, WIDE, RDX, CONTEXT_AT(RAX, values));
    x86_64_constant(assembler, R11, function);
    x86_64_encode(assembler, 0xFF, NARROW, 2, rm_register(R11));
    load(assembler, RCX, HEADER_FIELD(context));
    struct label trapped = jump_if_trapped(assembler, RCX);
    move_callee_saved_floats(assembler, RCX, false);
    load(assembler, RSP, CONTEXT_AT(RCX, process_sp));
    ret(assembler);
    label_bind(assembler, &trapped);
    x86_64_move(assembler, true, RAX, RCX);
    trap_at_call(assembler);
}

/* Argument registers and xmm10-15 to or from the context in rcx. */
static void move_lazy_registers(struct assembler *assembler, bool saves) {
    const struct target *target = assembler->target;
    for (uint32_t i = 0; i < target->integer_parameter_count; i++) {
        uint8_t reg = target->integer_parameters[i];
        x86_64_encode(assembler, saves ? 0x89 : 0x8B, WIDE, reg, saved_at(RCX, i));
    }
    for (uint32_t i = 0; i < target->float_parameter_count; i++) {
        uint8_t reg = target->float_parameters[i];
        x86_64_encode(assembler, saves ? 0x0F11 : 0x0F10, PREFIX_F2, reg,
                      saved_float_at(RCX, 6 + i));
    }
    move_callee_saved_floats(assembler, RCX, saves);
}

/* eax: index, r15: base of the instance. C: (context, instance, index) -> where the code is. */
static void lazy_common(struct assembler *assembler, uintptr_t function) {
    load(assembler, RCX, HEADER_FIELD(context));
    move_lazy_registers(assembler, true);
    store(assembler, CONTEXT_AT(RCX, process_sp), RSP);
    load(assembler, RSP, CONTEXT_AT(RCX, kernel_sp));
    x86_64_move(assembler, true, RDI, RCX);
    load(assembler, RSI, HEADER_FIELD(instance));
    x86_64_move(assembler, false, RDX, RAX);
    x86_64_constant(assembler, RAX, function);
    x86_64_encode(assembler, 0xFF, NARROW, 2, rm_register(RAX));
    load(assembler, RCX, HEADER_FIELD(context));
    struct label trapped = jump_if_trapped(assembler, RCX);
    move_lazy_registers(assembler, false);
    load(assembler, RSP, CONTEXT_AT(RCX, process_sp));
    x86_64_encode(assembler, 0xFF, NARROW, 4, rm_register(RAX));
    label_bind(assembler, &trapped);
    x86_64_move(assembler, true, RAX, RCX);
    trap_at_call(assembler);
}

void x86_64_stub_lazy(struct assembler *assembler, uint32_t first, uint32_t count,
                      uintptr_t function) {
    struct label common = label_unbound();
    for (uint32_t i = 0; i < count; i++) {
        assembler_room(assembler);
        assembler_u8(assembler, 0xB8); /* mov eax, index */
        assembler_u32(assembler, first + i);
        x86_64_jump(assembler, &common);
    }
    label_bind(assembler, &common);
    lazy_common(assembler, function);
}
