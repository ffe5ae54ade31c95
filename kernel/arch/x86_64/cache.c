/* SPDX-License-Identifier: MIT */
/*
 * MTRRs. Firmware sets them alike on all cores that it knows of; a core whose own differ would see
 * device memory through its cache. Source: Intel SDM volume 3, 12.11 (MTRRs), 12.11.8 (several
 * processors).
 */
#include "cache.h"
#include "registers.h"
#include <base/checked.h>
#include <base/string.h>

constexpr unsigned VARIABLE_MAX = 32;
constexpr uint32_t CAPABILITY = 0xFE, DEFAULT = 0x2FF, VARIABLE = 0x200;
constexpr uint64_t HAS_FIXED = 1 << 8, ENABLE = 1 << 11;

static const uint16_t fixed[] = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26A,
                                 0x26B, 0x26C, 0x26D, 0x26E, 0x26F};

struct ranges {
    unsigned fixed_count, variable_count; /* registers */
    uint64_t type;
    uint64_t fixed[COUNT_OF(fixed)];
    uint64_t variable[2 * VARIABLE_MAX];
};

static struct ranges saved;

static void ranges_read(struct ranges *out) {
    constexpr uint32_t HAS_MTRR = 1 << 12;
    *out = (struct ranges){0};
    if (!(cpuid_read(1, 0).edx & HAS_MTRR)) {
        return;
    }
    uint64_t capability = msr_read(CAPABILITY);
    unsigned pairs = capability & 0xFF;
    out->variable_count = 2 * (pairs < VARIABLE_MAX ? pairs : VARIABLE_MAX);
    out->fixed_count = capability & HAS_FIXED ? COUNT_OF(fixed) : 0;
    out->type = msr_read(DEFAULT);
    for (unsigned i = 0; i < out->fixed_count; i++) {
        out->fixed[i] = msr_read(fixed[i]);
    }
    for (unsigned i = 0; i < out->variable_count; i++) {
        out->variable[i] = msr_read(VARIABLE + i);
    }
}

/* With the cache off and empty, and no translation remembered: both know types. */
static void ranges_write(const struct ranges *ranges) {
    uint64_t cr0, cr3;
    __asm__ volatile("mov %%cr0, %0\n\tmov %%cr3, %1" : "=r"(cr0), "=r"(cr3));
    __asm__ volatile("mov %0, %%cr0\n\twbinvd\n\tmov %1, %%cr3"
                     :
                     : "r"((cr0 | CR0_CD) & ~(uint64_t)CR0_NW), "r"(cr3)
                     : "memory");
    msr_write(DEFAULT, ranges->type & ~ENABLE);
    for (unsigned i = 0; i < ranges->fixed_count; i++) {
        msr_write(fixed[i], ranges->fixed[i]);
    }
    for (unsigned i = 0; i < ranges->variable_count; i++) {
        msr_write(VARIABLE + i, ranges->variable[i]);
    }
    msr_write(DEFAULT, ranges->type);
    __asm__ volatile("wbinvd\n\tmov %1, %%cr3\n\tmov %0, %%cr0" : : "r"(cr0), "r"(cr3) : "memory");
}

void cache_save(void) {
    ranges_read(&saved);
}

void cache_adopt(void) {
    struct ranges own;
    ranges_read(&own);
    if (memcmp(&own, &saved, sizeof(own)) != 0 && own.variable_count == saved.variable_count &&
        own.fixed_count == saved.fixed_count) {
        ranges_write(&saved);
    }
}
