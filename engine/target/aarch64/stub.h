/* SPDX-License-Identifier: MIT */
/* What the stubs that switch stacks share: stub.c and preempt.c. */
#pragma once
#include "encode.h"
#include <engine/instance.h>

#define CONTEXT_FIELD(field) ((int64_t)offsetof(struct context, field))

constexpr uint32_t WORD_SP_FROM_X17 = 0x9100023F; /* mov sp, x17 */

/* sp = the word at base + displacement, through x17. */
static inline void load_sp(struct assembler *assembler, uint8_t base, int64_t displacement) {
    aarch64_load_word(assembler, X17, base, displacement);
    aarch64_word(assembler, WORD_SP_FROM_X17);
}

static inline void store_sp(struct assembler *assembler, uint8_t base, int64_t displacement) {
    aarch64_add_constant(assembler, true, X17, SP, 0);
    aarch64_store_word(assembler, X17, base, displacement);
}

/* Through x17. */
static inline void jump_to_stub(struct assembler *assembler, const void *stub) {
    aarch64_constant(assembler, X17, (uintptr_t)stub);
    aarch64_two(assembler, WORD_BR, 0, X17);
}

/* Of interrupts, where the links say so. */
static inline void mask(struct assembler *assembler, const struct stub_links *links) {
    if (links->masks_interrupts) {
        aarch64_word(assembler, 0xD50342DF); /* msr daifset, #2 */
    }
}

static inline void unmask(struct assembler *assembler, const struct stub_links *links) {
    if (links->masks_interrupts) {
        aarch64_word(assembler, 0xD50342FF); /* msr daifclr, #2 */
    }
}
