/* SPDX-License-Identifier: MIT */
/*
 * The clock that timer.h's time is read from: one of four counters, the same for all cores.
 *
 *     tsc    the CPU's time-stamp counter, if it is steady
 *     hpet   on nearly every PC since 2005
 *     pm     ACPI's timer
 *     pit    the interval timer's counter 2, on every PC there ever was; goes round in 55 ms
 */
#pragma once
#include <base/string.h>
#include <stdint.h>

struct clock_source {
    const char *key, *name;
    unsigned bits;
    bool (*start)(uint64_t *hz); /* false: there is none; 0 Hz: it must be measured */
    uint64_t (*read)(void);      /* by any core at any time, once started */
};

enum clock_kind : unsigned { CLOCK_TSC, CLOCK_HPET, CLOCK_PM, CLOCK_PIT, CLOCK_KINDS };
extern struct clock_source clock_sources[CLOCK_KINDS];

/* The first that can be started, of all or of the one with this key; CLOCK_KINDS: none. The
 * time-stamp counter is left out if `measured`. */
enum clock_kind clock_choose(struct text key, bool measured, uint64_t *hz);

/* Time is that of this source from now on; it goes on from where it was, or begins at start_ns. */
void clock_set(enum clock_kind kind, uint64_t hz, uint64_t start_ns);
enum clock_kind clock_get(void);
uint64_t clock_hz(void);
uint64_t clock_now_ns(void);
/* When the counter will show, or has shown, this moment. */
uint64_t clock_ticks_at(uint64_t moment_ns);
/* At least so often the clock must be read. */
uint64_t clock_interval_ns(void);
