/* SPDX-License-Identifier: MIT */
/*
 * The ways into and out of wasm (<engine/context.h>), but for preemption: preempt.c. They are made
 * once per engine and hold addresses of C functions, so they belong to this run only, unlike the
 * code of functions. C functions follow the System V convention, which destroys all float
 * registers; ours preserves xmm10-15 over calls.
 *
 * A context goes on with itself in rbx. While the process is outside, its return address lies at
 * context->process_sp. What tells where to go on is stored only when the stack is the kernel's:
 * before that the process can still be preempted, which stores the same.
 *
 *   kernel stack while wasm runs:      context->kernel_sp -> unused: C finds it 16-aligned
 *                                                            r15 r14 r13 r12 rbp rbx
 *                                                            return address of context_go
 */
#include "stub.h"

static constexpr uint8_t c_saved[] = {RBX, RBP, R12, R13, R14, R15};
constexpr uint32_t C_SAVED_COUNT = sizeof c_saved;
constexpr uint8_t C_SAVED_FLOAT = XMM10; /* and up; behind the float parameters in saved_float */
static_assert(X86_64_ENTRY_FRAME_POINTER == 8 * (C_SAVED_COUNT - 1) && c_saved[1] == RBP);
static_assert(X86_64_ENTRY_RETURN == 8 * (C_SAVED_COUNT + 1)); /* above a word and these */

static struct rm saved_at(uint8_t context, uint32_t index) {
    return rm_at(context, (int32_t)(offsetof(struct context, saved) + 8 * index));
}

static struct rm saved_float_at(uint8_t context, uint32_t index) {
    return rm_at(context, (int32_t)(offsetof(struct context, saved_float) + 8 * index));
}

static struct rm value_at(uint8_t context, uint32_t index) {
    return rm_at(context, (int32_t)(offsetof(struct context, values) + 8 * index));
}

static void call(struct assembler *assembler, uintptr_t function) {
    x86_64_constant(assembler, RAX, function);
    x86_64_encode(assembler, 0xFF, NARROW, 2, rm_register(RAX));
}

/* From the process stack to the kernel stack; the context is in rcx. */
static void leave_process(struct assembler *assembler, const struct stub_links *links) {
    store(assembler, CONTEXT_AT(RCX, process_sp), RSP);
    mask(assembler, links);
    load(assembler, RSP, CONTEXT_AT(RCX, kernel_sp));
}

static void compare_trap(struct assembler *assembler, uint8_t context) {
    x86_64_encode(assembler, 0x83, NARROW, DO_CMP, CONTEXT_AT(context, trap));
    assembler_u8(assembler, TRAP_NONE);
}

/* A C function may have set the trap of the context in rbx. */
static struct label jump_if_trapped(struct assembler *assembler) {
    struct label trapped = label_unbound();
    compare_trap(assembler, RBX);
    x86_64_jump_if(assembler, IF_NOT_EQUAL, &trapped);
    return trapped;
}

static void stop_here(struct assembler *assembler, const struct stub_links *links,
                      struct label *trapped) {
    label_bind(assembler, trapped);
    x86_64_move(assembler, true, RDI, RBX);
    jump_to_stub(assembler, links->stop);
}

/* rdi: context. */
void x86_64_stub_go(struct assembler *assembler, const struct stub_links *links) {
    for (uint32_t i = 0; i < C_SAVED_COUNT; i++) {
        x86_64_push(assembler, c_saved[i]);
    }
    x86_64_arithmetic_constant(assembler, DO_SUB, true, rm_register(RSP), 8);
    x86_64_move(assembler, true, RAX, RDI);
    jump_to_stub(assembler, links->next);
}

static void return_to_core(struct assembler *assembler) {
    x86_64_arithmetic_constant(assembler, DO_ADD, true, rm_register(RSP), 8);
    for (uint32_t i = C_SAVED_COUNT; i-- > 0;) {
        x86_64_pop(assembler, c_saved[i]);
    }
    ret(assembler);
}

/* rdi: context; from `next` on rax: the one that goes on, or NULL. */
uint32_t x86_64_stub_stop(struct assembler *assembler, const struct stub_links *links) {
    struct label stop = label_unbound(), leave = label_unbound();
    label_bind(assembler, &stop);
    mask(assembler, links);
    call(assembler, links->stopped);
    uint32_t next = assembler->size;
    x86_64_test(assembler, true, RAX, RAX);
    x86_64_jump_if(assembler, IF_EQUAL, &leave);
    store(assembler, CONTEXT_AT(RAX, kernel_sp), RSP);
    x86_64_move(assembler, true, RDI, RAX);
    compare_trap(assembler, RAX);
    x86_64_jump_if(assembler, IF_NOT_EQUAL, &stop);
    x86_64_move(assembler, true, RBX, RAX);
    x86_64_encode(assembler, 0xFF, NARROW, 4, CONTEXT_AT(RBX, resume));
    label_bind(assembler, &leave);
    return_to_core(assembler);
    return next;
}

