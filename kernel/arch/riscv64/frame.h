/* SPDX-License-Identifier: MIT */
/*
 * What stubs.S leaves on the stack of an exception or interrupt: x1 to x31, and what the CPU says.
 * A core's own state, which stubs.S finds by sscratch and everybody else by tp. Also for assembler.
 */
#pragma once

#define FRAME_SIZE   288 /* 36 words, a multiple of 16 */
#define FRAME_PC     256
#define FRAME_STATUS 264
#define FRAME_CAUSE  272
#define FRAME_VALUE  280

#define CORE_SP        0
#define CORE_T0        8
#define CORE_T1        16
#define CORE_EXCEPTION 24
#define CORE_DOUBLE    32
#define CORE_INTERRUPT 40
#define CORE_PC        48

#define TRAP_STACK_SIZE 16384
#define TRAP_GUARD_SIZE 4096
#define TRAP_RESERVE    4096 /* an exception within one stays on its stack while so much is left */

#ifndef __ASSEMBLER__
#include <arch/core.h>
#include <arch/trap.h>
#include <stddef.h>
#include <stdint.h>

struct trap_frame {
    uint64_t unused; /* for x0 */
    uint64_t x[31];  /* x1 to x31 */
    uint64_t pc, status, cause, value;
};
static_assert(sizeof(struct trap_frame) == FRAME_SIZE);
static_assert(offsetof(struct trap_frame, pc) == FRAME_PC);
static_assert(offsetof(struct trap_frame, value) == FRAME_VALUE);

struct [[gnu::aligned(64)]] core {
    uint64_t sp, t0, t1; /* of what is interrupted, for a few instructions */
    uintptr_t exception; /* tops of stacks */
    uintptr_t twice;     /* for an exception that finds no room on the stack of exceptions */
    uintptr_t interrupt;
    uintptr_t pc; /* where the last exception was, if not within its entry */
    uint64_t hart;
    uint32_t index;
    bool online; /* atomic; it has done all there is to do before it sleeps */
};
static_assert(offsetof(struct core, exception) == CORE_EXCEPTION);
static_assert(offsetof(struct core, twice) == CORE_DOUBLE);
static_assert(offsetof(struct core, interrupt) == CORE_INTERRUPT);
static_assert(offsetof(struct core, pc) == CORE_PC);

extern struct core cores[CORES_MAX];

static inline struct core *core_here(void) {
    struct core *core;
    __asm__ volatile("mv %0, tp" : "=r"(core));
    return core;
}

/* cpu.c: makes the running hart that core: where traps go, modes, what may interrupt. */
void core_modes_set(struct core *core);
/* interrupt.c: by scause without its sign. */
void interrupt_dispatch(uint64_t cause);
#endif
