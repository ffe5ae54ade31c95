/* SPDX-License-Identifier: MIT */
/* See rate.h. A number that would make the counter faster than any is taken for none. */
#include "rate.h"

constexpr uint32_t LEAF_FEATURES = 1, LEAF_RATE = 0x15, LEAF_BASE = 0x16;
constexpr uint32_t LEAF_HYPERVISOR = 0x4000'0000, LEAF_HYPERVISOR_RATE = 0x4000'0010;
constexpr uint32_t LEAF_EXTENDED = 0x8000'0000, LEAF_POWER = 0x8000'0007;
constexpr uint64_t MEGAHERTZ = 1'000'000, KILOHERTZ = 1'000;
constexpr uint64_t MAX_HZ = UINT64_C(100'000) * MEGAHERTZ;

typedef struct cpuid cpuid_reader(uint32_t leaf);

/* eax: the counter's rate in kHz; ebx: the timer's. */
static struct cpuid hypervisor_rates(cpuid_reader *read) {
    constexpr uint32_t HYPERVISOR = 1u << 31;
    if (!(read(LEAF_FEATURES).ecx & HYPERVISOR)) {
        return (struct cpuid){0};
    }
    uint32_t last = read(LEAF_HYPERVISOR).eax;
    bool there = last >= LEAF_HYPERVISOR_RATE && last < LEAF_HYPERVISOR + 0x1000;
    return there ? read(LEAF_HYPERVISOR_RATE) : (struct cpuid){0};
}

/* Leaf 15h: counter = crystal * ebx / eax. Where the crystal is not told (ecx is 0), 16h's base
 * frequency is the counter's, as far as it is told. */
static void crystal_read(cpuid_reader *read, struct rate *out) {
    uint32_t last = read(0).eax;
    struct cpuid rate = last >= LEAF_RATE ? read(LEAF_RATE) : (struct cpuid){0};
    if (rate.eax == 0 || rate.ebx == 0) {
        return;
    }
    uint64_t crystal = rate.ecx;
    if (crystal == 0 && last >= LEAF_BASE) {
        crystal = (read(LEAF_BASE).eax & 0xFFFF) * MEGAHERTZ * rate.eax / rate.ebx;
    }
    if (crystal <= MAX_HZ && crystal * rate.ebx / rate.ebx == crystal &&
        crystal * rate.ebx / rate.eax <= MAX_HZ) {
        out->alarm_hz = crystal;
        out->hz = crystal * rate.ebx / rate.eax;
    }
}

static bool is_invariant(cpuid_reader *read) {
    constexpr uint32_t HAS_TSC = 1 << 4, INVARIANT = 1 << 8;
    return read(LEAF_FEATURES).edx & HAS_TSC && read(LEAF_EXTENDED).eax >= LEAF_POWER &&
           read(LEAF_POWER).edx & INVARIANT;
}

struct rate rate_read(cpuid_reader *read) {
    struct rate out = {0};
    struct cpuid told = hypervisor_rates(read);
    out.steady = is_invariant(read) || told.eax != 0;
    crystal_read(read, &out);
    if (out.hz == 0) {
        out.hz = told.eax * KILOHERTZ;
        out.alarm_hz = told.ebx * KILOHERTZ;
    }
    return out;
}
