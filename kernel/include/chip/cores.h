/* SPDX-License-Identifier: MIT */
/*
 * Cores among themselves, as <arch/core.h> says it, over what each CPU has for it: an interrupt
 * from one core to another, and if possible one that cannot be masked.
 */
#pragma once
#include <arch/core.h>

/* ---- what a CPU provides (besides core_index() and cores_start()) ---- */

/* Interrupts that core, which calls cores_serve(). What this core has stored before, that one sees.
 * Interrupts are masked. */
void core_signal(unsigned index);
/* The same, masked or not as far as the CPU can do that: there cores_stop_here() is called. */
void core_signal_stop(unsigned index);
/* A moment in a loop that waits. */
void core_relax(void);

/* ---- what it calls ---- */

/* How many run, once all have come. */
void cores_count_set(unsigned count);
/* In the interrupt. */
void cores_serve(void);
/* Does not return when all cores are to stop. */
void cores_stop_here(void);
/* Where a core ends up that has been brought up: sleeps, and does what is posted. */
[[noreturn]] void core_idle(void);
