/* SPDX-License-Identifier: MIT */
/*
 * The alarms of each core, of which the hardware has one: it is set for the first. They belong to
 * their core, which masks interrupts while it changes them.
 */
#include "alarm.h"
#include <arch/core.h>
#include <arch/cpu.h>
#include <arch/timer.h>
#include <kernel/port.h>

/* Per core; 0: none. */
static uint64_t deadlines[CORES_MAX][ALARM_COUNT];
static void (*handlers[ALARM_COUNT])(void);

/* The first of this core's; UINT64_MAX: there is none. */
static uint64_t first(const uint64_t *mine) {
    uint64_t first_ns = UINT64_MAX;
    for (unsigned i = 0; i < ALARM_COUNT; i++) {
        first_ns = mine[i] != 0 && mine[i] < first_ns ? mine[i] : first_ns;
    }
    return first_ns;
}

void alarm_set(enum alarm_use use, uint64_t deadline_ns) {
    bool enabled = cpu_interrupts_disable();
    uint64_t *mine = deadlines[core_index()];
    mine[use] = deadline_ns == UINT64_MAX ? 0 : deadline_ns | 1;
    uint64_t first_ns = first(mine);
    if (first_ns != UINT64_MAX) {
        timer_alarm(first_ns);
    }
    if (enabled) {
        cpu_interrupts_enable();
    }
}

/* The hardware may ring early: then it is set again. */
static void ring(void) {
    uint64_t *mine = deadlines[core_index()];
    uint64_t now_ns = timer_now_ns();
    for (unsigned i = 0; i < ALARM_COUNT; i++) {
        if (mine[i] != 0 && mine[i] <= now_ns) {
            void (*handler)(void) = __atomic_load_n(&handlers[i], __ATOMIC_ACQUIRE);
            mine[i] = 0;
            if (handler != nullptr) {
                handler();
            }
        }
    }
    uint64_t first_ns = first(mine);
    if (first_ns != UINT64_MAX) {
        timer_alarm(first_ns);
    }
}

void alarm_set_handler(enum alarm_use use, void (*handler)(void)) {
    __atomic_store_n(&handlers[use], handler, __ATOMIC_RELEASE);
}

void alarm_start(void) {
    timer_set_handler(ring);
}

void port_alarm(uint64_t deadline_ns) {
    alarm_set(ALARM_CORE, deadline_ns);
}
