/* SPDX-License-Identifier: MIT */
/*
 * Time: a monotonic clock and one alarm per core. timer_start() calibrates what must be calibrated;
 * before it timer_now_ns() is 0, since its scale is.
 */
#pragma once
#include <stdint.h>

void timer_start(void);
/* Nanoseconds since the kernel was entered; never goes back on one core. */
uint64_t timer_now_ns(void);
/* From the machine's reset to the kernel's entry, as far as the clock counted then. */
uint64_t timer_entry_ns(void);
/* An interrupt at about this time (it may be early: callers look again), replacing any earlier
 * alarm. */
void timer_alarm(uint64_t deadline_ns);
/* Called by the interrupt of each core's alarm, with interrupts masked, under the rules of
 * <arch/interrupt.h>. Set once. */
void timer_set_handler(void (*handler)(void));
/* What the clock stands on, for the log. */
const char *timer_describe(void);
uint64_t timer_frequency_hz(void);
