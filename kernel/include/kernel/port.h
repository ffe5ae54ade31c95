/* SPDX-License-Identifier: MIT */
/*
 * What the portable kernel (kernel/core, kernel/wasm) needs from the place it runs in, besides
 * <engine/port.h>: kernel/port/ and host/port/ provide these.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Monotonic nanoseconds since the machine (or process) started. */
uint64_t port_time_ns(void);
/* A counter that goes on with time, at whatever rate, on this core; a few nanoseconds to read. */
uint64_t port_ticks(void);
/* What port_time_ns() was when port_ticks() read this: roughly, and the more so the longer ago. */
uint64_t port_ticks_time_ns(uint64_t ticks);
/* Nanoseconds since 1970-01-01 UTC; 0 when nobody knows. */
int64_t port_wall_time_ns(void);
/* Bytes fit for keys: from the CPU's or the host's generator; early on a machine without one,
 * whatever entropy there is (doc/security.md says what that is worth). */
void port_random(void *to, size_t size);
/* Sleeps until the deadline, an interrupt, or for no reason at all; callers look again. */
void port_wait(uint64_t deadline_ns);
/* This core's next alarm: an interrupt at about this time, or early; replaces the one before. What
 * port_wait() sleeps for is another matter. May be called in an alarm. */
void port_alarm(uint64_t deadline_ns);
/* For all cores, at first: `rings` is called by each alarm, with interrupts masked or as a signal's
 * handler: it takes no lock. After each interrupt `is_wanted` is asked; if so, compiled code that
 * runs is preempted, when it can be (context_preempt). */
void port_alarm_start(void (*rings)(void), bool (*is_wanted)(void));
/* Heap, as in <engine/port.h>. */
void *port_allocate(size_t size);
/* What is left is held back for what must go on: nobody is given what he could do without. */
bool port_memory_is_low(void);
void port_release(void *memory, size_t size);

/* That core, which is not this one, gets an interrupt; if it is in port_wait(), or comes there
 * next, that returns. */
void port_core_wake(unsigned core);
/* The core that runs this, from 0; changes under nobody, because nobody is moved. Valid in
 * interrupts and exceptions, too. */
unsigned port_core(void);

struct context;
/* Whose code runs on this core, as in <engine/port.h>. */
void port_context_set(struct context *context);
