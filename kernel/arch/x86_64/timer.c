/* SPDX-License-Identifier: MIT */
/*
 * Time for <arch/timer.h>: which clock, how fast it and the alarm run, and the alarm itself, which
 * is the local APIC's timer. That one either counts down, or compares with the time-stamp counter
 * where that is the clock.
 *
 * What CPUID tells is not measured. What must be is measured against the best other clock: for a
 * millisecond if it is only the alarm, which may be early, and longer if it is the clock.
 */
#include "apic.h"
#include "clock.h"
#include "registers.h"
#include "tsc.h"
#include "wake.h"
#include <arch/core.h>
#include <arch/cpu.h>
#include <arch/timer.h>
#include <base/ensure.h>
#include <kernel/log.h>
#include <kernel/panic.h>

constexpr uint64_t SECOND_NS = 1'000'000'000;
constexpr uint64_t ALARM_MAX_NS = SECOND_NS;
constexpr unsigned READING_TRIES = 8, SAMPLE_TRIES = 50;
constexpr uint64_t SHORT_US = 1'000, LONG_US = 10'000;
constexpr unsigned PATIENCE = 1'000'000;

extern uint64_t entry_cycles; /* entry.S: the counter when the kernel was entered */

static uint64_t cycles_hz, alarm_hz;
static bool by_deadline;
static uint64_t error_ppm; /* of cycles_hz; 0: it was told */

/* All clocks at one moment. */
struct reading {
    uint64_t cycles, gap; /* gap: cycles that it took */
    uint32_t alarm;
    uint64_t ticks;
};

/* Something (a management interrupt, an emulator that is not run) may come between reading one
 * clock and the next: of several readings the quickest is taken. */
static struct reading reading_take(const struct clock_source *source) {
    struct reading best = {.gap = UINT64_MAX};
    for (unsigned i = 0; i < READING_TRIES; i++) {
        uint64_t before = cpu_cycles();
        uint64_t ticks = source->read();
        uint32_t alarm = apic_timer_left();
        uint64_t gap = cpu_cycles() - before;
        if (gap < best.gap) {
            best = (struct reading){before + gap / 2, gap, alarm, ticks};
        }
    }
    return best;
}

/* A million times the doubt about the ends, and a tick, in relation to what lies between. */
static uint64_t doubt_ppm(const struct reading *start, const struct reading *end, uint64_t ticks) {
    uint64_t cycles = end->cycles - start->cycles;
    return (start->gap + end->gap) / 2 * 1'000'000 / cycles + 1'000'000 / ticks + 1;
}

/* False: it took so long that the counter may have come round. */
static bool sample_take(const struct clock_source *source, uint64_t hz, uint64_t us) {
    uint64_t mask = (UINT64_C(1) << source->bits) - 1, wanted = hz * us / 1'000'000;
    apic_timer_set(UINT32_MAX);
    struct reading start = reading_take(source), end = start;
    for (unsigned i = 0; i < PATIENCE && ((end.ticks - start.ticks) & mask) < wanted; i++) {
        end.ticks = source->read();
    }
    end = reading_take(source);
    apic_timer_set(0);
    uint64_t ticks = (end.ticks - start.ticks) & mask;
    if (ticks < wanted || ticks > mask / 4 * 3 || start.alarm <= end.alarm) {
        return false;
    }
    cycles_hz = multiply_divide(end.cycles - start.cycles, hz, ticks);
    alarm_hz = multiply_divide(start.alarm - end.alarm, hz, ticks);
    error_ppm = doubt_ppm(&start, &end, ticks);
    return true;
}

static bool is_near(uint64_t a, uint64_t b) {
    return (a > b ? a - b : b - a) < a / 50;
}

/* A counter that goes round in milliseconds may have done so unseen, when an emulator was not run
 * for a while: of that, two samples in a row must agree. */
static void measure(enum clock_kind kind, uint64_t hz, uint64_t us) {
    const struct clock_source *source = &clock_sources[kind];
    uint64_t before = 0;
    for (unsigned i = 0; i < SAMPLE_TRIES; i++) {
        bool good = sample_take(source, hz, us);
        if (good && (source->bits > 16 || is_near(cycles_hz, before))) {
            return;
        }
        before = good ? cycles_hz : 0;
    }
    panic("the %s cannot be measured by", source->name);
}

static void rates_measure(uint64_t us) {
    uint64_t hz;
    enum clock_kind kind = clock_choose((struct text){0}, true, &hz);
    ensure(kind != CLOCK_KINDS); /* no PC has none of them */
    measure(kind, hz, us);
}