/* Argument registers to or from the context in rcx. */
static void move_arguments(struct assembler *assembler, bool saves) {
    const struct target *target = assembler->target;
    for (uint32_t i = 0; i < target->integer_parameter_count; i++) {
        uint8_t reg = target->integer_parameters[i];
        x86_64_encode(assembler, saves ? 0x89 : 0x8B, WIDE, reg, saved_at(RCX, i));
    }
    for (uint32_t i = 0; i < target->float_parameter_count; i++) {
        x86_64_encode(assembler, saves ? 0x0F11 : 0x0F10, PREFIX_F2, target->float_parameters[i],
                      saved_float_at(RCX, i));
    }
}

/* Behind the loads the process may be preempted. */
void x86_64_stub_start(struct assembler *assembler, const struct stub_links *links) {
    x86_64_move(assembler, true, RCX, RBX);
    move_arguments(assembler, false);
    load(assembler, RAX, CONTEXT_AT(RCX, function));
    load(assembler, R15, rm_at(RAX, offsetof(struct function, base)));
    load(assembler, RSP, CONTEXT_AT(RCX, process_sp));
    unmask(assembler, links);
    load(assembler, RCX, rm_at(RAX, offsetof(struct function, slot)));
    x86_64_encode(assembler, 0xFF, NARROW, 4, rm_at(RCX, 0));
}

void x86_64_stub_finish(struct assembler *assembler, const struct stub_links *links) {
    load(assembler, RDI, HEADER_FIELD(context));
    store(assembler, rm_at(RDI, CONTEXT_OFFSET(results)), RAX);
    store_float(assembler, rm_at(RDI, CONTEXT_OFFSET(results) + 8), XMM0);
    x86_64_constant(assembler, RAX, 0);
    store(assembler, CONTEXT_AT(RDI, process_sp), RAX);
    mask(assembler, links);
    load(assembler, RSP, CONTEXT_AT(RDI, kernel_sp));
    jump_to_stub(assembler, links->stop);
}

