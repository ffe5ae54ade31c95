/* SPDX-License-Identifier: MIT */
/* Interrupt lines on which nothing ever happens. */
#include <arch/interrupt.h>

void interrupt_start(bool legacy) {
}

bool interrupt_set_handler(unsigned line, interrupt_handler *handler, void *data) {
    return false;
}

void interrupt_unmask(unsigned line) {
}

void interrupt_mask(unsigned line) {
}

bool interrupt_is_latched(unsigned line) {
    return true;
}