/* Told by CPUID, or measured. */
static void rates_find(enum clock_kind kind, uint64_t hz) {
    struct rate told = tsc_rate();
    if (told.hz != 0 && (told.alarm_hz != 0 || by_deadline)) {
        cycles_hz = told.hz;
        alarm_hz = told.alarm_hz / APIC_TIMER_DIVISOR;
        return;
    }
    if (kind != CLOCK_TSC) {
        measure(kind, hz, SHORT_US);
        return;
    }
    rates_measure(told.hz != 0 ? SHORT_US : LONG_US);
    if (told.hz != 0) {
        cycles_hz = told.hz;
        error_ppm = 0;
    }
}

static enum clock_kind kind_choose(struct text key, uint64_t *hz) {
    enum clock_kind kind = clock_choose(key, false, hz);
    if (kind == CLOCK_KINDS && key.size > 0) {
        log_write(LOG_WARNING, "timer", "no clock %.*s", (int)key.size, key.bytes);
        kind = clock_choose((struct text){0}, false, hz);
    }
    ensure(kind != CLOCK_KINDS);
    return kind;
}

void timer_start(struct text key) {
    uint64_t hz;
    enum clock_kind kind = kind_choose(key, &hz);
    by_deadline = kind == CLOCK_TSC && apic_has_deadline();
    rates_find(kind, hz);
    ensure(cycles_hz >= 1'000'000 && (alarm_hz > 0 || by_deadline));
    uint64_t since_entry = cpu_cycles() - entry_cycles;
    clock_set(kind, kind == CLOCK_TSC ? cycles_hz : hz,
              multiply_divide(since_entry, SECOND_NS, cycles_hz));
    timer_core_start();
    timer_alarm(UINT64_MAX);
    log_write(LOG_DEBUG, "timer", "counter at %llu kHz, %s %llu ppm; alarm %s at %llu kHz",
              (unsigned long long)cycles_hz / 1000, error_ppm > 0 ? "measured to" : "as told,",
              (unsigned long long)error_ppm, by_deadline ? "by deadline" : "counts down",
              (unsigned long long)alarm_hz / 1000);
}

void timer_core_start(void) {
    apic_timer_mode(by_deadline);
}

static void mode_change(void *data) {
    timer_core_start();
}

/* Called once the others run: a counter that differs between cores is no clock. */
void timer_cores_check(void) {
    if (clock_get() != CLOCK_TSC || core_count() == 1) {
        return;
    }
    uint64_t behind = tsc_compare();
    if (behind == 0) {
        return;
    }
    uint64_t hz;
    enum clock_kind kind = clock_choose((struct text){0}, true, &hz);
    log_write(LOG_WARNING, "timer",
              "time-stamp counters differ by %llu cycles; %s is the clock now",
              (unsigned long long)behind,
              kind != CLOCK_KINDS ? clock_sources[kind].name : "nothing better");
    if (kind != CLOCK_KINDS) {
        by_deadline = false;
        timer_core_start();
        cores_call(mode_change, nullptr);
        measure(kind, hz, SHORT_US);
        clock_set(kind, hz, 0);
        timer_alarm(UINT64_MAX);
    }
}

uint64_t timer_now_ns(void) {
    return clock_now_ns();
}

uint64_t timer_ticks(void) {
    uint32_t low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

/* Whatever the clock is, and though the rate may be measured for a moment only: the present is
 * what both are compared at. */
uint64_t timer_ticks_ns(uint64_t ticks) {
    if (cycles_hz == 0) {
        return 0;
    }
    uint64_t now_ns = clock_now_ns();
    int64_t age = (int64_t)(timer_ticks() - ticks);
    uint64_t age_ns = multiply_divide(age > 0 ? (uint64_t)age : 0, SECOND_NS, cycles_hz);
    return age_ns < now_ns ? now_ns - age_ns : 0;
}

/* Never later than the clock must be looked at again. */
void timer_alarm(uint64_t deadline_ns) {
    uint64_t now = clock_now_ns();
    uint64_t longest = clock_interval_ns() < ALARM_MAX_NS ? clock_interval_ns() : ALARM_MAX_NS;
    uint64_t wait = deadline_ns > now ? deadline_ns - now : 0;
    wait = wait < longest ? wait : longest;
    if (by_deadline) {
        apic_timer_deadline(clock_ticks_at(now + wait));
        return;
    }
    uint64_t ticks = multiply_divide(wait, alarm_hz, SECOND_NS) + 1;
    apic_timer_set(ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX);
}

/* Core 0 looks after a clock that goes round. */
void timer_interrupt(void) {
    if (core_index() == 0 && clock_interval_ns() != UINT64_MAX) {
        timer_alarm(UINT64_MAX);
    }
}

uint64_t timer_entry_ns(void) {
    return multiply_divide(entry_cycles, SECOND_NS, cycles_hz);
}

const char *timer_describe(void) {
    return clock_sources[clock_get()].name;
}

uint64_t timer_frequency_hz(void) {
    return clock_hz();
}