static void move_callee_saved_floats(struct assembler *assembler, uint8_t context, bool saves) {
    uint8_t first = assembler->target->float_parameter_count;
    for (uint8_t reg = C_SAVED_FLOAT; reg <= XMM15; reg++) {
        struct rm at = saved_float_at(context, first + reg - C_SAVED_FLOAT);
        if (saves) {
            store_float(assembler, at, reg);
        } else {
            load_float(assembler, reg, at);
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

/* Results from the context in rcx, to where the caller of the gate has them. */
static void gate_return(struct assembler *assembler, const struct stub_links *links,
                        const struct function_type *type) {
    x86_64_move(assembler, true, RCX, RBX);
    load(assembler, RBX, saved_at(RCX, 0));
    move_callee_saved_floats(assembler, RCX, false);
    for (uint32_t i = 0; i < type->result_count; i++) {
        load_result(assembler, type->results[i], i);
    }
    unmask(assembler, links);
    ret(assembler);
}

/* Stores the address of what label_bind() comes to into context->resume; the context is in rcx. */
static void set_resume(struct assembler *assembler, struct label *resume) {
    struct rm here = rm_at(RBP, 0);
    x86_64_encode(assembler, 0x8D, WIDE, RDX, here); /* lea rdx, [rip + resume]: mod 0, rm 5 */
    assembler->bytes[assembler->size - 2] &= 0x3F;
    assembler->size--;
    assembler_u32(assembler, 0);
    label_use(assembler, resume, assembler->size - 4);
    store(assembler, CONTEXT_AT(RCX, resume), RDX);
}

/* What waits goes on at `resume`; when C answers its caller most registers are as they were. */
static void gate_go_on(struct assembler *assembler, struct label *resume) {
    load(assembler, RSP, CONTEXT_AT(RBX, process_sp));
    uint32_t same = x86_64_hop(assembler);
    label_bind(assembler, resume);
    load(assembler, RSP, CONTEXT_AT(RBX, process_sp));
    for (uint32_t i = 1; i < C_SAVED_COUNT; i++) {
        load(assembler, c_saved[i], saved_at(RBX, i));
    }
    x86_64_land(assembler, same);
}

/* rax: function object of the gate, r15: its base. */
void x86_64_stub_gate(struct assembler *assembler, const struct stub_links *links,
                      const struct function_type *type) {
    struct label resume = label_unbound(), other = label_unbound();
    static_assert(c_saved[0] == RBX);
    load(assembler, RCX, HEADER_FIELD(context));
    store_parameters(assembler, type);
    for (uint32_t i = 0; i < C_SAVED_COUNT; i++) {
        store(assembler, saved_at(RCX, i), c_saved[i]);
    }
    move_callee_saved_floats(assembler, RCX, true);
    leave_process(assembler, links);
    set_resume(assembler, &resume);
    x86_64_move(assembler, true, RBX, RCX);
    x86_64_move(assembler, true, RDI, RCX);
    x86_64_move(assembler, true, RSI, RAX);
    x86_64_encode(assembler, 0x8D, WIDE, RDX, CONTEXT_AT(RCX, values));
    x86_64_encode(assembler, 0xFF, NARROW, 2, rm_at(RAX, offsetof(struct function, gate)));
    x86_64_arithmetic(assembler, DO_CMP, true, RAX, rm_register(RBX));
    x86_64_jump_if(assembler, IF_NOT_EQUAL, &other);
    x86_64_arithmetic(assembler, DO_CMP, true, RSP, CONTEXT_AT(RBX, kernel_sp));
    x86_64_jump_if(assembler, IF_NOT_EQUAL, &other); /* it has run elsewhere meanwhile */
    struct label trapped = jump_if_trapped(assembler);
    gate_go_on(assembler, &resume);
    gate_return(assembler, links, type);
    label_bind(assembler, &other);
    jump_to_stub(assembler, links->next);
    stop_here(assembler, links, &trapped);
}

/* rax: context, ecx: number of the helper. C: (context, instance, values, number). */
void x86_64_stub_helper(struct assembler *assembler, const struct stub_links *links) {
    move_callee_saved_floats(assembler, RAX, true);
    store(assembler, saved_at(RAX, 0), RBX);
    x86_64_encode(assembler, 0x87, WIDE, RAX, rm_register(RCX)); /* xchg */
    leave_process(assembler, links);
    x86_64_move(assembler, true, RBX, RCX);
    x86_64_move(assembler, true, RDI, RCX);
    load(assembler, RSI, HEADER_FIELD(instance));
    x86_64_encode(assembler, 0x8D, WIDE, RDX, CONTEXT_AT(RCX, values));
    x86_64_move(assembler, false, RCX, RAX);
    call(assembler, links->help);
    struct label trapped = jump_if_trapped(assembler);
    x86_64_move(assembler, true, RCX, RBX);
    load(assembler, RSP, CONTEXT_AT(RCX, process_sp));
    load(assembler, RBX, saved_at(RCX, 0));
    move_callee_saved_floats(assembler, RCX, false);
    unmask(assembler, links);
    ret(assembler);
    stop_here(assembler, links, &trapped);
}

/* eax: index, r15: base of the instance. C: (context, instance, index) -> where the code is. */
static void lazy_common(struct assembler *assembler, const struct stub_links *links) {
    uint32_t rbx_at = assembler->target->integer_parameter_count;
    load(assembler, RCX, HEADER_FIELD(context));
    move_arguments(assembler, true);
    move_callee_saved_floats(assembler, RCX, true);
    store(assembler, saved_at(RCX, rbx_at), RBX);
    leave_process(assembler, links);
    unmask(assembler, links);
    x86_64_move(assembler, true, RBX, RCX);
    x86_64_move(assembler, true, RDI, RCX);
    load(assembler, RSI, HEADER_FIELD(instance));
    x86_64_move(assembler, false, RDX, RAX);
    call(assembler, links->compile);
    mask(assembler, links);
    struct label trapped = jump_if_trapped(assembler);
    x86_64_move(assembler, true, RCX, RBX);
    load(assembler, RSP, CONTEXT_AT(RCX, process_sp));
    load(assembler, RBX, saved_at(RCX, rbx_at));
    move_arguments(assembler, false);
    move_callee_saved_floats(assembler, RCX, false);
    unmask(assembler, links);
    x86_64_encode(assembler, 0xFF, NARROW, 4, rm_register(RAX));
    stop_here(assembler, links, &trapped);
}

void x86_64_stub_lazy(struct assembler *assembler, const struct stub_links *links, uint32_t first,
                      uint32_t count) {
    struct label common = label_unbound();
    for (uint32_t i = 0; i < count; i++) {
        assembler_room(assembler);
        assembler_u8(assembler, 0xB8); /* mov eax, index */
        assembler_u32(assembler, first + i);
        x86_64_jump(assembler, &common);
    }
    label_bind(assembler, &common);
    lazy_common(assembler, links);
}
