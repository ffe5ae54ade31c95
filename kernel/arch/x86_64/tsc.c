/* SPDX-License-Identifier: MIT */
/*
 * What CPUID says of the time-stamp counter. Source: Intel SDM volume 3, 18.17 (time-stamp counter,
 * leafs 15h and 16h); AMD APM volume 3, leaf 8000_0007h; leaf 4000_0010h is a custom of hypervisors
 * that began with VMware's.
 */
#include "tsc.h"
#include "registers.h"
#include <arch/core.h>
#include <arch/cpu.h>
#include <base/ensure.h>

constexpr uint32_t LEAF_RATE = 0x15, LEAF_BASE = 0x16;
constexpr uint32_t LEAF_HYPERVISOR = 0x4000'0000, LEAF_HYPERVISOR_RATE = 0x4000'0010;
constexpr uint32_t LEAF_EXTENDED = 0x8000'0000, LEAF_POWER = 0x8000'0007;
constexpr unsigned COMPARISONS = 2000;

static bool has_leaf(uint32_t leaf, uint32_t base) {
    return cpuid_read(base, 0).eax >= leaf;
}

/* ebx: the timer's rate in kHz; eax: the counter's. */
static struct cpuid hypervisor_rates(void) {
    constexpr uint32_t HYPERVISOR = 1u << 31;
    bool there = (cpuid_read(1, 0).ecx & HYPERVISOR) &&
                 has_leaf(LEAF_HYPERVISOR_RATE, LEAF_HYPERVISOR) &&
                 cpuid_read(LEAF_HYPERVISOR, 0).eax < LEAF_HYPERVISOR + 0x1000;
    return there ? cpuid_read(LEAF_HYPERVISOR_RATE, 0) : (struct cpuid){0};
}

bool tsc_is_steady(void) {
    constexpr uint32_t HAS_TSC = 1 << 4, INVARIANT = 1 << 8;
    if (!(cpuid_read(1, 0).edx & HAS_TSC)) {
        return false;
    }
    return (has_leaf(LEAF_POWER, LEAF_EXTENDED) && cpuid_read(LEAF_POWER, 0).edx & INVARIANT) ||
           hypervisor_rates().eax != 0;
}

/* Leaf 15h: counter = crystal * ebx / eax. Where the crystal is not told (ecx is 0), 16h's base
 * frequency is the counter's, as far as it is told. */
static uint64_t crystal_hz(void) {
    if (!has_leaf(LEAF_RATE, 0)) {
        return 0;
    }
    struct cpuid rate = cpuid_read(LEAF_RATE, 0);
    if (rate.eax == 0 || rate.ebx == 0) {
        return 0;
    }
    if (rate.ecx != 0 || !has_leaf(LEAF_BASE, 0)) {
        return rate.ecx;
    }
    return (cpuid_read(LEAF_BASE, 0).eax & 0xFFFF) * UINT64_C(1'000'000) * rate.eax / rate.ebx;
}

uint64_t tsc_known_hz(void) {
    uint64_t crystal = crystal_hz();
    if (crystal == 0) {
        return hypervisor_rates().eax * UINT64_C(1000);
    }
    struct cpuid rate = cpuid_read(LEAF_RATE, 0);
    return multiply_divide(crystal, rate.ebx, rate.eax);
}

uint64_t tsc_known_alarm_hz(void) {
    uint64_t crystal = crystal_hz();
    return crystal != 0 ? crystal : hypervisor_rates().ebx * UINT64_C(1000);
}

/* ---- comparison ---- */

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
