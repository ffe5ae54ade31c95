/* SPDX-License-Identifier: MIT */
/*
 * What the CPU we run on can do beyond the baseline. It says so to machine mode only; whoever runs
 * here has it from firmware or finds it out.
 */
#include "encode.h"

#if defined(__riscv)
#include <engine/port.h>

uint64_t riscv64_features_detect(void) {
    return (port_cpu_has("zba") ? FEATURE_ZBA : 0) | (port_cpu_has("zbb") ? FEATURE_ZBB : 0) |
           (port_cpu_has("zicond") ? FEATURE_ZICOND : 0);
}
#else
uint64_t riscv64_features_detect(void) {
    return 0;
}
#endif
