/* SPDX-License-Identifier: MIT */
/*
 * Time: the time-stamp counter as clock and the local APIC's timer as alarm, both measured against
 * the legacy interval timer. The counter is taken to run at one rate: so it does on every CPU since
 * 2008 and in emulators; one that stands still is noticed.
 */
#include <arch/timer.h>
#include "apic.h"
#include <arch/cpu.h>
#include <base/ensure.h>
#include <chip/i8254.h>

constexpr uint64_t SECOND_NS = 1'000'000'000;
constexpr uint16_t SAMPLE_TICKS = I8254_HZ / 200; /* 5 ms */
constexpr unsigned SAMPLES = 3;
constexpr uint64_t ALARM_MAX_NS = SECOND_NS;
constexpr unsigned PATIENCE = 10'000'000;

extern uint64_t entry_cycles; /* entry.S: the counter when the kernel was entered */

/* Nanoseconds = cycles * scale >> 32. */
static uint64_t scale, cycles_hz, alarm_hz;

struct sample {
    uint64_t cycles, ticks;
};

static struct sample sample_take(void) {
    apic_timer_set(UINT32_MAX);
    i8254_count(SAMPLE_TICKS);
    uint64_t start = cpu_cycles();
    uint32_t left = apic_timer_left();
    unsigned patience = PATIENCE;
    while (!i8254_is_done() && --patience > 0) {
    }
    ensure(patience > 0); /* the interval timer does not count */
    struct sample sample = {cpu_cycles() - start, left - apic_timer_left()};
    apic_timer_set(0);
    return sample;
}

/* A disturbance (an emulator that is not run, a management interrupt) makes a sample longer, never
 * shorter: the shortest counts. */
void timer_start(void) {
    struct sample best = {UINT64_MAX, UINT64_MAX};
    for (unsigned i = 0; i < SAMPLES; i++) {
        struct sample sample = sample_take();
        if (sample.cycles < best.cycles) {
            best = sample;
        }
    }
    ensure(best.cycles > 1000 && best.ticks > 0);
    cycles_hz = best.cycles * I8254_HZ / SAMPLE_TICKS;
    alarm_hz = best.ticks * I8254_HZ / SAMPLE_TICKS;
    scale = (SECOND_NS << 32) / cycles_hz;
}

uint64_t timer_now_ns(void) {
    return (uint64_t)((unsigned __int128)(cpu_cycles() - entry_cycles) * scale >> 32);
}

void timer_alarm(uint64_t deadline_ns) {
    uint64_t now = timer_now_ns();
    uint64_t wait = deadline_ns > now ? deadline_ns - now : 0;
    wait = wait < ALARM_MAX_NS ? wait : ALARM_MAX_NS;
    uint64_t ticks = wait * alarm_hz / SECOND_NS + 1;
    apic_timer_set(ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX);
}

const char *timer_describe(void) {
    return "time-stamp counter";
}

uint64_t timer_frequency_hz(void) {
    return cycles_hz;
}
