/* SPDX-License-Identifier: MIT */
/* What interrupt.c and leave.c do for each other. */
#pragma once

/* At the end of an interrupt, when its controller has nothing of it any more: does not return where
 * all cores but one are to leave this kernel. */
void leaving_follow(void);
/* interrupt.c: nothing interrupts any more. */
void interrupt_quiet(void);
