/* SPDX-License-Identifier: MIT */
/* What CPUID says of the counter, and what the cores themselves see of one another's. */
#include "tsc.h"
#include <arch/core.h>
#include <arch/cpu.h>
#include <base/ensure.h>

constexpr unsigned COMPARISONS = 2000;

static struct cpuid leaf_read(uint32_t leaf) {
    return cpuid_read(leaf, 0);
}

struct rate tsc_rate(void) {
    return rate_read(leaf_read);
}

static struct {
    unsigned come, gone;     /* atomic; cores */
    uint64_t latest, behind; /* atomic */
} comparison;

static void maximum_raise(uint64_t *maximum, uint64_t value) {
    uint64_t old = __atomic_load_n(maximum, __ATOMIC_RELAXED);
    while (old < value && !__atomic_compare_exchange_n(maximum, &old, value, true, __ATOMIC_ACQ_REL,
                                                       __ATOMIC_RELAXED)) {
    }
}

/* Whoever stored `latest` had read its counter before; so ours, read after, must show more. */
static void compare(void *data) {
    __atomic_add_fetch(&comparison.come, 1, __ATOMIC_ACQ_REL);
    while (__atomic_load_n(&comparison.come, __ATOMIC_ACQUIRE) < core_count()) {
        core_pause();
    }
    for (unsigned i = 0; i < COMPARISONS; i++) {
        uint64_t latest = __atomic_load_n(&comparison.latest, __ATOMIC_ACQUIRE);
        uint64_t now = cpu_cycles();
        if (now < latest) {
            maximum_raise(&comparison.behind, latest - now);
        }
        maximum_raise(&comparison.latest, now);
    }
    __atomic_add_fetch(&comparison.gone, 1, __ATOMIC_ACQ_REL);
}

uint64_t tsc_compare(void) {
    for (unsigned i = 1; i < core_count(); i++) {
        ensure(core_post(i, compare, nullptr)); /* they have only just come up */
    }
    compare(nullptr);
    while (__atomic_load_n(&comparison.gone, __ATOMIC_ACQUIRE) < core_count()) {
        core_pause();
    }
    return comparison.behind;
}
