/* SPDX-License-Identifier: MIT */
/*
 * Nanoseconds from ticks. A counter of few bits is extended to 64 by what all cores have seen of it
 * (chip/counter.h), so that no core can see time go back. What is set here changes only while one
 * core runs, or all others sleep.
 */
#include "clock.h"
#include "registers.h"
#include <chip/counter.h>

constexpr uint64_t SECOND_NS = 1'000'000'000;
constexpr unsigned SHIFT = 32;

static struct {
    const struct clock_source *source; /* NULL: there is no time yet */
    uint64_t hz, scale;                /* nanoseconds = ticks * scale >> SHIFT */
    uint64_t start_ticks, start_ns;
    uint64_t last; /* atomic; for counter_extend() */
} clock;

static uint64_t ticks_read(void) {
    uint64_t raw = clock.source->read();
    return clock.source->bits == 64 ? raw : counter_extend(&clock.last, raw, clock.source->bits);
}

void clock_set(enum clock_kind kind, uint64_t hz, uint64_t start_ns) {
    clock.start_ns = clock.source != nullptr ? clock_now_ns() : start_ns;
    clock.source = &clock_sources[kind];
    clock.hz = hz;
    clock.scale = (SECOND_NS << SHIFT) / hz;
    clock.start_ticks = clock.last = clock.source->read();
}

enum clock_kind clock_get(void) {
    return (enum clock_kind)(clock.source - clock_sources);
}

uint64_t clock_hz(void) {
    return clock.hz;
}

uint64_t clock_now_ns(void) {
    if (clock.source == nullptr) {
        return 0;
    }
    uint64_t ticks = ticks_read() - clock.start_ticks;
    return clock.start_ns + (uint64_t)((unsigned __int128)ticks * clock.scale >> SHIFT);
}

uint64_t clock_ticks_at(uint64_t moment_ns) {
    uint64_t ns = moment_ns > clock.start_ns ? moment_ns - clock.start_ns : 0;
    return clock.start_ticks + multiply_divide(ns, clock.hz, SECOND_NS);
}

uint64_t clock_interval_ns(void) {
    if (clock.source == nullptr || clock.source->bits == 64) {
        return UINT64_MAX;
    }
    return (SECOND_NS << clock.source->bits) / clock.hz / 4;
}
