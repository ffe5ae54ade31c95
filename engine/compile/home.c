/* SPDX-License-Identifier: MIT */
/*
 * Homes: each local has one place for the whole function. The hottest get registers: in a function
 * without calls first those that calls destroy, which cost nothing there; in one with calls first
 * those that calls preserve, and the others only for locals that are used more than twice as often
 * as calls are made, since each call then stores and reloads them. A register that has to be saved
 * on entry is taken only for a local of some weight.
 */
#include "compiler.h"

constexpr uint32_t SAVE_WEIGHT = 2;                      /* a home must be worth more than this */
constexpr uint32_t LEAF_FRAME_SIZE = STACK_HEADROOM / 4; /* below, a leaf needs no stack check */
constexpr uint32_t CANDIDATES_MAX = 32;

/* The hottest locals of one class, hottest first. */
struct candidates {
    uint32_t capacity, count;
    uint32_t locals[CANDIDATES_MAX];
};

static void candidates_add(const struct compiler *compiler, struct candidates *candidates,
                           uint32_t local) {
    const struct local_fact *facts = compiler->facts.locals;
    uint32_t weight = facts[local].weight;
    uint32_t place = candidates->count;
    while (place > 0 && facts[candidates->locals[place - 1]].weight < weight) {
        place--;
    }
    if (place == candidates->capacity) {
        return;
    }
    candidates->count += candidates->count < candidates->capacity;
    for (uint32_t i = candidates->count - 1; i > place; i--) {
        candidates->locals[i] = candidates->locals[i - 1];
    }
    candidates->locals[place] = local;
}

static register_set class_registers(const struct compiler *compiler, bool is_float) {
    register_set all = compiler->target->caller_saved | compiler->target->callee_saved;
    return is_float ? all & ~(register_set)UINT32_MAX : all & UINT32_MAX;
}

/* Registers that calls destroy, if this local is worth one. */
static register_set cheap_homes(const struct compiler *compiler, uint32_t local) {
    const struct function_facts *facts = &compiler->facts;
    uint64_t cost = facts->has_call ? 2 * (uint64_t)facts->call_weight : 0;
    return facts->locals[local].weight > cost ? compiler->target->caller_saved : 0;
}

static register_set saved_homes(const struct compiler *compiler, uint32_t local) {
    bool worth = compiler->facts.locals[local].weight > SAVE_WEIGHT;
    return worth ? compiler->target->callee_saved : 0;
}

static void home_take(struct compiler *compiler, uint32_t local, uint8_t reg) {
    compiler->locals[local].reg = reg;
    compiler->home_local[reg] = local;
    compiler->frame.saved |= compiler->target->callee_saved & set_of(reg);
    compiler->saved_homes |= compiler->target->caller_saved & set_of(reg);
}

static register_set homes_taken(const struct compiler *compiler) {
    return compiler->frame.saved | compiler->saved_homes;
}

/* Parameters that arrive where they can stay. */
static void keep_parameters(struct compiler *compiler, const struct candidates *candidates,
                            const uint8_t *arrivals) {
    for (uint32_t i = 0; i < candidates->count; i++) {
        uint32_t local = candidates->locals[i];
        if (local < compiler->type->parameter_count &&
            (cheap_homes(compiler, local) & set_of(arrivals[local]))) {
            home_take(compiler, local, arrivals[local]);
        }
    }
}

static void give_homes(struct compiler *compiler, const struct candidates *candidates,
                       bool is_float) {
    register_set class = class_registers(compiler, is_float);
    for (uint32_t i = 0; i < candidates->count; i++) {
        uint32_t local = candidates->locals[i];
        register_set cheap = cheap_homes(compiler, local) & class & ~homes_taken(compiler);
        register_set saved = saved_homes(compiler, local) & class & ~homes_taken(compiler);
        register_set first = compiler->facts.has_call ? saved : cheap;
        register_set choice = first != 0 ? first : cheap | saved;
        if (compiler->locals[local].reg == REGISTER_NONE && choice != 0) {
            home_take(compiler, local, (uint8_t)__builtin_ctzll(choice));
        }
    }
}

static void choose_class(struct compiler *compiler, bool is_float, const uint8_t *arrivals) {
    struct candidates candidates = {
        .capacity = (uint32_t)__builtin_popcountll(class_registers(compiler, is_float))};
    for (uint32_t i = 0; i < compiler->facts.local_count; i++) {
        const struct local_fact *fact = &compiler->facts.locals[i];
        if (fact->weight > 0 && type_is_float(fact->type) == is_float) {
            candidates_add(compiler, &candidates, i);
        }
    }
    if (!compiler->facts.has_call) {
        keep_parameters(compiler, &candidates, arrivals);
    }
    give_homes(compiler, &candidates, is_float);
}

