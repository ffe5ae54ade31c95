/* SPDX-License-Identifier: MIT */
/*
 * The ways into and out of wasm (<engine/context.h>), but for preemption: preempt.c. They are made
 * once per engine and hold addresses of C functions, so they belong to this run only, unlike the
 * code of functions. C functions follow the procedure call standard (AAPCS64): they preserve what
 * ours do, x19-x29 and the low halves of v8-v15. So only a gate, behind which another context may
 * go on, stores those.
 *
 * A context goes on with itself in x19. While the process is outside, its return address lies at
 * context->process_sp, with 8 bytes above it that nothing uses: like the linkage of a frame. What
 * tells where to go on is stored only when the stack is the kernel's: before that the process can
 * still be preempted, which stores the same.
 *
 *   kernel stack while wasm runs:      context->kernel_sp -> x19 ... x28
 *                                                            x29, return address of context_go
 *                                                            d8 ... d15
 */
#include "stub.h"

constexpr uint32_t SAVED_INTEGERS = X29 - X19 + 1, SAVED_FLOATS = V15 - V8 + 1;
static_assert(SAVED_INTEGERS <= sizeof(((struct context *)nullptr)->saved) / 8);
constexpr int32_t FLOATS_AT = 8 * (SAVED_INTEGERS + 1);
constexpr int32_t ENTRY_SIZE = FLOATS_AT + 8 * SAVED_FLOATS;
static_assert(ENTRY_SIZE % 16 == 0);
static_assert(AARCH64_ENTRY_FRAME_POINTER == 8 * (X29 - X19));
static_assert(AARCH64_ENTRY_RETURN == AARCH64_ENTRY_FRAME_POINTER + 8);

/* What C wants preserved: x19 to x30 and d8 to d15. */
static void move_c_saved(struct assembler *assembler, bool loads) {
    for (uint8_t reg = X19; reg <= X29; reg += 2) {
        aarch64_pair(assembler, loads, reg, reg + 1, SP, 8 * (reg - X19));
    }
    for (uint8_t reg = V8; reg <= V15; reg += 2) {
        aarch64_pair(assembler, loads, reg, reg + 1, SP, FLOATS_AT + 8 * (reg - V8));
    }
}

static void call(struct assembler *assembler, uintptr_t function) {
    aarch64_constant(assembler, X17, function);
    aarch64_two(assembler, WORD_BLR, 0, X17);
}

static void jump_if_trapped(struct assembler *assembler, uint8_t context, struct label *trapped) {
    static_assert(TRAP_NONE == 0);
    aarch64_load_half(assembler, X17, context, CONTEXT_FIELD(trap));
    aarch64_jump_zero(assembler, false, false, X17, trapped);
}

static void stop_here(struct assembler *assembler, const struct stub_links *links,
                      struct label *trapped) {
    label_bind(assembler, trapped);
    aarch64_move(assembler, true, X0, X19);
    jump_to_stub(assembler, links->stop);
}

/* x0: context. */
void aarch64_stub_go(struct assembler *assembler, const struct stub_links *links) {
    aarch64_add_constant(assembler, true, SP, SP, -ENTRY_SIZE);
    move_c_saved(assembler, false);
    jump_to_stub(assembler, links->next);
}

static void return_to_core(struct assembler *assembler) {
    move_c_saved(assembler, true);
    aarch64_add_constant(assembler, true, SP, SP, ENTRY_SIZE);
    aarch64_word(assembler, WORD_RET);
}

/* x0: context; from `next` on: the one that goes on, or NULL. */
uint32_t aarch64_stub_stop(struct assembler *assembler, const struct stub_links *links) {
    struct label stop = label_unbound(), leave = label_unbound();
    label_bind(assembler, &stop);
    mask(assembler, links);
    call(assembler, links->stopped);
    uint32_t next = assembler->size;
    aarch64_jump_zero(assembler, true, true, X0, &leave);
    store_sp(assembler, X0, CONTEXT_FIELD(kernel_sp));
    jump_if_trapped(assembler, X0, &stop);
    aarch64_move(assembler, true, X19, X0);
    aarch64_load_word(assembler, X17, X19, CONTEXT_FIELD(resume));
    aarch64_two(assembler, WORD_BR, 0, X17);
    label_bind(assembler, &leave);
    return_to_core(assembler);
    return next;
}

/* Argument registers to or from the context in x16. */
static void move_arguments(struct assembler *assembler, bool loads) {
    const struct target *target = assembler->target;
    for (uint32_t i = 0; i < TARGET_PARAMETERS_MAX; i++) {
        int64_t integer = CONTEXT_FIELD(saved) + 8 * i, real = CONTEXT_FIELD(saved_float) + 8 * i;
        if (loads) {
            aarch64_load_word(assembler, target->integer_parameters[i], X16, integer);
            aarch64_load_word(assembler, target->float_parameters[i], X16, real);
        } else {
            aarch64_store_word(assembler, target->integer_parameters[i], X16, integer);
            aarch64_store_word(assembler, target->float_parameters[i], X16, real);
        }
    }
}

