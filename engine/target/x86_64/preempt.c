/* SPDX-License-Identifier: MIT */
/*
 * Preemption: the process was interrupted at any instruction, in code, leaves or other stubs, and
 * lives on in context->registers. There are no bytes below the process's rsp that it still wants.
 *
 * registers[]   0 - 15   integer registers, each in the word `number ^ rdi`, so rdi in 0
 *               16, 17   flags, mxcsr
 *               18 - 49  xmm0-15, 16 bytes each: leaves move that many
 *
 * To go on, the last things are put below its stack, and taken from there when rsp is that of the
 * process: then nothing of the record is wanted any more, and it may be preempted again.
 *
 *   trap_sp -> | ...            |
 *              | rip            |
 *              | flags          |  with interrupts on
 *              | rbx            |  rsp as the process goes on
 */
#include "stub.h"

constexpr uint32_t FLAGS = 16, MXCSR = 17, FLOATS = 18;
static_assert(FLOATS + 2 * 16 <= CONTEXT_REGISTERS);
constexpr int32_t ROOM = 3 * 8;
constexpr uint8_t PUSHFQ = 0x9C, POPFQ = 0x9D;

static struct rm word_at(uint8_t context, uint32_t index) {
    return rm_at(context, CONTEXT_OFFSET(registers) + 8 * (int32_t)index);
}

static struct rm register_at(uint8_t context, uint8_t reg) {
    return word_at(context, reg ^ RDI);
}

static void move_floats(struct assembler *assembler, uint8_t context, bool saves) {
    for (uint8_t i = 0; i < 16; i++) { /* movups */
        x86_64_encode(assembler, saves ? 0x0F11 : 0x0F10, NARROW, (uint8_t)(XMM0 + i),
                      word_at(context, FLOATS + 2 * (uint32_t)i));
    }
    x86_64_encode(assembler, 0x0FAE, NARROW, saves ? 3 : 2, word_at(context, MXCSR));
}

static void move_integers(struct assembler *assembler, uint8_t context, bool saves) {
    for (uint8_t reg = RAX; reg <= R15; reg++) {
        if (reg != context && reg != RSP) {
            x86_64_encode(assembler, saves ? 0x89 : 0x8B, WIDE, reg, register_at(context, reg));
        }
    }
}

/* rdi: context. */
void x86_64_stub_preempt(struct assembler *assembler, const struct stub_links *links) {
    assembler_room(assembler);
    assembler_u8(assembler, PUSHFQ);
    mask(assembler, links);
    x86_64_encode(assembler, 0x8F, NARROW, 0, word_at(RDI, FLAGS));
    move_integers(assembler, RDI, true);
    move_floats(assembler, RDI, true);
    jump_to_stub(assembler, links->stop);
}

/* Word `at` below the stack of the process in rcx; through rax. */
static void put(struct assembler *assembler, int32_t at, struct rm from) {
    load(assembler, RAX, from);
    store(assembler, rm_at(RCX, at), RAX);
}

/* rbx: context. */
void x86_64_stub_resume(struct assembler *assembler, const struct stub_links *links) {
    load(assembler, RCX, CONTEXT_AT(RBX, trap_sp));
    put(assembler, -8, CONTEXT_AT(RBX, trap_pc));
    put(assembler, -16, word_at(RBX, FLAGS));
    put(assembler, -ROOM, register_at(RBX, RBX));
    x86_64_arithmetic_constant(assembler, DO_SUB, true, rm_register(RCX), ROOM);
    store(assembler, CONTEXT_AT(RBX, trap_sp), RCX);
    x86_64_constant(assembler, RAX, 0);
    store(assembler, CONTEXT_AT(RBX, trap_pc), RAX);
    move_floats(assembler, RBX, false);
    move_integers(assembler, RBX, false);
    load(assembler, RSP, CONTEXT_AT(RBX, trap_sp));
    x86_64_pop(assembler, RBX);
    assembler_room(assembler);
    assembler_u8(assembler, POPFQ);
    ret(assembler);
}
