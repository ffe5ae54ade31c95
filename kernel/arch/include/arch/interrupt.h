/* SPDX-License-Identifier: MIT */
/*
 * Device interrupts. A handler runs on the interrupt stack with interrupts masked; it may touch
 * only what is made for it (rings, counters): no heap, no log, no core. That is why kernel code may
 * run with interrupts on (doc/decisions/0008): nothing that it works on changes under it.
 *
 * Lines are numbered as the machine's legacy controller numbers them; all start masked.
 */
#pragma once
#include <stdint.h>

typedef void interrupt_handler(void *data);

void interrupt_start(void);
/* One handler per line. */
void interrupt_set_handler(unsigned line, interrupt_handler *handler, void *data);
void interrupt_unmask(unsigned line);
