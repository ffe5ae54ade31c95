/* SPDX-License-Identifier: MIT */
/* What timer.c and interrupt.c do for each other. */
#pragma once

/* On each core that comes up. */
void timer_core_start(void);
/* interrupt.c: the virtual timer of this core may interrupt. */
void timer_line_start(void);
/* When it does. */
void timer_interrupt(void);
