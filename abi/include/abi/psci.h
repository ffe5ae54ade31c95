/* SPDX-License-Identifier: MIT */
/*
 * Calls to aarch64 firmware that stays beside the system: power and cores. Source: Arm PSCI 1.1
 * (DEN 0022), 5; SMC Calling Convention (DEN 0028), 2.6.
 */
#pragma once
#include <stdint.h>

enum psci_conduit : uint8_t { PSCI_NONE, PSCI_HVC, PSCI_SMC };

enum : uint32_t {
    PSCI_CORE_ON = 0xC400'0003,
    PSCI_SYSTEM_OFF = 0x8400'0008,
    PSCI_SYSTEM_RESET = 0x8400'0009,
};

/* 0: done. Negative: refused, or nobody to ask. */
#ifdef __aarch64__
static inline int64_t psci_call(enum psci_conduit conduit, uint32_t function, uint64_t first,
                                uint64_t second, uint64_t third) {
    register uint64_t x0 __asm__("x0") = conduit == PSCI_NONE ? UINT64_MAX : function;
    register uint64_t x1 __asm__("x1") = first;
    register uint64_t x2 __asm__("x2") = second;
    register uint64_t x3 __asm__("x3") = third;
    if (conduit == PSCI_HVC) {
        __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
    } else if (conduit == PSCI_SMC) {
        __asm__ volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) : : "memory");
    }
    return (int64_t)x0;
}
#endif
