/* SPDX-License-Identifier: MIT */
/*
 * Contexts: the stack of a process, the way into wasm, and what happens when it traps. The stubs
 * that switch stacks are the target's; all that can be said portably is here. Nothing in this file
 * touches a float: arguments are words.
 */
#include "stub.h"
#include <base/checked.h>
#include <base/ensure.h>

constexpr size_t GUARD_SIZE = 4096;
constexpr size_t REGION_UNIT = 64 * 1024;
static_assert(LEAF_COUNT == COUNT_OF(((struct context *)nullptr)->stub_leaves));
static_assert(RELAY_COUNT == COUNT_OF(((struct context *)nullptr)->stub_relays));

static size_t region_size(size_t stack_size) {
    return align_up(stack_size + GUARD_SIZE, REGION_UNIT);
}

status_t context_create(struct engine *engine, size_t size, struct context **out) {
    if (size < 2 * STACK_HEADROOM) {
        return ERR_INVALID;
    }
    struct context *context = port_allocate(sizeof *context);
    if (context == nullptr) {
        return ERR_NO_MEMORY;
    }
    struct region stack;
    status_t status = region_take(engine, region_size(size), GUARD_SIZE, region_size(size), &stack);
    if (status != OK) {
        port_release(context, sizeof *context);
        return status;
    }
    memset(context, 0, sizeof *context);
    context->stack_uses = stack.uses;
    context->engine = engine;
    context->stack_base = (uintptr_t)stack.base;
    context->stack_top = context->stack_base + region_size(size);
    context->stack_limit = context->stack_base + GUARD_SIZE + STACK_HEADROOM;
    context->stub_helper = engine->stubs->helper;
    memcpy(context->stub_leaves, engine->stubs->leaves, sizeof context->stub_leaves);
    memcpy(context->stub_relays, engine->stubs->relays, sizeof context->stub_relays);
    *out = context;
    return OK;
}

void context_destroy(struct context *context) {
    size_t size = context->stack_top - context->stack_base;
    struct region stack = {(uint8_t *)context->stack_base, size, GUARD_SIZE, size,
                           context->stack_uses};
    region_give(context->engine, &stack, true);
    port_release(context, sizeof *context);
}

static bool is_narrow(enum value_type type) {
    return type == TYPE_I32 || type == TYPE_F32;
}

static uint64_t clean(enum value_type type, uint64_t word) {
    return is_narrow(type) ? (uint32_t)word : word;
}

/* The same in a register. */
static uint64_t register_word(const struct target *target, enum value_type type, uint64_t word) {
    return target->register_word != nullptr ? target->register_word(type, word) : clean(type, word);
}

/* Words of the stack that the callee finds above its return address, or leaves there. */
static size_t words_of(const struct target *target, const struct function_type *type) {
    struct convention convention = {0};
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        uint32_t word;
        convention_next(&convention, target, type->parameters[i], &word);
    }
    size_t results = type->result_count > 1 ? type->result_count - 1 : 0;
    return convention.words > results ? convention.words : results;
}

static void place_arguments(const struct target *target, const struct function_type *type,
                            const uint64_t *values, struct entry *entry) {
    struct convention convention = {0};
    uint64_t *words = (uint64_t *)entry->sp;
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        struct convention before = convention;
        uint64_t value = register_word(target, type->parameters[i], values[i]);
        uint32_t word;
        if (convention_next(&convention, target, type->parameters[i], &word) == REGISTER_NONE) {
            words[word] = value;
        } else if (type_is_float(type->parameters[i])) {
            entry->floats[before.floats] = value;
        } else {
            entry->integers[before.integers] = value;
        }
    }
}

static void fetch_results(const struct function_type *type, const struct entry *entry,
                          uint64_t *values) {
    const uint64_t *words = (const uint64_t *)entry->sp;
    for (uint32_t i = 0; i < type->result_count; i++) {
        uint64_t first =
            type_is_float(type->results[0]) ? entry->result_float : entry->result_integer;
        values[i] = clean(type->results[i], i == 0 ? first : words[i - 1]);
    }
}

/* Generated code does not carry the marks that the sanitizer looks for. */
[[clang::no_sanitize("function")]] static enum trap enter(struct context *context,
                                                          struct entry *entry) {
    typedef enum trap enter_stub(struct context *, struct entry *);
    enter_stub *stub = (enter_stub *)(uintptr_t)context->engine->stubs->enter;
    return stub(context, entry);
}

enum trap context_enter(struct context *context, struct function *function, uint64_t *values) {
    constexpr size_t ALIGNMENT = 16;
    const struct target *target = context->engine->target;
    const struct function_type *type = function->type;
    struct entry entry = {.function = function};
    size_t words_size = align_up(8 * words_of(target, type), ALIGNMENT);
    context->trap = TRAP_NONE;
    context->trap_pc = context->trap_sp = context->trap_address = 0;
    context->process_sp = 0;
    if (words_size > context->stack_top - context->stack_limit) {
        context->trap = TRAP_STACK_OVERFLOW;
        return context->trap;
    }
    entry.sp = context->stack_top - words_size;
    place_arguments(target, type, values, &entry);
    enum trap trap = enter(context, &entry);
    context->process_sp = 0;
    if (trap == TRAP_NONE) {
        fetch_results(type, &entry, values);
    }
    return trap;
}

/* Is this a place where compiled code may fault like this, and as which trap? */
static enum trap trap_of(const struct context *context, const struct fault *fault) {
    const struct code *code = code_find(context->engine, fault->pc);
    if (code == nullptr) {
        return TRAP_NONE;
    }
    if (fault->memory && fault->address - context->stack_base < GUARD_SIZE) {
        return TRAP_STACK_OVERFLOW;
    }
    const struct code_site *site =
        code_site_find(code, (uint32_t)(fault->pc - (uintptr_t)code->start));
    if (site == nullptr || (fault->memory && site->trap != TRAP_MEMORY_OUT_OF_BOUNDS)) {
        return TRAP_NONE;
    }
    return (enum trap)site->trap;
}

bool context_fault(struct context *context, const struct fault *fault, struct resume *resume) {
    enum trap trap = trap_of(context, fault);
    if (trap == TRAP_NONE) {
        return false;
    }
    context->trap = trap;
    context->trap_pc = fault->pc;
    context->trap_sp = fault->sp;
    context->trap_address = fault->address;
    *resume = (struct resume){.pc = (uintptr_t)context->engine->stubs->trap,
                              .sp = context->kernel_sp,
                              .argument = (uintptr_t)context};
    return true;
}
