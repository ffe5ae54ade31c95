/* SPDX-License-Identifier: MIT */
/*
 * What the compiler wants to know: uses weighted by loop depth, and which locals need their zero.
 *
 * A local does not need it when its first access in text order is a set, in block B, and every
 * later access is in B too. B is entered only at its start (a branch to it leaves it, or starts it
 * anew if it is a loop), and a set that is not inside a smaller block cannot be passed by: so the
 * set dominates all later accesses in B. One pass decides it: a later access is inside B exactly
 * when B is still open, that is when the block at B's depth still has B's number.
 *
 * Types do not matter here, so most instructions are only stepped over.
 */
#include "body.h"
#include <base/checked.h>
#include <base/string.h>
#include <engine/facts.h>
#include <engine/port.h>

/* How an instruction is stepped over. */
enum step : uint8_t {
    STEP_OTHER,
    STEP_NOTHING, /* no immediate, nothing to note */
    STEP_NUMBER,  /* one LEB128 */
    STEP_ACCESS,
    STEP_LOCAL,
    STEP_BLOCK,
    STEP_END,
    STEP_CALL,
};

#define STEP_OF(opcode, family, immediate)                                                         \
    ((opcode) == OPCODE_block || (opcode) == OPCODE_if ? STEP_BLOCK                                \
     : (opcode) == OPCODE_end                          ? STEP_END                                  \
     : (opcode) == OPCODE_else                         ? STEP_OTHER                                \
     : (opcode) == OPCODE_call                         ? STEP_CALL                                 \
     : (opcode) == OPCODE_br || (opcode) == OPCODE_br_if || (family) == FAMILY_GLOBAL ||           \
             (immediate) == IMMEDIATE_I32 || (immediate) == IMMEDIATE_I64                          \
         ? STEP_NUMBER                                                                             \
     : (family) == FAMILY_LOCAL        ? STEP_LOCAL                                                \
     : (immediate) == IMMEDIATE_MEMORY ? STEP_ACCESS                                               \
     : (immediate) == IMMEDIATE_NONE   ? STEP_NOTHING                                              \
                                       : STEP_OTHER)

