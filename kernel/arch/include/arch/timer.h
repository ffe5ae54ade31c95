/* SPDX-License-Identifier: MIT */
/*
 * Time: a monotonic clock, one for all cores, and one alarm per core. timer_start() finds out what
 * the clock stands on and how fast that is; before it timer_now_ns() is 0.
 */
#pragma once
#include <base/string.h>
#include <stdint.h>

/* `key` names the only clock that is tried ("tsc", "hpet", "pm", "pit" on a PC); "": the best. One
 * that is not there is told, and does no harm. Needs interrupt_start(). */
void timer_start(struct text key);
/* Nanoseconds since the kernel was entered. Never goes back: what one core has read, no core reads
 * less of afterwards. */
uint64_t timer_now_ns(void);
/* A counter that goes on with time, at whatever rate, on this core. Unlike cpu_cycles() it waits
 * for nothing that comes before it. */
uint64_t timer_ticks(void);
/* What timer_now_ns() was when timer_ticks() read this: roughly, and the more so the longer ago. */
uint64_t timer_ticks_ns(uint64_t ticks);
/* From the machine's reset to the kernel's entry, as far as the clock counted then. */
uint64_t timer_entry_ns(void);
/* This core's next timer interrupt: at about this time, or early (callers look again), replacing
 * any earlier alarm. */
void timer_alarm(uint64_t deadline_ns);
/* Called by the interrupt of each core's alarm, with interrupts masked, under the rules of
 * <arch/interrupt.h>. Set once. */
void timer_set_handler(void (*handler)(void));
/* What the clock stands on and how fast that counts, for the log. */
const char *timer_describe(void);
uint64_t timer_frequency_hz(void);
