/* SPDX-License-Identifier: MIT */
/*
 * What the compiler wants to know: uses weighted by loop depth, and which locals need their zero.
 *
 * A local does not need it when its first access in text order is a set, in block B, and every
 * later access is in B too. B is entered only at its start (a branch to it leaves it, or starts it
 * anew if it is a loop), and a set that is not inside a smaller block cannot be passed by: so the
 * set dominates all later accesses in B. One pass decides it: a later access is inside B exactly
 * when B is still open, that is when the block at B's depth still has B's number.
 */
#include "validator.h"

static uint32_t add_saturating(uint32_t a, uint32_t b) {
    uint32_t sum;
    return checked_add(a, b, &sum) ? sum : UINT32_MAX;
}

/* Decides about a local that may still do without its zero. */
static bool needs_zero(struct validator *v, struct local_first *first, bool set) {
    uint32_t depth = (uint32_t)(v->control - v->scratch->controls);
    if (first->block == 0) {
        *first = (struct local_first){depth, v->control->block};
        return !set;
    }
    return first->depth > depth || v->scratch->controls[first->depth].block != first->block;
}

void note_local(struct validator *v, uint32_t index, bool set) {
    struct local_fact *fact = &v->scratch->facts[index];
    fact->weight = add_saturating(fact->weight, v->weight);
    if (index >= v->parameter_count && !fact->needs_zero) {
        fact->needs_zero = needs_zero(v, &v->scratch->firsts[index], set);
    }
}

void note_call(struct validator *v) {
    if (v->facts != nullptr) {
        v->facts->has_call = true;
        v->facts->call_weight = add_saturating(v->facts->call_weight, v->weight);
    }
}

void note_tail_call(struct validator *v) {
    if (v->facts != nullptr) {
        v->facts->has_tail_call = true;
    }
}
