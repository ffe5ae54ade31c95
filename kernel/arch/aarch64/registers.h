/* SPDX-License-Identifier: MIT */
/*
 * System registers, for C and assembler. Source: Arm Architecture Reference Manual for A-profile
 * (DDI 0487), D17.
 */
#pragma once

/* SCTLR_EL1: translation, caches, stack alignment; what must be 1 on a CPU of version 8.0. */
#define SCTLR_M      (1 << 0)
#define SCTLR_C      (1 << 2)
#define SCTLR_SA     (1 << 3)
#define SCTLR_I      (1 << 12)
#define SCTLR_WXN    (1 << 19)
#define SCTLR_ONES   0x30D00800
#define SCTLR_KERNEL (SCTLR_ONES | SCTLR_SA | SCTLR_M | SCTLR_C | SCTLR_I)

/* TCR_EL1: 47 bits for each half of the addresses, 4 KiB, tables in write-back memory that is
 * shared with the other cores. IPS is added from what the CPU says. */
#define TCR_HALF_BITS 17
#define TCR_LOW       (TCR_HALF_BITS | 1 << 8 | 1 << 10 | 3 << 12)
#define TCR_HIGH      (TCR_HALF_BITS | 1 << 8 | 1 << 10 | 3 << 12 | 2 << 14)
#define TCR_IPS_SHIFT 32

/* MAIR_EL1: ours are the highest three, so that a loader's tables keep their meaning: write-back
 * memory, device (nGnRE), memory that is not cached. */
#define MAIR_NORMAL   5
#define MAIR_DEVICE   6
#define MAIR_UNCACHED 7
#define MAIR_OURS     0x4404FF

#define CPACR_FLOATS (3 << 20)

#define ESR_CLASS_SHIFT 26

#ifndef __ASSEMBLER__
#include <stdint.h>

#define system_read(name)                                                                          \
    ({                                                                                             \
        uint64_t value_;                                                                           \
        __asm__ volatile("mrs %0, " #name : "=r"(value_) : : "memory");                            \
        value_;                                                                                    \
    })
#define system_write(name, value)                                                                  \
    __asm__ volatile("msr " #name ", %0" : : "r"((uint64_t)(value)) : "memory")

static inline void barrier_instructions(void) {
    __asm__ volatile("isb" : : : "memory");
}

/* What was stored before is seen by every core and device before what follows. */
static inline void barrier_all(void) {
    __asm__ volatile("dsb sy" : : : "memory");
}
#endif
