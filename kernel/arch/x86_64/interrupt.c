/* SPDX-License-Identifier: MIT */
/*
 * Interrupts: the legacy controllers' lines through the local APIC ("virtual wire"), and the local
 * APIC's own timer. Handlers run on the interrupt stack; interrupts do not nest.
 */
#include "apic.h"
#include "frame.h"
#include "registers.h"
#include "wake.h"
#include <arch/interrupt.h>
#include <base/ensure.h>
#include <chip/i8259.h>

constexpr unsigned LINES = 16;

static struct {
    interrupt_handler *handler;
    void *data;
} lines[LINES];

void interrupt_start(void) {
    i8259_init(VECTOR_IRQ);
    apic_start(true);
}

void interrupt_set_handler(unsigned line, interrupt_handler *handler, void *data) {
    ensure(line < LINES && lines[line].handler == nullptr);
    lines[line].data = data;
    lines[line].handler = handler;
}

void interrupt_unmask(unsigned line) {
    ensure(line < LINES && lines[line].handler != nullptr);
    i8259_unmask(line);
}

static void line_dispatch(unsigned line) {
    if (!i8259_is_real(line)) {
        return;
    }
    if (lines[line].handler != nullptr) {
        lines[line].handler(lines[line].data);
    }
    i8259_end(line);
}

void interrupt_dispatch(unsigned vector) {
    if (vector >= VECTOR_IRQ && vector < VECTOR_IRQ + LINES) {
        line_dispatch(vector - VECTOR_IRQ);
    } else if (vector == VECTOR_TIMER) {
        apic_end();
    } else if (vector == VECTOR_CALL) {
        core_interrupt();
    }
}
