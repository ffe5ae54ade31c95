/* SPDX-License-Identifier: MIT */
/* What interrupt.c and leave.c do for each other. */
#pragma once
#include <stdint.h>

/* At the end of an interrupt, when its controller has nothing of it any more: does not return where
 * all cores but one are to leave this kernel. */
void leaving_follow(void);
/* core.c: each core that sleeps where it came in, and was never woken, with the word at which it
 * waits (abi/spin.h). */
void sleepers_visit(void (*visit)(uint64_t id, const uint64_t *word));
/* interrupt.c: nothing interrupts any more. */
void interrupt_quiet(void);
