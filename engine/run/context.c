/* SPDX-License-Identifier: MIT */
/*
 * Contexts: the stack of a process, how a call begins on it, and what happens when it stops. The
 * stubs that switch stacks are the target's; all that can be said portably is here. Nothing in this
 * file touches a float: arguments are words.
 */
#include "stub.h"
#include <base/checked.h>
#include <base/ensure.h>

constexpr size_t GUARD_SIZE = 4096;
constexpr size_t REGION_UNIT = 64 * 1024;
static_assert(LEAF_COUNT == COUNT_OF(((struct context *)nullptr)->stub_leaves));
static_assert(RELAY_COUNT == COUNT_OF(((struct context *)nullptr)->stub_relays));

/* The stack is at the upper end of its region, and the guard page right below it. */
static size_t region_size(size_t stack_size) {
    return align_up(stack_size + GUARD_SIZE, REGION_UNIT);
}

/* For those who run one function: it goes on until its end. */
static struct context *run_to_end(struct context *context, enum stop why) {
    return why == STOP_PREEMPTED ? context : nullptr;
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
    size_t stack_size = align_up(size, GUARD_SIZE), whole = region_size(stack_size);
    status_t status = region_take(engine, whole, whole - stack_size, whole, &stack);
    if (status != OK) {
        port_release(context, sizeof *context);
        return status;
    }
    memset(context, 0, sizeof *context);
    context->stack_uses = stack.uses;
    context->engine = engine;
    context->stopped = run_to_end;
    context->stack_top = (uintptr_t)stack.base + whole;
    context->stack_base = context->stack_top - stack_size - GUARD_SIZE;
    context->stack_limit = context->stack_base + GUARD_SIZE + STACK_HEADROOM;
    context->stub_helper = engine->stubs->helper;
    memcpy(context->stub_leaves, engine->stubs->leaves, sizeof context->stub_leaves);
    memcpy(context->stub_relays, engine->stubs->relays, sizeof context->stub_relays);
    *out = context;
    return OK;
}

void context_destroy(struct context *context) {
    size_t stack_size = context->stack_top - context->stack_base - GUARD_SIZE;
    size_t whole = region_size(stack_size);
    struct region stack = {(uint8_t *)context->stack_top - whole, whole, whole - stack_size, whole,
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

/* To where stub_start finds them; `words` are those of the stack. */
static void place_arguments(const struct target *target, const struct function_type *type,
                            const uint64_t *values, struct context *context, uint64_t *words) {
    struct convention convention = {0};
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        struct convention before = convention;
        uint64_t value = register_word(target, type->parameters[i], values[i]);
        uint32_t word;
        if (convention_next(&convention, target, type->parameters[i], &word) == REGISTER_NONE) {
            words[word] = value;
        } else if (type_is_float(type->parameters[i])) {
            context->saved_float[before.floats] = value;
        } else {
            context->saved[before.integers] = value;
        }
    }
}

/* A handler runs one function again and again. */
static void set_function(struct context *context, struct function *function) {
    constexpr size_t ALIGNMENT = 16;
    if (context->function != function) {
        context->function = function;
        context->words_size =
            align_up(8 * words_of(context->engine->target, function->type), ALIGNMENT);
    }
}

status_t context_prepare(struct context *context, struct function *function,
                         const uint64_t *values) {
    const struct target *target = context->engine->target;
    set_function(context, function);
    context->trap = TRAP_NONE;
    context->stop = STOP_NONE;
    context->trap_pc = context->trap_sp = context->trap_address = 0;
    if (context->words_size > context->stack_top - context->stack_limit) {
        return ERR_NO_MEMORY;
    }
    uintptr_t words = context->stack_top - context->words_size;
    place_arguments(target, function->type, values, context, (uint64_t *)words);
    context->process_sp = words - target->linkage_size;
    *(uintptr_t *)context->process_sp = (uintptr_t)context->engine->stubs->finish;
    context->resume = context->engine->stubs->start;
    return OK;
}

/* Generated code does not carry the marks that the sanitizer looks for. */
[[clang::no_sanitize("function")]] void context_go(struct context *context) {
    typedef void go_stub(struct context *);
    ((go_stub *)(uintptr_t)context->engine->stubs->go)(context);
}

void context_results(const struct context *context, uint64_t *values) {
    const struct function_type *type = context->function->type;
    const uint64_t *words = (const uint64_t *)(context->stack_top - context->words_size);
    ensure(context->stop == STOP_RETURNED);
    for (uint32_t i = 0; i < type->result_count; i++) {
        uint64_t first = context->results[type_is_float(type->results[0])];
        values[i] = clean(type->results[i], i == 0 ? first : words[i - 1]);
    }
}

enum trap context_enter(struct context *context, struct function *function, uint64_t *values) {
    stop_function *stopped = context->stopped;
    if (context_prepare(context, function, values) != OK) {
        context->trap = TRAP_STACK_OVERFLOW;
        return context->trap;
    }
    context->stopped = run_to_end;
    context_go(context);
    context->stopped = stopped;
    ensure(context->stop == STOP_RETURNED || context->stop == STOP_TRAPPED);
    if (context->stop == STOP_RETURNED) {
        context_results(context, values);
    }
    return context->trap;
}

/* A C function has set the trap: it belongs to the call that led there. */
static void trap_at_call(struct context *context) {
    if (context->trap_pc == 0 && context->process_sp != 0) {
        context->trap_pc = *(const uintptr_t *)context->process_sp;
        context->trap_sp = context->process_sp + context->engine->target->linkage_size;
    }
}

struct context *context_stopped(struct context *context) {
    if (context->trap != TRAP_NONE) {
        trap_at_call(context);
        context->stop = STOP_TRAPPED;
    } else {
        context->stop = context->trap_pc != 0 ? STOP_PREEMPTED : STOP_RETURNED;
    }
    if (context->stop != STOP_PREEMPTED) {
        context->process_sp = 0;
    }
    return context->stopped(context, context->stop);
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
    *resume = (struct resume){.pc = (uintptr_t)context->engine->stubs->links.stop,
                              .sp = context->kernel_sp,
                              .argument = (uintptr_t)context};
    return true;
}

/* Does the process run, and with nothing but what the context says? */
static bool is_preemptible(const struct context *context, const struct resume *registers) {
    const struct engine *engine = context->engine;
    const struct target *target = engine->target;
    const struct stubs *stubs = engine->stubs;
    uintptr_t lowest = context->stack_base + GUARD_SIZE + target->resume_room;
    if (registers->sp < lowest || registers->sp > context->stack_top ||
        !engine_owns(engine, registers->pc) ||
        registers->pc - (uintptr_t)stubs->resume < stubs->resume_size) {
        return false;
    }
    return target->stub_leaves_stack == nullptr || code_find(engine, registers->pc) != nullptr ||
           !target->stub_leaves_stack((const uint8_t *)registers->pc);
}

bool context_preempt(struct context *context, struct resume *registers) {
    const struct stubs *stubs = context->engine->stubs;
    if (!is_preemptible(context, registers)) {
        return false;
    }
    context->trap_pc = registers->pc;
    context->trap_sp = registers->sp;
    context->registers[0] = registers->argument;
    context->resume = stubs->resume;
    *registers = (struct resume){
        .pc = (uintptr_t)stubs->preempt, .sp = context->kernel_sp, .argument = (uintptr_t)context};
    return true;
}
