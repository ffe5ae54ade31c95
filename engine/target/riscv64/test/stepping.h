/* SPDX-License-Identifier: MIT */
/* Steps by breakpoints (RISC-V ISA manual, volume I, for the jumps). */
#pragma once
#include "../../../compile/test/breakpoint.h"

constexpr bool STEPS_IN_C = false;

static const uint8_t breakpoint[] = {0x02, 0x90}; /* c.ebreak */

static size_t breakpoint_size(void) {
    return sizeof breakpoint;
}

static struct interrupted interrupted_at(const ucontext_t *user) {
    const unsigned long *registers = user->uc_mcontext.__gregs;
    return (struct interrupted){registers[REG_PC], registers[REG_SP], registers[REG_RA]};
}

static uint32_t half_at(uintptr_t pc) {
    uint16_t half;
    memcpy(&half, (const void *)pc, sizeof half);
    return half;
}

static uint32_t word_at(uintptr_t pc) {
    return half_at(pc) | half_at(pc + 2) << 16;
}

static bool is_narrow(uintptr_t pc) {
    return (half_at(pc) & 3) != 3;
}

/* c.jr and c.jalr */
static bool jumps_narrowly(uintptr_t pc) {
    return (half_at(pc) & 0xE07F) == 0x8002 && (half_at(pc) >> 7 & 31) != 0;
}

static bool is_call(uintptr_t pc) {
    uint32_t code = word_at(pc) & 0x7F;
    return is_narrow(pc) ? jumps_narrowly(pc) && (half_at(pc) & 0x1000) != 0
                         : (code == 0x67 || code == 0x6F) && (word_at(pc) >> 7 & 31) != 0;
}

static uintptr_t branch_target(uintptr_t pc) {
    uint32_t word = word_at(pc);
    uint32_t number =
        (word >> 31) << 12 | (word >> 7 & 1) << 11 | (word >> 25 & 63) << 5 | (word >> 8 & 15) << 1;
    return pc + (uintptr_t)(int64_t)((int32_t)(number << 19) >> 19);
}

static uintptr_t jump_target(uintptr_t pc) {
    uint32_t word = word_at(pc);
    uint32_t number = (word >> 31) << 20 | (word >> 12 & 255) << 12 | (word >> 20 & 1) << 11 |
                      (word >> 21 & 1023) << 1;
    return pc + (uintptr_t)(int64_t)((int32_t)(number << 11) >> 11);
}

static size_t successors(const ucontext_t *user, uintptr_t pc, uintptr_t *next, uintptr_t ways[2]) {
    const unsigned long *registers = user->uc_mcontext.__gregs;
    *next = pc + (is_narrow(pc) ? 2 : 4);
    ways[0] = *next;
    if (is_narrow(pc)) {
        ways[0] = jumps_narrowly(pc) ? registers[half_at(pc) >> 7 & 31] : *next;
        return 1;
    }
    uint32_t word = word_at(pc);
    if ((word & 0x7F) == 0x63) {
        ways[1] = branch_target(pc);
        return 2;
    }
    if ((word & 0x7F) == 0x6F) {
        ways[0] = jump_target(pc);
    } else if ((word & 0x7F) == 0x67) {
        ways[0] = registers[word >> 15 & 31] + (uintptr_t)(int64_t)((int32_t)word >> 20);
    }
    return 1;
}
