/* SPDX-License-Identifier: MIT */
/*
 * The cores of the machine. They all run on the kernel's page tables; each has exception and kernel
 * stacks of its own and a number, 0 for the one that booted. A core with nothing to do sleeps, and
 * an interrupt from another core (IPI) wakes it.
 */
#pragma once
#include <stdint.h>

constexpr unsigned CORES_MAX = 64;

typedef void core_work(void *data);

/* Brings the parked cores up; returns when all have arrived or are given up (logged). Called once,
 * after timer_start(), with interrupts enabled. */
void cores_start(void);
/* How many run. Until cores_start() it is 1. */
unsigned core_count(void);
/* Which one this is; valid from cpu_start() on, in interrupts and exceptions, too. */
unsigned core_index(void);

/* Every other core calls work(data) in an interrupt, with interrupts masked; returns when all have
 * returned. `work` touches only what is made for it. Several cores may ask at once, with interrupts
 * masked or not: who waits serves the others' requests. */
void cores_call(core_work *work, void *data);
/* The same, of those other cores that are at work: one that is idle calls cpu_refetch() before it
 * does anything that is posted. */
void cores_call_busy(core_work *work, void *data);
/* For a loop that waits for another core (a lock, a count): a moment, in which this one serves what
 * the others ask. Without it a core that waits with interrupts masked holds up cores_call(). Does
 * not return once another core has called cores_stop(). */
void core_pause(void);
/* `core`, which is not core 0, calls work(data) when it is idle, on its kernel stack with
 * interrupts enabled. False: it has something to do already; core 0 always has. */
bool core_post(unsigned core, core_work *work, void *data);
/* An interrupt, for nothing: whatever it does, it looks again. Any core but this one. */
void core_wake(unsigned core);
/* For a panic: every other core stops for ever, wherever it is, interrupts masked or not; returns
 * when they have, or after a bounded time. (On riscv64 no interrupt reaches a core that masks them:
 * there it stops in core_pause(), or when it unmasks them.) */
void cores_stop(void);