/* From the process stack to the kernel stack; context in x16. */
static void go_out(struct assembler *assembler, const struct stub_links *links) {
    store_sp(assembler, X16, CONTEXT_FIELD(process_sp));
    mask(assembler, links);
    load_sp(assembler, X16, CONTEXT_FIELD(kernel_sp));
    aarch64_move(assembler, true, X0, X16);
}

/* And back to it, where the return address lies. */
static void come_back(struct assembler *assembler, const struct stub_links *links) {
    load_sp(assembler, X16, CONTEXT_FIELD(process_sp));
    unmask(assembler, links);
    aarch64_pop(assembler, X30);
}

void aarch64_stub_start(struct assembler *assembler, const struct stub_links *links) {
    aarch64_move(assembler, true, X16, X19);
    move_arguments(assembler, true);
    aarch64_load_word(assembler, X15, X16, CONTEXT_FIELD(function));
    aarch64_load_word(assembler, BASE, X15, offsetof(struct function, base));
    come_back(assembler, links);
    aarch64_load_word(assembler, X17, X15, offsetof(struct function, slot));
    aarch64_load_word(assembler, X17, X17, 0);
    aarch64_two(assembler, WORD_BR, 0, X17);
}

void aarch64_stub_finish(struct assembler *assembler, const struct stub_links *links) {
    aarch64_load_word(assembler, X16, BASE, HEADER_FIELD(context));
    aarch64_store_word(assembler, X0, X16, CONTEXT_FIELD(results));
    aarch64_store_word(assembler, V0, X16, CONTEXT_FIELD(results) + 8);
    aarch64_store_word(assembler, ZR, X16, CONTEXT_FIELD(process_sp));
    mask(assembler, links);
    load_sp(assembler, X16, CONTEXT_FIELD(kernel_sp));
    aarch64_move(assembler, true, X0, X16);
    jump_to_stub(assembler, links->stop);
}

static bool is_wide(enum value_type type) {
    return type != TYPE_I32 && type != TYPE_F32;
}

static void load_sized(struct assembler *assembler, bool wide, uint8_t to, uint8_t base,
                       int64_t displacement) {
    if (wide) {
        aarch64_load_word(assembler, to, base, displacement);
    } else {
        aarch64_load_half(assembler, to, base, displacement);
    }
}

/* Goes through parameters as the convention places them; words lie above our return address. */
static void store_parameter(struct assembler *assembler, enum value_type type, uint8_t reg,
                            uint32_t word, int64_t to) {
    if (reg == REGISTER_NONE) {
        load_sized(assembler, is_wide(type), X17, SP, 16 + 8 * (int64_t)word);
        reg = X17;
    } else if (type_is_float(type)) {
        aarch64_from_float(assembler, is_wide(type), X17, reg);
        reg = X17;
    }
    aarch64_store_word(assembler, reg, X16, to);
}

static void store_parameters(struct assembler *assembler, const struct function_type *type) {
    struct convention convention = {0};
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        uint32_t word;
        uint8_t reg = convention_next(&convention, assembler->target, type->parameters[i], &word);
        store_parameter(assembler, type->parameters[i], reg, word, CONTEXT_FIELD(values) + 8 * i);
    }
}

/* Context in x16; result i is word i - 1 of the caller's. */
static void load_result(struct assembler *assembler, enum value_type type, uint32_t index) {
    int64_t from = CONTEXT_FIELD(values) + 8 * index;
    if (index != 0) {
        load_sized(assembler, is_wide(type), X17, X16, from);
        aarch64_store_word(assembler, X17, SP, 8 * ((int64_t)index - 1));
    } else {
        load_sized(assembler, is_wide(type), type_is_float(type) ? V0 : X0, X16, from);
    }
}

/* What a call preserves, to or from the context in x16. */
static void move_context_saved(struct assembler *assembler, bool loads) {
    for (uint8_t i = 0; i < SAVED_INTEGERS + SAVED_FLOATS; i++) {
        bool is_float = i >= SAVED_INTEGERS;
        uint8_t reg = is_float ? V8 + i - SAVED_INTEGERS : X19 + i;
        int64_t at = is_float ? CONTEXT_FIELD(saved_float) + 8 * (reg - V8)
                              : CONTEXT_FIELD(saved) + 8 * (reg - X19);
        if (loads) {
            aarch64_load_word(assembler, reg, X16, at);
        } else {
            aarch64_store_word(assembler, reg, X16, at);
        }
    }
}

/* x15: function object of the gate, x28: its base. When C answers its caller, the registers that a
 * call preserves are as they were, but for x19. */
