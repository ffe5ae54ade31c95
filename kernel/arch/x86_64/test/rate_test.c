/* SPDX-License-Identifier: MIT */
/* The rates of CPUs as their CPUID tells them: real ones, and ones that make no sense. */
#include "../rate.h"
#include <base/ensure.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

constexpr uint32_t TSC = 1 << 4, HYPERVISOR = 1u << 31, INVARIANT = 1 << 8;

static struct {
    uint32_t leaf;
    struct cpuid value;
} leafs[8];
static unsigned count;

static void cpu(uint32_t last, uint32_t ecx) {
    memset(leafs, 0, sizeof(leafs));
    leafs[0].value.eax = last;
    leafs[1].leaf = 1, leafs[1].value.ecx = ecx, leafs[1].value.edx = TSC;
    count = 2;
}

static void add(uint32_t leaf, uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx) {
    leafs[count].leaf = leaf;
    leafs[count++].value = (struct cpuid){eax, ebx, ecx, edx};
}

/* As on a CPU, one that is not there is as the last: whoever reads it gets nonsense. */
static struct cpuid read(uint32_t leaf) {
    for (unsigned i = 0; i < count; i++) {
        if (leafs[i].leaf == leaf) {
            return leafs[i].value;
        }
    }
    return (struct cpuid){UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX};
}

static void power(uint32_t edx) {
    add(0x8000'0000, 0x8000'0008, 0, 0, 0);
    add(0x8000'0007, 0, 0, 0, edx);
}

static bool is(bool steady, uint64_t hz, uint64_t alarm_hz) {
    struct rate rate = rate_read(read);
    return rate.steady == steady && rate.hz == hz && rate.alarm_hz == alarm_hz;
}

static void test_cpus(void) {
    cpu(0xD, 0); /* a CPU that tells nothing but that the counter is steady */
    power(INVARIANT);
    CHECK(is(true, 0, 0));
    leafs[1].value.edx = 0; /* and one that has none */
    CHECK(is(false, 0, 0));
    cpu(0x16, 0); /* Skylake: the crystal is not told */
    power(INVARIANT);
    add(0x15, 2, 216, 0, 0);
    add(0x16, 2592, 0, 0, 0);
    CHECK(is(true, 2'592'000'000, 24'000'000));
    cpu(0x1F, 0); /* later: it is */
    power(INVARIANT);
    add(0x15, 2, 156, 38'400'000, 0);
    CHECK(is(true, 2'995'200'000, 38'400'000));
    cpu(0x15, 0); /* the ratio only */
    power(INVARIANT);
    add(0x15, 2, 216, 0, 0);
    CHECK(is(true, 0, 0));
    cpu(1, 0);
    add(0x8000'0000, 0x8000'0004, 0, 0, 0);
    CHECK(is(false, 0, 0));
}

static void test_hypervisors(void) {
    cpu(0xD, HYPERVISOR);
    power(0);
    add(0x4000'0000, 0x4000'0010, 0, 0, 0);
    add(0x4000'0010, 2'600'000, 1'000'000, 0, 0);
    CHECK(is(true, 2'600'000'000, 1'000'000'000));
    leafs[4].value.eax = 0x4000'0001; /* it has no such leaf */
    CHECK(is(false, 0, 0));
    leafs[4].value.eax = UINT32_MAX; /* it has none at all */
    CHECK(is(false, 0, 0));
    leafs[4].value.eax = 0x4000'0010;
    leafs[5].value.eax = 0; /* it does not say */
    CHECK(is(false, 0, 1'000'000'000));
}

static void test_nonsense(void) {
    cpu(0x16, 0);
    power(INVARIANT);
    add(0x15, 1, UINT32_MAX, UINT32_MAX, 0);
    CHECK(is(true, 0, 0));
    leafs[4].value = (struct cpuid){0, 5, 24'000'000, 0};
    CHECK(is(true, 0, 0));
    leafs[4].value = (struct cpuid){3, 0, 24'000'000, 0};
    CHECK(is(true, 0, 0));
    leafs[4].value = (struct cpuid){UINT32_MAX, 1, 0, 0};
    add(0x16, UINT32_MAX, 0, 0, 0);
    CHECK(is(true, 0, 0));
}

int main(void) {
    test_cpus();
    test_hypervisors();
    test_nonsense();
    return check_finish("rate");
}
