/* SPDX-License-Identifier: MIT */
/*
 * Preemption: the process was interrupted at any instruction, in code, leaves or other stubs, and
 * lives on in context->registers. To go on, the last jump goes through s10, which compiled code
 * leaves alone (decision 50); context_go() keeps it for C.
 *
 * registers[]   0 - 31   x0-x31, but a0 in 0; gp, tp and s10 are not the process's
 *               32       fcsr
 *               33 - 64  f0-f31
 */
#include "stub.h"

constexpr uint32_t FCSR = 32, FLOATS = 33;
static_assert(FLOATS + 32 <= CONTEXT_REGISTERS);
constexpr int32_t CSR_FCSR = 3;

static int32_t word_at(uint32_t index) {
    return CONTEXT(registers) + 8 * (int32_t)index;
}

static int32_t register_at(uint8_t reg) {
    return word_at(reg == A0 ? 0 : reg);
}

static bool is_kept(uint8_t reg, uint8_t context) {
    return reg != ZERO && reg != SP && reg != GP && reg != TP && reg != S10 && reg != context;
}

static void move_integers(struct assembler *assembler, uint8_t context, bool stores) {
    for (uint8_t reg = RA; reg <= T6; reg++) {
        if (is_kept(reg, context)) {
            (stores ? store : load)(assembler, reg, context, register_at(reg));
        }
    }
}

static void move_floats(struct assembler *assembler, uint8_t context, bool stores) {
    for (uint8_t reg = FT0; reg <= FT11; reg++) {
        (stores ? store : load)(assembler, reg, context, word_at(FLOATS + reg - FT0));
    }
}

/* a0: context. */
void riscv64_stub_preempt(struct assembler *assembler, const struct stub_links *links) {
    mask(assembler, links);
    move_integers(assembler, A0, true);
    move_floats(assembler, A0, true);
    riscv64_number(assembler, DO_CSRRS, T1, ZERO, CSR_FCSR);
    store(assembler, T1, A0, word_at(FCSR));
    jump_to_stub(assembler, links->stop);
}

/* s1: context. */
void riscv64_stub_resume(struct assembler *assembler, const struct stub_links *links) {
    load(assembler, T1, S1, word_at(FCSR));
    riscv64_number(assembler, DO_CSRRW, ZERO, T1, CSR_FCSR);
    move_floats(assembler, S1, false);
    load(assembler, S10, S1, CONTEXT(trap_pc));
    store(assembler, ZERO, S1, CONTEXT(trap_pc));
    move_integers(assembler, S1, false);
    load(assembler, SP, S1, CONTEXT(trap_sp));
    load(assembler, S1, S1, register_at(S1));
    unmask(assembler, links);
    riscv64_jump_to(assembler, ZERO, S10);
}
