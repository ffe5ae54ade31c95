/* SPDX-License-Identifier: MIT */
/*
 * What the compiler wants to know of a function before it emits anything: how much its locals are
 * used, how deep its blocks are, whether it calls. Validation notes it by the way
 * (validate/note.c), in a form that takes two or three bytes for a local that is used; the module
 * keeps that (struct body). Numbers are LEB128, as in modules:
 *
 *   2 * weight of all calls + (does it tail call?)   count   { local   2 * weight + (needs zero?)
 * }*
 *
 * Weight of a use: 8 to the power of the loop depth, depth capped at FACT_DEPTH_MAX; sums saturate.
 */
#pragma once
#include <engine/module.h>

constexpr uint32_t FACT_DEPTH_MAX = 6;

struct local_fact {
    enum value_type type;
    bool needs_zero; /* some access may come before the first set (exact for text order: note.c) */
    uint32_t weight; /* of gets, sets and tees */
};

/* Zero before the first function; the array is kept from function to function. */
struct function_facts {
    uint32_t local_count; /* with parameters */
    struct local_fact *locals;
    const uint8_t *code;    /* the first instruction */
    uint32_t operand_depth; /* most values on the operand stack */
    uint32_t control_depth; /* most nested blocks, the function's own included */
    uint32_t call_weight;   /* of call, call_indirect and of what compiles to a helper call */
    bool has_call;          /* any of those */
    bool has_tail_call;     /* return_call, return_call_indirect */
    uint32_t local_capacity;
};

/* Of a defined function that was validated, `function` being an index in the function index space.
 * ERR_NO_MEMORY. */
status_t facts_read(struct function_facts *facts, const struct module *module, uint32_t function);
void facts_fini(struct function_facts *facts);