/* By the first byte; a prefix is STEP_OTHER. */
static const enum step steps[OPCODE_COUNT] = {
#define OPCODE(symbol, code, text, immediate, signature, family, width)                            \
    [OPCODE_##symbol] = STEP_OF(OPCODE_##symbol, FAMILY_##family, IMMEDIATE_##immediate),
#include <engine/opcode.def>
#undef OPCODE
};

/* The pass over one body. */
struct collector {
    struct function_facts *facts;
    struct open_block *block; /* the innermost */
    uint32_t block_count;
};

static uint32_t add_saturating(uint32_t a, uint32_t b) {
    uint32_t sum;
    return checked_add(a, b, &sum) ? sum : UINT32_MAX;
}

/* Decides about a local that may still do without its zero. */
static bool needs_zero(const struct collector *collector, struct local_fact *fact, bool set) {
    const struct open_block *outermost = collector->facts->blocks;
    uint32_t depth = (uint32_t)(collector->block - outermost);
    if (fact->first_block == 0) {
        fact->first_depth = depth;
        fact->first_block = collector->block->number;
        return !set;
    }
    return fact->first_depth > depth || outermost[fact->first_depth].number != fact->first_block;
}

static inline void note_local(const struct collector *collector, uint32_t index, bool set) {
    struct local_fact *fact = &collector->facts->locals[index];
    fact->weight = add_saturating(fact->weight, collector->block->weight);
    if (!fact->is_decided) {
        fact->needs_zero = fact->is_decided = needs_zero(collector, fact, set);
    }
}

static void note_call(const struct collector *collector) {
    struct function_facts *facts = collector->facts;
    facts->has_call = true;
    facts->call_weight = add_saturating(facts->call_weight, collector->block->weight);
}

static inline void block_open(struct collector *collector, uint32_t weight) {
    *++collector->block = (struct open_block){++collector->block_count, weight};
}

static void loop_open(struct collector *collector) {
    uint32_t weight = collector->block->weight;
    block_open(collector, weight < UINT32_C(1) << 3 * FACT_DEPTH_MAX ? weight << 3 : weight);
}

/* Instructions that call a helper. */
static bool is_helper(enum opcode opcode) {
    enum family family = opcode_facts[opcode].family;
    return opcode == OPCODE_ref_func || (family == FAMILY_TABLE && opcode != OPCODE_table_size) ||
           (family == FAMILY_MEMORY && opcode != OPCODE_memory_size);
}

static void note_other(struct collector *collector, enum opcode opcode) {
    switch (opcode) {
    case OPCODE_loop:
        loop_open(collector);
        break;
    case OPCODE_else:
        collector->block->number = ++collector->block_count;
        break;
    case OPCODE_return_call:
    case OPCODE_return_call_indirect:
        collector->facts->has_tail_call = true;
        break;
    default:
        if (opcode == OPCODE_call_indirect || is_helper(opcode)) {
            note_call(collector);
        }
    }
}

static const uint8_t *step_other(struct collector *collector, const uint8_t *at) {
    enum opcode opcode = read_opcode(&at);
    note_other(collector, opcode);
    skip_immediate(&at, opcode_facts[opcode].immediate);
    return at;
}

static const uint8_t *step_local(struct collector *collector, enum opcode opcode,
                                 const uint8_t *at) {
    uint32_t index = read_leb_u32(&at);
    note_local(collector, index, opcode != OPCODE_local_get);
    return at;
}

/* Over the instruction at `at`; where the next one is. */
static inline const uint8_t *step(struct collector *collector, const uint8_t *at) {
    enum opcode opcode = (enum opcode) * at;
    switch (steps[opcode]) {
    case STEP_NOTHING:
        return at + 1;
    case STEP_NUMBER:
        return leb_skip(at + 1);
    case STEP_ACCESS:
        return memory_access_skip(at + 1);
    case STEP_LOCAL:
        return step_local(collector, opcode, at + 1);
    case STEP_BLOCK:
        block_open(collector, collector->block->weight);
        return leb_skip(at + 1);
    case STEP_END:
        collector->block--;
        return at + 1;
    case STEP_CALL:
        note_call(collector);
        return leb_skip(at + 1);
    default:
        return step_other(collector, at);
    }
}

/* Room for `count` items; what was there is gone. */
static bool provide(void **items, uint32_t *capacity, uint32_t count, size_t size) {
    if (count <= *capacity) {
        return true;
    }
    uint32_t larger = count + count / 2;
    if (*capacity > 0) {
        port_release(*items, *capacity * size);
    }
    *items = port_allocate(larger * size);
    *capacity = *items == nullptr ? 0 : larger;
    return *items != nullptr;
}

static void locals_add(struct function_facts *facts, uint32_t *at, uint32_t count,
                       struct local_fact fact) {
    for (; count > 0; count--) {
        facts->locals[(*at)++] = fact;
    }
}

static const uint8_t *locals_begin(struct function_facts *facts, const struct function_type *type,
                                   const uint8_t *at) {
    uint32_t index = 0;
    for (uint32_t i = 0; i < type->parameter_count; i++) {
        struct local_fact fact = {.type = type->parameters[i], .is_decided = true};
        locals_add(facts, &index, 1, fact);
    }
    for (uint32_t runs = read_leb_u32(&at); runs > 0; runs--) {
        uint32_t count = read_leb_u32(&at);
        locals_add(facts, &index, count, (struct local_fact){.type = (enum value_type) * at++});
    }
    return at;
}

static bool provide_all(struct function_facts *facts, const struct body *body) {
    void *locals = facts->locals, *blocks = facts->blocks;
    bool good = provide(&locals, &facts->local_capacity, body->local_count, sizeof *facts->locals);
    facts->locals = locals;
    /* One more lies below the function's own: its end leaves that. */
    good = good &&
           provide(&blocks, &facts->block_capacity, body->control_depth + 1, sizeof *facts->blocks);
    facts->blocks = blocks;
    return good;
}

status_t facts_collect(struct function_facts *facts, const struct module *module,
                       uint32_t function) {
    const struct body *body = &module->bodies[function - module->imported_functions];
    const struct function_type *type = module_function_type(module, function);
    const uint8_t *at = module->bytes + body->start, *end = at + body->size;
    if (!provide_all(facts, body)) {
        return ERR_NO_MEMORY;
    }
    facts->local_count = body->local_count;
    facts->operand_depth = body->operand_depth;
    facts->control_depth = body->control_depth;
    facts->call_weight = 0;
    facts->has_call = facts->has_tail_call = false;
    struct collector collector = {.facts = facts, .block = facts->blocks};
    facts->blocks[0] = (struct open_block){.weight = 1};
    block_open(&collector, 1);
    at = locals_begin(facts, type, at);
    while (at < end) {
        at = step(&collector, at);
    }
    return OK;
}

void facts_fini(struct function_facts *facts) {
    if (facts->local_capacity > 0) {
        port_release(facts->locals, facts->local_capacity * sizeof *facts->locals);
    }
    if (facts->block_capacity > 0) {
        port_release(facts->blocks, facts->block_capacity * sizeof *facts->blocks);
    }
}
