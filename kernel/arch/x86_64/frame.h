/* SPDX-License-Identifier: MIT */
/* What stubs.S leaves on an exception stack, low addresses first. */
#pragma once
#include <arch/trap.h>
#include <stdint.h>

struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
    uint64_t rdi, rsi, rbp, rbx, rdx, rcx, rax;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};
static_assert(sizeof(struct trap_frame) == 22 * 8);

/* Vectors from 32 on; those below are exceptions. */
void interrupt_dispatch(unsigned vector);