/* Does a local need a word of the frame? A parameter that arrived in memory has one already. */
static bool needs_word(const struct compiler *compiler, uint32_t local) {
    uint8_t reg = compiler->locals[local].reg;
    if (compiler->facts.locals[local].weight == 0 || compiler->locals[local].offset != NOWHERE) {
        return false;
    }
    return reg == REGISTER_NONE ||
           (compiler->facts.has_call && (compiler->saved_homes & set_of(reg)));
}

static bool needs_zero(const struct compiler *compiler, uint32_t local) {
    return local >= compiler->type->parameter_count && compiler->facts.locals[local].needs_zero &&
           compiler->facts.locals[local].weight > 0;
}

/* Words for locals that start as zero come first, so that they can be cleared in one go. */
static uint32_t place_locals(struct compiler *compiler, uint32_t offset, bool zeroed) {
    for (uint32_t i = 0; i < compiler->facts.local_count; i++) {
        bool is_zeroed = needs_zero(compiler, i) && compiler->locals[i].reg == REGISTER_NONE;
        if (is_zeroed == zeroed && needs_word(compiler, i)) {
            compiler->locals[i].offset = offset;
            offset += 8;
        }
    }
    return offset;
}

static uint32_t count_of(register_set set) {
    return (uint32_t)__builtin_popcountll(set);
}

/* Bytes for what is passed to or comes back from calls in memory. Both lie on the operand stack
 * before or after, so its depth bounds them. */
static uint32_t outgoing_size(const struct compiler *compiler) {
    uint32_t depth = compiler->facts.operand_depth;
    bool passes = compiler->facts.has_call || compiler->facts.has_tail_call;
    return passes && depth > 1 ? 8 * (depth - 1) : 0;
}

/* Parameters that came in memory stay there, above the frame; `above` is where that is. */
static void place_incoming(struct compiler *compiler, uint32_t above) {
    struct convention convention = {0};
    for (uint32_t i = 0; i < compiler->type->parameter_count; i++) {
        uint32_t word;
        uint8_t reg =
            convention_next(&convention, compiler->target, compiler->type->parameters[i], &word);
        if (reg == REGISTER_NONE) {
            compiler->locals[i].offset = above + 8 * word;
        }
    }
}

static void lay_out_frame(struct compiler *compiler) {
    constexpr uint32_t FRAME_SIZE_MAX = 8 * 1024 * 1024; /* offsets fit the targets' instructions */
    static_assert(8 * (LIMIT_LOCALS + LIMIT_PARAMETERS + 2 * LIMIT_OPERANDS + REGISTER_NONE) <
                  FRAME_SIZE_MAX);
    struct frame_plan *frame = &compiler->frame;
    frame->keeps_base = compiler->facts.has_call;
    compiler->operands_offset = outgoing_size(compiler);
    uint32_t offset = compiler->operands_offset + 8 * compiler->facts.operand_depth;
    place_incoming(compiler, 0); /* the size of the frame is known only below */
    offset = place_locals(compiler, offset, true);
    offset = place_locals(compiler, offset, false);
    offset += 8 * (count_of(frame->saved) + frame->keeps_base);
    uint32_t alignment = compiler->target->frame_alignment;
    frame->size = (offset + alignment - 1) & ~(alignment - 1);
    frame->checks_stack = compiler->facts.has_call || frame->size > LEAF_FRAME_SIZE;
    place_incoming(compiler, frame->size + compiler->target->linkage_size);
}

/* Where each parameter arrives: a register, or REGISTER_NONE. */
static void find_arrivals(const struct compiler *compiler, uint8_t *arrivals) {
    struct convention convention = {0};
    for (uint32_t i = 0; i < compiler->type->parameter_count; i++) {
        uint32_t word;
        arrivals[i] =
            convention_next(&convention, compiler->target, compiler->type->parameters[i], &word);
    }
}

