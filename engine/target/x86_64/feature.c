/* SPDX-License-Identifier: MIT */
/* What the CPU we run on can do beyond the baseline (Intel SDM, CPUID). */
#include "encode.h"

#ifdef __x86_64__
static bool cpuid(uint32_t leaf, uint32_t *ebx, uint32_t *ecx) {
    uint32_t eax = leaf & 0x8000'0000, edx;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(*ebx), "=c"(*ecx), "=d"(edx) : "c"(0));
    if (eax < leaf) {
        return false;
    }
    eax = leaf;
    __asm__ volatile("cpuid" : "+a"(eax), "=b"(*ebx), "=c"(*ecx), "=d"(edx) : "c"(0));
    return true;
}

uint64_t x86_64_features_detect(void) {
    uint64_t features = 0;
    uint32_t ebx, ecx;
    if (cpuid(1, &ebx, &ecx)) {
        features |= ecx & 1u << 23 ? FEATURE_POPCNT : 0;
        features |= ecx & 1u << 19 ? FEATURE_SSE41 : 0;
    }
    if (cpuid(7, &ebx, &ecx)) {
        features |= ebx & 1u << 3 ? FEATURE_BMI1 : 0;
        features |= ebx & 1u << 8 ? FEATURE_BMI2 : 0;
    }
    if (cpuid(0x8000'0001, &ebx, &ecx)) {
        features |= ecx & 1u << 5 ? FEATURE_LZCNT : 0;
    }
    return features;
}
#else
uint64_t x86_64_features_detect(void) {
    return 0;
}
#endif
