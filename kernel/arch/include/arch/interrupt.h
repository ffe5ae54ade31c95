/* SPDX-License-Identifier: MIT */
/*
 * Device interrupts. A handler runs on the interrupt stack with interrupts masked; it may touch
 * only what is made for it (rings, counters): no heap, no log, no core. That is why kernel code may
 * run with interrupts on (doc/decisions/0020): nothing that it works on changes under it.
 *
 * Lines below 16 are numbered as the machine's legacy controller numbers them, and lead to wherever
 * the machine says that they do; from 16 on they are the inputs of its other controllers. All start
 * masked. All go to core 0.
 */
#pragma once
#include <stdint.h>

typedef void interrupt_handler(void *data);

/* `legacy`: by the legacy controller, even if there is a better one. */
void interrupt_start(bool legacy);
/* One handler per line; NULL takes it away, of a line that is masked. False: no such line, or it
 * has one already. */
bool interrupt_set_handler(unsigned line, interrupt_handler *handler, void *data);
/* A line that leads nowhere stays masked, and the log tells. */
void interrupt_unmask(unsigned line);
/* On any core, and by the line's own handler. When it is unmasked again it interrupts, if it is
 * raised then by level, or by edge and interrupt_is_latched(). */
void interrupt_mask(unsigned line);
/* Does the controller remember that a line was raised while it was masked? */
bool interrupt_is_latched(unsigned line);
