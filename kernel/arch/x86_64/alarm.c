/* SPDX-License-Identifier: MIT */
/* Who is told of alarms. Most only wake a core that sleeps. */
#include "alarm.h"
#include <arch/timer.h>

static void (*handler)(void);

void timer_set_handler(void (*chosen)(void)) {
    __atomic_store_n(&handler, chosen, __ATOMIC_RELEASE);
}

void alarm_interrupt(void) {
    void (*chosen)(void) = __atomic_load_n(&handler, __ATOMIC_ACQUIRE);
    if (chosen != nullptr) {
        chosen();
    }
}
