/* SPDX-License-Identifier: MIT */
/* See policy.h. The ring has as many places as restarts are allowed: the one to be written next is
 * the oldest that counts. */
#include "policy.h"

constexpr uint64_t NS_PER_MS = 1'000'000;

bool policy_restart(struct policy *policy, const struct wiring_restart *restart, uint64_t now_ns) {
    uint32_t allowed = restart->count < WIRING_RESTARTS ? restart->count : WIRING_RESTARTS;
    if (allowed == 0) {
        return false;
    }
    uint64_t *oldest = &policy->times_ns[policy->next];
    if (policy->count == allowed && now_ns - *oldest < restart->within_ms * NS_PER_MS) {
        return false;
    }
    *oldest = now_ns;
    policy->next = (policy->next + 1) % allowed;
    policy->count += policy->count < allowed;
    return true;
}
