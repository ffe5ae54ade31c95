/* SPDX-License-Identifier: MIT */
/*
 * Time: the time-stamp counter as clock and the local APIC's timer as alarm, both measured against
 * the legacy interval timer. The counter is taken to run at one rate: so it does on every CPU since
 * 2008 and in emulators; one that stands still is noticed.
 */
#include "apic.h"
#include <arch/cpu.h>
#include <arch/timer.h>
#include <base/ensure.h>
#include <chip/i8254.h>

constexpr uint64_t SECOND_NS = 1'000'000'000;
constexpr uint16_t SAMPLE_TICKS = I8254_HZ / 250; /* 4 ms */
constexpr unsigned SAMPLES = 3;
constexpr unsigned SAMPLE_TRIES = 10;
constexpr unsigned READING_TRIES = 8;
constexpr uint64_t ALARM_MAX_NS = SECOND_NS;
constexpr unsigned PATIENCE = 1'000'000;

extern uint64_t entry_cycles; /* entry.S: the counter when the kernel was entered */

/* Nanoseconds = cycles * scale >> 32. */
static uint64_t scale, cycles_hz, alarm_hz;

/* All three clocks at one moment. */
struct reading {
    uint64_t cycles;
    uint32_t alarm;
    uint16_t ticks;
};

struct sample {
    uint64_t cycles_hz, alarm_hz;
};

/* Something (a management interrupt, an emulator that is not run) may come between reading one
 * clock and the next: of several readings the quickest is taken. */
static struct reading reading_take(void) {
    struct reading best = {0};
    uint64_t best_gap = UINT64_MAX;
    for (unsigned i = 0; i < READING_TRIES; i++) {
        uint64_t before = cpu_cycles();
        uint16_t ticks = i8254_read();
        uint32_t alarm = apic_timer_left();
        uint64_t gap = cpu_cycles() - before;
        if (gap < best_gap) {
            best_gap = gap;
            best = (struct reading){before + gap / 2, alarm, ticks};
        }
    }
    return best;
}

/* False: it took so long that the interval timer came round. */
static bool sample_take(struct sample *out) {
    apic_timer_set(UINT32_MAX);
    i8254_start();
    struct reading start = reading_take(), end = start;
    for (unsigned i = 0; i < PATIENCE && (uint16_t)(start.ticks - end.ticks) < SAMPLE_TICKS; i++) {
        end.ticks = i8254_read();
    }
    end = reading_take();
    bool passed = i8254_has_passed();
    apic_timer_set(0);
    uint64_t ticks = (uint16_t)(start.ticks - end.ticks);
    if (passed || ticks < SAMPLE_TICKS / 2) {
        return false;
    }
    out->cycles_hz = (end.cycles - start.cycles) * I8254_HZ / ticks;
    out->alarm_hz = (uint64_t)(start.alarm - end.alarm) * I8254_HZ / ticks;
    return true;
}

static struct sample median(struct sample *samples) {
    for (unsigned i = 1; i < SAMPLES; i++) {
        struct sample sample = samples[i];
        unsigned at = i;
        for (; at > 0 && samples[at - 1].cycles_hz > sample.cycles_hz; at--) {
            samples[at] = samples[at - 1];
        }
        samples[at] = sample;
    }
    return samples[SAMPLES / 2];
}

void timer_start(void) {
    struct sample samples[SAMPLES];
    unsigned count = 0;
    for (unsigned i = 0; i < SAMPLE_TRIES && count < SAMPLES; i++) {
        count += sample_take(&samples[count]) ? 1 : 0;
    }
    ensure(count == SAMPLES); /* else the interval timer does not count */
    struct sample rates = median(samples);
    cycles_hz = rates.cycles_hz;
    alarm_hz = rates.alarm_hz;
    ensure(cycles_hz >= 1'000'000 && alarm_hz > 0);
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

uint64_t timer_entry_ns(void) {
    return (uint64_t)((unsigned __int128)entry_cycles * scale >> 32);
}

const char *timer_describe(void) {
    return "time-stamp counter";
}

uint64_t timer_frequency_hz(void) {
    return cycles_hz;
}
