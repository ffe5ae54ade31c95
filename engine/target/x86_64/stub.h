/* SPDX-License-Identifier: MIT */
/* What the stubs that switch stacks share: stub.c and preempt.c. */
#pragma once
#include "encode.h"
#include <engine/instance.h>

#define CONTEXT_OFFSET(field)  ((int32_t)offsetof(struct context, field))
#define CONTEXT_AT(reg, field) rm_at(reg, CONTEXT_OFFSET(field))

static inline void load(struct assembler *assembler, uint8_t to, struct rm from) {
    x86_64_encode(assembler, 0x8B, WIDE, to, from);
}

static inline void store(struct assembler *assembler, struct rm to, uint8_t from) {
    x86_64_encode(assembler, 0x89, WIDE, from, to);
}

static inline void load_float(struct assembler *assembler, uint8_t to, struct rm from) {
    x86_64_encode(assembler, 0x0F10, PREFIX_F2, to, from); /* movsd */
}

static inline void store_float(struct assembler *assembler, struct rm to, uint8_t from) {
    x86_64_encode(assembler, 0x0F11, PREFIX_F2, from, to);
}

static inline void ret(struct assembler *assembler) {
    assembler_room(assembler);
    assembler_u8(assembler, 0xC3);
}

/* Changes rcx. */
static inline void jump_to_stub(struct assembler *assembler, const void *stub) {
    x86_64_constant(assembler, RCX, (uintptr_t)stub);
    x86_64_encode(assembler, 0xFF, NARROW, 4, rm_register(RCX));
}

/* cli and sti, where the links say so. */
static inline void mask(struct assembler *assembler, const struct stub_links *links) {
    if (links->masks_interrupts) {
        assembler_room(assembler);
        assembler_u8(assembler, 0xFA);
    }
}

static inline void unmask(struct assembler *assembler, const struct stub_links *links) {
    if (links->masks_interrupts) {
        assembler_room(assembler);
        assembler_u8(assembler, 0xFB);
    }
}
