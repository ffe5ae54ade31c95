/* SPDX-License-Identifier: MIT */
/*
 * Time: the generic timer's virtual counter, which is one for all cores and always on; its rate is
 * what firmware has written down. The alarm is each core's virtual timer. Source: Arm ARM (DDI
 * 0487), D11.
 */
#include "timer.h"
#include "registers.h"
#include <arch/core.h>
#include <arch/timer.h>
#include <base/checked.h>
#include <base/ensure.h>
#include <kernel/log.h>

constexpr uint64_t SECOND_NS = 1'000'000'000;
constexpr uint64_t ENABLE = 1 << 0, MASK = 1 << 1;
constexpr unsigned SHIFT = 32;

extern uint64_t entry_ticks; /* entry.S: the counter when the kernel was entered */

static uint64_t hz, scale; /* nanoseconds = ticks * scale >> SHIFT; 0: there is no time yet */
static void (*handler)(void);

static uint64_t ticks_read(void) {
    barrier_instructions(); /* not before what comes before */
    return system_read(cntvct_el0);
}

static uint64_t to_ns(uint64_t ticks) {
    return (uint64_t)((unsigned __int128)ticks * scale >> SHIFT);
}

void timer_core_start(void) {
    system_write(cntv_ctl_el0, 0);
    barrier_instructions();
    timer_line_start();
}

void timer_start(struct text key) {
    if (key.size > 0 && !text_equal(key, text_of("generic"))) {
        log_write(LOG_WARNING, "timer", "no clock %.*s", (int)key.size, key.bytes);
    }
    hz = system_read(cntfrq_el0) & UINT32_MAX;
    ensure(hz >= 1'000'000 && hz <= SECOND_NS);
    scale = (SECOND_NS << SHIFT) / hz;
    timer_core_start();
}

uint64_t timer_now_ns(void) {
    return scale == 0 ? 0 : to_ns(ticks_read() - entry_ticks);
}

uint64_t timer_ticks(void) {
    return system_read(cntvct_el0);
}

uint64_t timer_ticks_ns(uint64_t ticks) {
    return scale == 0 ? 0 : to_ns(ticks - entry_ticks);
}

uint64_t timer_entry_ns(void) {
    return to_ns(entry_ticks);
}

/* A moment that the counter does not reach is none. */
void timer_alarm(uint64_t deadline_ns) {
    constexpr uint64_t FAR_NS = 3600 * SECOND_NS;
    uint64_t limit = timer_now_ns() + FAR_NS;
    uint64_t moment = deadline_ns < limit ? deadline_ns : limit;
    uint64_t ticks = moment / SECOND_NS * hz + moment % SECOND_NS * hz / SECOND_NS;
    system_write(cntv_cval_el0, entry_ticks + ticks + 1);
    system_write(cntv_ctl_el0, ENABLE);
    barrier_instructions();
}

void timer_set_handler(void (*chosen)(void)) {
    __atomic_store_n(&handler, chosen, __ATOMIC_RELEASE);
}

/* Its line stays up for as long as the moment is past: it is masked until the next alarm. */
void timer_interrupt(void) {
    system_write(cntv_ctl_el0, ENABLE | MASK);
    barrier_instructions();
    void (*chosen)(void) = __atomic_load_n(&handler, __ATOMIC_ACQUIRE);
    if (chosen != nullptr) {
        chosen();
    }
}

const char *timer_describe(void) {
    return "generic timer";
}

uint64_t timer_frequency_hz(void) {
    return hz;
}
