/* SPDX-License-Identifier: MIT */
/* What the stubs that switch stacks share: stub.c and preempt.c. */
#pragma once
#include "encode.h"
#include <engine/instance.h>

#define CONTEXT(field) ((int32_t)offsetof(struct context, field))

static inline void load(struct assembler *assembler, uint8_t to, uint8_t base, int32_t offset) {
    riscv64_load(assembler, to >= REGISTER_FLOAT ? DO_FLD : DO_LD, to, base, offset);
}

static inline void store(struct assembler *assembler, uint8_t from, uint8_t base, int32_t offset) {
    riscv64_store(assembler, from >= REGISTER_FLOAT ? DO_FSD : DO_SD, from, base, offset);
}

/* Through t1. */
static inline void jump_to_stub(struct assembler *assembler, const void *stub) {
    riscv64_constant(assembler, T1, (uintptr_t)stub);
    riscv64_jump_to(assembler, ZERO, T1);
}

constexpr int32_t SSTATUS = 0x100;
constexpr uint8_t SSTATUS_SIE = 2;

/* Of interrupts, where the links say so. */
static inline void mask(struct assembler *assembler, const struct stub_links *links) {
    if (links->masks_interrupts) {
        riscv64_number(assembler, DO_CSRRCI, ZERO, SSTATUS_SIE, SSTATUS);
    }
}

static inline void unmask(struct assembler *assembler, const struct stub_links *links) {
    if (links->masks_interrupts) {
        riscv64_number(assembler, DO_CSRRSI, ZERO, SSTATUS_SIE, SSTATUS);
    }
}
