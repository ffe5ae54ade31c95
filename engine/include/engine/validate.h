/* SPDX-License-Identifier: MIT */
/*
 * Validation of one function body (specification 3.3, algorithm of appendix A.3), and what the
 * compiler wants to know beforehand. module_make() runs it over every function, without facts,
 * unless the bodies are to be validated late; the compiler runs it again over the one function it
 * is about to compile, with facts: there is no way to compiled code around it, and nothing has to
 * be kept for functions that never run.
 */
#pragma once
#include <engine/module.h>

/* Weight of a use: 8 to the power of the loop depth, depth capped at FACT_DEPTH_MAX; sums saturate.
 */
constexpr uint32_t FACT_DEPTH_MAX = 6;

struct local_fact {
    enum value_type type;
    bool needs_zero; /* some access may come before the first set (exact for text order; see .c) */
    uint32_t weight; /* of gets, sets and tees */
};

struct function_facts {
    uint32_t local_count;      /* with parameters */
    struct local_fact *locals; /* valid until the next function_validate with the same scratch */
    uint32_t operand_depth;    /* most values on the operand stack */
    uint32_t control_depth;    /* most nested blocks, the function's own included */
    uint32_t call_weight;      /* of call, call_indirect and of what compiles to a helper call */
    bool has_call;             /* any of those */
    bool has_tail_call;        /* return_call, return_call_indirect */
};

/* Working memory that is kept from function to function. */
struct validate_scratch;
status_t validate_scratch_create(struct validate_scratch **out);
void validate_scratch_destroy(struct validate_scratch *scratch);

/* `function` is an index in the function index space, of a defined one. facts may be NULL.
 * ERR_CORRUPT: *error says why. */
status_t function_validate(const struct module *module, uint32_t function,
                           struct validate_scratch *scratch, struct function_facts *facts,
                           struct module_error *error);
