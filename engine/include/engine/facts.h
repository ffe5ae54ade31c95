/* SPDX-License-Identifier: MIT */
/*
 * What the compiler wants to know of a function before it emits anything: how much its locals are
 * used, how deep its blocks are, whether it calls. A pass over a body that function_validate()
 * accepted: it trusts the bytes, which do not change as long as the module lives.
 */
#pragma once
#include <engine/module.h>

/* Weight of a use: 8 to the power of the loop depth, depth capped at FACT_DEPTH_MAX; sums saturate.
 */
constexpr uint32_t FACT_DEPTH_MAX = 6;

struct local_fact {
    enum value_type type;
    bool needs_zero; /* some access may come before the first set (exact for text order; see .c) */
    bool is_decided; /* no access changes that any more */
    uint32_t weight; /* of gets, sets and tees */
    uint32_t first_depth, first_block; /* where it was first set; block 0: not yet accessed */
};

/* A block that is open. */
struct open_block {
    uint32_t number; /* the else part has its own */
    uint32_t weight; /* of a use in it */
};

/* Zero before the first function; the arrays are kept from function to function. */
struct function_facts {
    uint32_t local_count; /* with parameters */
    struct local_fact *locals;
    uint32_t operand_depth; /* most values on the operand stack */
    uint32_t control_depth; /* most nested blocks, the function's own included */
    uint32_t call_weight;   /* of call, call_indirect and of what compiles to a helper call */
    bool has_call;          /* any of those */
    bool has_tail_call;     /* return_call, return_call_indirect */
    struct open_block *blocks;
    uint32_t local_capacity, block_capacity; /* items of the arrays */
};

/* Of a defined function, `function` being an index in the function index space. ERR_NO_MEMORY. */
status_t facts_collect(struct function_facts *facts, const struct module *module,
                       uint32_t function);
void facts_fini(struct function_facts *facts);