void homes_choose(struct compiler *compiler) {
    uint8_t arrivals[LIMIT_PARAMETERS];
    compiler->frame = (struct frame_plan){0};
    compiler->saved_homes = 0;
    for (uint32_t i = 0; i < compiler->facts.local_count; i++) {
        compiler->locals[i] =
            (struct local){compiler->facts.locals[i].type, REGISTER_NONE, NOWHERE, NOWHERE};
    }
    find_arrivals(compiler, arrivals);
    choose_class(compiler, false, arrivals);
    choose_class(compiler, true, arrivals);
    compiler->allocatable =
        compiler->target->scratch | (compiler->target->caller_saved & ~compiler->saved_homes);
    if (!compiler->facts.has_call) {
        compiler->saved_homes = 0;
    }
    compiler->stale_saves = compiler->saved_homes;
    lay_out_frame(compiler);
}

/* A parameter in its arrival register, seen as a value that owns it. */
static struct value arrived(enum value_type type, uint8_t reg) {
    return (struct value){.kind = VALUE_REGISTER, .type = type, .reg = reg};
}

/* Parameters that arrived in registers. */
static void take_parameters(struct compiler *compiler) {
    const struct function_type *type = compiler->type;
    struct convention convention = {0};
    struct value values[2 * TARGET_PARAMETERS_MAX];
    uint8_t to[2 * TARGET_PARAMETERS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        const struct local *local = &compiler->locals[i];
        uint32_t word;
        uint8_t reg = convention_next(&convention, compiler->target, type->parameters[i], &word);
        if (compiler->facts.locals[i].weight == 0 || reg == REGISTER_NONE) {
            continue;
        }
        struct value value = arrived(local->type, reg);
        if (local->reg == REGISTER_NONE) {
            struct address home = frame_address(local->offset);
            value_store(compiler, &value, local->type, &home);
        } else {
            to[count] = local->reg;
            values[count++] = value;
        }
    }
    registers_assign(compiler, count, values, to);
}

/* Parameters that arrived in memory and have a register. */
static void load_parameters(struct compiler *compiler) {
    const struct function_type *type = compiler->type;
    struct convention convention = {0};
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        const struct local *local = &compiler->locals[i];
        uint32_t word;
        uint8_t reg = convention_next(&convention, compiler->target, type->parameters[i], &word);
        if (reg == REGISTER_NONE && local->reg != REGISTER_NONE) {
            struct address from = frame_address(local->offset);
            compiler->target->load(&compiler->assembler, load_of(local->type), local->reg, &from);
        }
    }
}

static void zero_locals(struct compiler *compiler) {
    uint32_t first = NOWHERE, words = 0;
    for (uint32_t i = 0; i < compiler->facts.local_count; i++) {
        const struct local *local = &compiler->locals[i];
        if (!needs_zero(compiler, i)) {
            continue;
        }
        if (local->reg != REGISTER_NONE) {
            compiler->target->constant(&compiler->assembler, local->type, local->reg, 0);
        } else {
            first = first == NOWHERE ? local->offset : first;
            words++;
        }
    }
    if (words > 0) {
        compiler->target->zero_frame(&compiler->assembler, first, words);
    }
}

void emit_prologue(struct compiler *compiler, uint32_t *prologue_size) {
    compiler->target->prologue(&compiler->assembler, &compiler->frame, prologue_size);
    take_parameters(compiler);
    load_parameters(compiler);
    zero_locals(compiler);
}

void homes_save(struct compiler *compiler) {
    for (register_set left = compiler->stale_saves; left != 0; left &= left - 1) {
        uint8_t reg = (uint8_t)__builtin_ctzll(left);
        const struct local *local = &compiler->locals[compiler->home_local[reg]];
        struct address to = frame_address(local->offset);
        struct operand from;
        operand_register(&from, reg);
        compiler->target->store(&compiler->assembler, store_of(local->type), &from, &to);
    }
    compiler->stale_saves = 0;
}

void homes_leave(struct compiler *compiler) {
    compiler->absent = compiler->saved_homes;
    registers_written(compiler, ~(register_set)0);
}

void home_restore(struct compiler *compiler, uint32_t index) {
    const struct local *local = &compiler->locals[index];
    if (compiler->absent & set_of(local->reg)) {
        struct address from = frame_address(local->offset);
        register_written(compiler, local->reg);
        compiler->target->load(&compiler->assembler, load_of(local->type), local->reg, &from);
        compiler->absent &= ~set_of(local->reg);
    }
}

void homes_restore(struct compiler *compiler) {
    for (register_set left = compiler->absent; left != 0; left &= left - 1) {
        home_restore(compiler, compiler->home_local[__builtin_ctzll(left)]);
    }
}
