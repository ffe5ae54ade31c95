/* SPDX-License-Identifier: MIT */
/* Interrupt lines on which nothing ever happens. */
#include <arch/interrupt.h>

void interrupt_start(bool legacy) {
}

void interrupt_set_handler(unsigned line, interrupt_handler *handler, void *data) {
}

void interrupt_unmask(unsigned line) {
}
