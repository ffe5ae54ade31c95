/* SPDX-License-Identifier: MIT */
/* So many times in so long: whether a process that ended may begin again. */
#pragma once
#include <user/wiring.h>

/* When it was restarted the last times; all zero at first. */
struct policy {
    uint64_t times_ns[WIRING_RESTARTS]; /* a ring */
    uint32_t count, next;
};

/* Notes a restart and returns true, unless there were restart->count within the time before now. */
bool policy_restart(struct policy *policy, const struct wiring_restart *restart, uint64_t now_ns);
