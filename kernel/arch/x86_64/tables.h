/* SPDX-License-Identifier: MIT */
/*
 * A core's own state, found through the GS base, which nothing else uses: compiled code and the
 * kernel run in one ring, so it is set once and never swapped.
 */
#pragma once
#include "registers.h"
#include <arch/core.h>
#include <stddef.h>

struct [[gnu::packed]] task_state {
    uint32_t reserved0;
    uint64_t privileged_stacks[3];
    uint64_t reserved1;
    uint64_t interrupt_stacks[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t io_map;
};
static_assert(sizeof(struct task_state) == 104);

struct [[gnu::aligned(64)]] core {
    struct core *self; /* at GS:0 */
    uint32_t index;    /* at GS:8 */
    uint32_t apic;     /* its local APIC's id */
    bool online;       /* atomic; it has done all there is to do before it sleeps */

    uint64_t descriptors[5];
    struct task_state task;
};
static_assert(offsetof(struct core, index) == 8);

extern struct core cores[CORES_MAX];

static inline struct core *core_here(void) {
    struct core *core;
    __asm__ volatile("movq %%gs:0, %0" : "=r"(core));
    return core;
}

/* Makes the running core that one: GDT, TSS, IDT, control registers. `exception_stacks` are the
 * tops of stacks 1 to STACK_COUNT. */
void tables_load(struct core *core, const uintptr_t exception_stacks[STACK_COUNT]);
/* An IDT in which the next exception is the machine's reset. */
void tables_break(void);
/* Control registers, memory types, floating point: the same on every core, whatever was before. */
void modes_set(void);
