/* SPDX-License-Identifier: MIT */
/*
 * Preemption: the process was interrupted at any instruction, in code, leaves or other stubs, and
 * lives on in context->registers. To go on, the last jump goes through x18: compiled code leaves it
 * alone, and to C it is a temporary like others.
 *
 * registers[]   0 - 30   x0-x30 but x18
 *               31       nzcv
 *               32       fpcr, fpsr
 *               33 - 64  v0-v31, the low halves: all that code has there over two instructions,
 *               65, 66   but for leaves, which move the high halves of v30, v31, too
 */
#include "stub.h"

constexpr uint8_t X18 = 18;
constexpr uint32_t FLAGS = 31, CONTROL = 32, FLOATS = 33, HIGH = 65;
static_assert(HIGH + 2 <= CONTEXT_REGISTERS);

/* System registers as mrs (or msr, less READ) names them; the general register is added. */
constexpr uint32_t NZCV = 0xD51B4200, FPCR = 0xD51B4400, FPSR = 0xD51B4420, READ = 1u << 21;
constexpr uint32_t WORD_HIGH_TO_INTEGER = 0x9EAE0000, WORD_HIGH_TO_FLOAT = 0x9EAF0000;

static int64_t word_at(uint32_t index) {
    return CONTEXT_FIELD(registers) + 8 * (int64_t)index;
}

static bool is_kept(uint8_t reg, uint8_t context) {
    return reg != context && reg != X18;
}

/* x0: context. */
void aarch64_stub_preempt(struct assembler *assembler, const struct stub_links *links) {
    mask(assembler, links);
    for (uint8_t reg = X0; reg <= X30; reg++) {
        if (is_kept(reg, X0)) {
            aarch64_store_word(assembler, reg, X0, word_at(reg));
        }
    }
    aarch64_word(assembler, NZCV | READ | X17);
    aarch64_store_word(assembler, X17, X0, word_at(FLAGS));
    aarch64_word(assembler, FPCR | READ | X16);
    aarch64_word(assembler, FPSR | READ | X17);
    aarch64_three(assembler, WIDE | WORD_ORR | 32u << 10, X17, X16, X17); /* lsl 32 */
    aarch64_store_word(assembler, X17, X0, word_at(CONTROL));
    for (uint8_t reg = V0; reg <= V31; reg++) {
        aarch64_store_word(assembler, reg, X0, word_at(FLOATS + reg - V0));
    }
    for (uint8_t i = 0; i < 2; i++) {
        aarch64_two(assembler, WORD_HIGH_TO_INTEGER, X17, V30 + i);
        aarch64_store_word(assembler, X17, X0, word_at(HIGH + i));
    }
    jump_to_stub(assembler, links->stop);
}

static void load_floats(struct assembler *assembler) {
    for (uint8_t reg = V0; reg <= V31; reg++) {
        aarch64_load_word(assembler, reg, X19, word_at(FLOATS + reg - V0));
    }
    for (uint8_t i = 0; i < 2; i++) {
        aarch64_load_word(assembler, X17, X19, word_at(HIGH + i));
        aarch64_two(assembler, WORD_HIGH_TO_FLOAT, V30 + i, X17);
    }
}

static void load_control(struct assembler *assembler) {
    aarch64_load_word(assembler, X17, X19, word_at(FLAGS));
    aarch64_word(assembler, NZCV | X17);
    aarch64_load_half(assembler, X17, X19, word_at(CONTROL));
    aarch64_word(assembler, FPSR | X17);
    aarch64_load_half(assembler, X17, X19, word_at(CONTROL) + 4);
    aarch64_word(assembler, FPCR | X17);
}

/* x19: context. The isb: the core where it was may have waited at one for the code that follows
 * (decision 34). */
void aarch64_stub_resume(struct assembler *assembler, const struct stub_links *links) {
    load_floats(assembler);
    load_control(assembler);
    aarch64_load_word(assembler, X18, X19, CONTEXT_FIELD(trap_pc));
    aarch64_store_word(assembler, ZR, X19, CONTEXT_FIELD(trap_pc));
    for (uint8_t reg = X0; reg <= X30; reg++) {
        if (is_kept(reg, X19) && reg != X17) {
            aarch64_load_word(assembler, reg, X19, word_at(reg));
        }
    }
    aarch64_word(assembler, WORD_ISB);
    load_sp(assembler, X19, CONTEXT_FIELD(trap_sp));
    aarch64_load_word(assembler, X17, X19, word_at(X17));
    aarch64_load_word(assembler, X19, X19, word_at(X19));
    unmask(assembler, links);
    aarch64_two(assembler, WORD_BR, 0, X18);
}

/* From here on the process may not go on on another core: x17 is this one's kernel stack. */
bool aarch64_stub_leaves_stack(const uint8_t *at) {
    uint32_t word = 0;
    for (uint32_t i = 0; i < 4; i++) {
        word |= (uint32_t)at[i] << 8 * i;
    }
    return word == WORD_SP_FROM_X17;
}
