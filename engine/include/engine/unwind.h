/* SPDX-License-Identifier: MIT */
/*
 * For targets whose calls leave the return address in a register, the link: where it is before any
 * instruction of a function or a stub, found by following the code to its end. Such a target says
 * of one instruction what it does to sp, the link and the flow (struct effect); the rest is common.
 *
 * Nothing here allocates, takes a lock or runs longer than a bounded number of steps.
 */
#pragma once
#include <engine/code.h>
#include <engine/target.h>

enum effect_kind : uint8_t {
    EFFECT_NONE,        /* on sp (but for `moves`), link and flow */
    EFFECT_SETS_SP,     /* to something else, or by an amount that only registers know */
    EFFECT_STORES_LINK, /* at sp + offset */
    EFFECT_LOADS_LINK,  /* from sp + offset */
    EFFECT_JUMPS,       /* by `offset` from the instruction */
    EFFECT_BRANCHES,    /* or goes on */
    EFFECT_LEAVES,      /* a return, or the jump of a tail call: the link belongs to who called */
    EFFECT_GOES_ON,     /* the jump to where a gate goes on: the return address is at sp */
    EFFECT_STOPS,       /* the path ends here, or changes the link otherwise */
};

struct effect {
    enum effect_kind kind;
    uint8_t size;   /* bytes of the instruction */
    int32_t moves;  /* of sp, in bytes, after all else */
    int32_t offset; /* in bytes; of a word, from sp before it moves */
};

/* The instruction at `at`, which is a place where one starts. */
typedef struct effect effect_function(const uint8_t *at);

/* What struct target has as frame_left and stub_left. `linkage` is target->linkage_size. */
struct return_place link_frame_left(effect_function *, uint32_t linkage, const struct code *,
                                    uint32_t at);
struct return_place link_stub_left(effect_function *, uint32_t linkage, const uint8_t *at,
                                   uint32_t relay);
