/* SPDX-License-Identifier: MIT */
/* Steps by breakpoints (Arm ARM DDI 0487, chapter C4 for the jumps). */
#pragma once
#include "../../../compile/test/breakpoint.h"

constexpr bool STEPS_IN_C = false;

static const uint8_t breakpoint[] = {0x00, 0x00, 0x20, 0xD4}; /* brk 0 */

static size_t breakpoint_size(void) {
    return sizeof breakpoint;
}

static struct interrupted interrupted_at(const ucontext_t *user) {
    const mcontext_t *machine = &user->uc_mcontext;
    return (struct interrupted){machine->pc, machine->sp, machine->regs[30]};
}

static uint32_t word_at(uintptr_t pc) {
    uint32_t word;
    memcpy(&word, (const void *)pc, sizeof word);
    return word;
}

/* A distance in words, in `bits` bits from `low` up. */
static uintptr_t target_of(uintptr_t pc, uint32_t low, uint32_t bits) {
    return pc +
           (uintptr_t)(((int64_t)((uint64_t)word_at(pc) << (64 - low - bits)) >> (64 - bits)) * 4);
}

static bool is_call(uintptr_t pc) {
    return (word_at(pc) & 0xFFFF'FC1F) == 0xD63F'0000; /* blr */
}

static size_t successors(const ucontext_t *user, uintptr_t pc, uintptr_t *next, uintptr_t ways[2]) {
    uint32_t word = word_at(pc);
    *next = pc + 4;
    ways[0] = *next;
    if ((word & 0xFE00'0000) == 0xD600'0000) { /* br, blr, ret */
        ways[0] = user->uc_mcontext.regs[word >> 5 & 31];
        return 1;
    }
    if ((word & 0x7C00'0000) == 0x1400'0000) { /* b, bl */
        ways[0] = target_of(pc, 0, 26);
        return 1;
    }
    if ((word & 0xFF00'0000) == 0x5400'0000 || (word & 0x7E00'0000) == 0x3400'0000) {
        ways[1] = target_of(pc, 5, 19); /* b.cond; cbz, cbnz */
        return 2;
    }
    if ((word & 0x7E00'0000) == 0x3600'0000) { /* tbz, tbnz */
        ways[1] = target_of(pc, 5, 14);
        return 2;
    }
    return 1;
}
