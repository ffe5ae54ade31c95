/* SPDX-License-Identifier: MIT */
/*
 * An interrupt controller, for CPUs that have it outside of themselves. Registers are mapped by
 * whoever sets it up; one per machine. Cores are numbered as in <arch/core.h>.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* What interrupts, besides lines. */
constexpr unsigned INTERRUPT_NONE = UINT32_MAX;
constexpr unsigned INTERRUPT_TIMER = UINT32_MAX - 1; /* this core's */
constexpr unsigned INTERRUPT_CALL = UINT32_MAX - 2;  /* by another core */
constexpr unsigned INTERRUPT_STOP = UINT32_MAX - 3;  /* the same, where it cannot be a fast one */

struct interrupt_chip {
    const char *name;
    /* On each core, by itself: what is its own is let through, its timer and the calls of others.
     * False: the controller does not know this core. */
    bool (*core_start)(unsigned index);
    /* False: there is no such line. All go to core 0. */
    bool (*unmask)(unsigned line);
    /* On any core, while it is being served, too. What raises it then is remembered. */
    void (*mask)(unsigned line);
    /* No line, timer or call interrupts any core from now on. */
    void (*quiet)(void);
    /* What interrupts this core now. `token` is for end(), once it has been served. */
    unsigned (*claim)(unsigned index, uint32_t *token);
    void (*end)(uint32_t token);
    /* Interrupts a core, or with a fast interrupt where that is possible. */
    void (*signal)(unsigned index);
    void (*signal_stop)(unsigned index);
};
