/* SPDX-License-Identifier: MIT */
/* What vectors.S leaves on an exception stack, low addresses first. */
#pragma once

#define FRAME_SIZE 304
#define FRAME_SP   264
#define FRAME_PC   272
#define FRAME_ESR  288

#ifndef __ASSEMBLER__
#include <arch/trap.h>
#include <stddef.h>
#include <stdint.h>

struct trap_frame {
    uint64_t link[2]; /* a frame record: the interrupted frame pointer, and trap_mark */
    uint64_t x[31];
    uint64_t sp, pc;
    uint64_t status; /* SPSR */
    uint64_t syndrome, address;
};
static_assert(sizeof(struct trap_frame) == FRAME_SIZE && FRAME_SIZE % 16 == 0);
static_assert(offsetof(struct trap_frame, sp) == FRAME_SP);
static_assert(offsetof(struct trap_frame, pc) == FRAME_PC);
static_assert(offsetof(struct trap_frame, syndrome) == FRAME_ESR);

/* From <arch/interrupt.h>'s side: takes what interrupts and calls its handler. */
void interrupt_dispatch(void);
#endif
