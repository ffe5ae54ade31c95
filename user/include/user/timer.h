/* SPDX-License-Identifier: MIT */
/*
 * Timers of a handler: MESSAGE_TIMER with badge = key comes once for each that is set, unless it is
 * set again or unset before that was received. They end with the process.
 */
#pragma once
#include <user/system.h>

/* So many nanoseconds from now. ERR_FULL: 16 are set. */
static inline status_t timer_after(uint64_t key, uint64_t delay_ns) {
    return system_timer_set(key, system_time_get() + delay_ns);
}

/* Nothing happens if it is not set. */
static inline void timer_cancel(uint64_t key) {
    (void)system_timer_set(key, DEADLINE_NEVER);
}
