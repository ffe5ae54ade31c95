/* SPDX-License-Identifier: MIT */
/* Several uses of each core's one alarm. */
#pragma once
#include <stdint.h>

enum alarm_use : uint8_t {
    ALARM_SLEEP, /* only wakes */
    ALARM_CORE,  /* port_alarm() */
    ALARM_DISPLAY,
    ALARM_COUNT,
};

/* Once, after timer_start(). */
void alarm_start(void);
/* Called by its alarms of every core, in an interrupt. Set once. */
void alarm_set_handler(enum alarm_use use, void (*handler)(void));
/* This core's next alarm for this use: never late, replacing the one before. Interrupts are masked
 * or not. UINT64_MAX: none. */
void alarm_set(enum alarm_use use, uint64_t deadline_ns);