void aarch64_stub_gate(struct assembler *assembler, const struct stub_links *links,
                       const struct function_type *type) {
    struct label resume = label_unbound(), same = label_unbound(), other = label_unbound();
    struct label trapped = label_unbound();
    aarch64_push(assembler, X30);
    aarch64_load_word(assembler, X16, BASE, HEADER_FIELD(context));
    store_parameters(assembler, type);
    move_context_saved(assembler, false);
    go_out(assembler, links);
    aarch64_two(assembler, WORD_ADR, X17, 0);
    label_use(assembler, &resume, assembler->size - 4);
    aarch64_store_word(assembler, X17, X16, CONTEXT_FIELD(resume));
    aarch64_move(assembler, true, X19, X16);
    aarch64_move(assembler, true, X1, X15);
    aarch64_add_constant(assembler, true, X1 + 1, X16, CONTEXT_FIELD(values));
    aarch64_load_word(assembler, X17, X15, offsetof(struct function, gate));
    aarch64_two(assembler, WORD_BLR, 0, X17);
    aarch64_compare(assembler, true, X0, X19);
    aarch64_jump_if(assembler, IF_NOT_EQUAL, &other);
    aarch64_load_word(assembler, X16, X19, CONTEXT_FIELD(kernel_sp));
    aarch64_add_constant(assembler, true, X17, SP, 0);
    aarch64_compare(assembler, true, X16, X17);
    aarch64_jump_if(assembler, IF_NOT_EQUAL, &other); /* it has run elsewhere meanwhile */
    jump_if_trapped(assembler, X19, &trapped);
    aarch64_move(assembler, true, X16, X19);
    aarch64_load_word(assembler, X19, X16, CONTEXT_FIELD(saved));
    aarch64_jump(assembler, &same);
    label_bind(assembler, &resume);
    aarch64_move(assembler, true, X16, X19);
    move_context_saved(assembler, true);
    label_bind(assembler, &same);
    come_back(assembler, links);
    for (uint32_t i = 0; i < type->result_count; i++) {
        load_result(assembler, type->results[i], i);
    }
    aarch64_word(assembler, WORD_RET);
    label_bind(assembler, &other);
    jump_to_stub(assembler, links->next);
    stop_here(assembler, links, &trapped);
}

/* Calls C with (context, instance, x2, x3); the context is in x16 before, and again behind. */
static void call_c(struct assembler *assembler, uintptr_t function, struct label *trapped) {
    aarch64_load_word(assembler, X1, BASE, HEADER_FIELD(instance));
    aarch64_move(assembler, true, X19, X16);
    call(assembler, function);
    jump_if_trapped(assembler, X19, trapped);
    aarch64_move(assembler, true, X16, X19);
}

/* x16: context, w17: number of the helper. C: (context, instance, values, number). */
void aarch64_stub_helper(struct assembler *assembler, const struct stub_links *links) {
    struct label trapped = label_unbound();
    aarch64_push(assembler, X30);
    aarch64_store_word(assembler, X19, X16, CONTEXT_FIELD(saved));
    aarch64_move(assembler, false, X1 + 2, X17);
    go_out(assembler, links);
    aarch64_add_constant(assembler, true, X1 + 1, X16, CONTEXT_FIELD(values));
    call_c(assembler, links->help, &trapped);
    aarch64_load_word(assembler, X19, X16, CONTEXT_FIELD(saved));
    come_back(assembler, links);
    aarch64_word(assembler, WORD_RET);
    stop_here(assembler, links, &trapped);
}

/* w17: index less `first`, x28: base of the instance. C: (context, instance, index) -> where the
 * code is. It was written by this core, or another, a moment ago: the isb drops what this one may
 * have fetched of that place before (decision 34). */
static void lazy_common(struct assembler *assembler, const struct stub_links *links,
                        uint32_t first) {
    constexpr int64_t X19_AT = CONTEXT_FIELD(saved) + 8 * TARGET_PARAMETERS_MAX;
    struct label trapped = label_unbound();
    aarch64_push(assembler, X30);
    aarch64_load_word(assembler, X16, BASE, HEADER_FIELD(context));
    move_arguments(assembler, false);
    aarch64_store_word(assembler, X19, X16, X19_AT);
    aarch64_move(assembler, false, X14, X17);
    go_out(assembler, links);
    unmask(assembler, links);
    aarch64_add_constant(assembler, false, X1 + 1, X14, first);
    call_c(assembler, links->compile, &trapped);
    mask(assembler, links);
    move_arguments(assembler, true);
    aarch64_load_word(assembler, X19, X16, X19_AT);
    come_back(assembler, links);
    aarch64_word(assembler, WORD_ISB);
    aarch64_two(assembler, WORD_BR, 0, X0);
    stop_here(assembler, links, &trapped);
}

void aarch64_stub_lazy(struct assembler *assembler, const struct stub_links *links, uint32_t first,
                       uint32_t count) {
    struct label common = label_unbound();
    for (uint32_t i = 0; i < count; i++) { /* two words each */
        aarch64_constant(assembler, X17, i);
        aarch64_jump(assembler, &common);
    }
    label_bind(assembler, &common);
    lazy_common(assembler, links, first);
}
