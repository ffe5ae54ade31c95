/* SPDX-License-Identifier: MIT */
/* A core's own state, found through TPIDR_EL1, which nothing else uses. */
#pragma once

#define CORE_EXCEPTION_LOW   8
#define CORE_EMERGENCY_TOP   16
#define EXCEPTION_STACK_SIZE 16384
#define EXCEPTION_STACK_REST 4096 /* so much must be left for an exception within an exception */

#ifndef __ASSEMBLER__
#include "registers.h"
#include <arch/core.h>
#include <stddef.h>

struct [[gnu::aligned(64)]] core {
    uint64_t index;
    uint64_t exception_low; /* the exception stack's lowest address */
    uint64_t emergency_top;
    uint64_t id; /* MPIDR's affinities */
    bool online; /* atomic; it has done all there is to do before it sleeps */
};
static_assert(offsetof(struct core, exception_low) == CORE_EXCEPTION_LOW);
static_assert(offsetof(struct core, emergency_top) == CORE_EMERGENCY_TOP);

extern struct core cores[CORES_MAX];

static inline struct core *core_here(void) {
    return (struct core *)system_read(tpidr_el1);
}

/* MPIDR without what is no affinity. */
constexpr uint64_t AFFINITY_MASK = 0xFF'00FF'FFFF;

/* Makes the running core that one, with exceptions on its stack; what else is a core's own. */
void core_adopt(struct core *core, uintptr_t exception_top);
#endif
