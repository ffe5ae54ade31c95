/* SPDX-License-Identifier: MIT */
/*
 * Interrupts. Lines come by I/O APICs, or, where there are none, from the 8259 pair through the
 * local APIC ("virtual wire"); all go to the boot core. Handlers run on the interrupt stack;
 * interrupts do not nest. The end is told after the handler has run: by then it has quieted its
 * device, so that a line by level does not come again at once.
 */
#include "alarm.h"
#include "apic.h"
#include "frame.h"
#include "i8259.h"
#include "ioapics.h"
#include "registers.h"
#include "wake.h"
#include <arch/interrupt.h>
#include <base/ensure.h>
#include <chip/cores.h>
#include <kernel/log.h>

constexpr unsigned LINES = 64, LEGACY_LINES = 16;
static_assert(VECTOR_IRQ + LINES <= VECTOR_TIMER);

static struct {
    interrupt_handler *handler;
    void *data;
} lines[LINES];

static bool by_ioapic;

/* Whichever controller is used, the 8259s are set up: what they may yet send has a vector then. */
void interrupt_start(bool legacy) {
    i8259_init(VECTOR_IRQ);
    apic_start();
    by_ioapic = !legacy && ioapics_start();
    if (!by_ioapic) {
        apic_legacy_pass();
    }
    log_write(LOG_DEBUG, "interrupt", "lines by %s", by_ioapic ? "I/O APIC" : "8259");
}

/* The data first: an interrupt may come at any time once there is a handler. */
bool interrupt_set_handler(unsigned line, interrupt_handler *handler, void *data) {
    bool free = line < LINES && (handler == nullptr || lines[line].handler == nullptr);
    if (free) {
        lines[line].data = handler != nullptr ? data : lines[line].data;
        __atomic_store_n(&lines[line].handler, handler, __ATOMIC_RELEASE);
    }
    return free;
}

void interrupt_unmask(unsigned line) {
    ensure(line < LINES && lines[line].handler != nullptr);
    bool good = by_ioapic ? ioapics_unmask(line) : line < LEGACY_LINES;
    if (!good) {
        log_write(LOG_WARNING, "interrupt", "line %u leads nowhere", line);
    } else if (!by_ioapic) {
        i8259_unmask(line);
    }
}

void interrupt_mask(unsigned line) {
    ensure(line < LINES);
    if (by_ioapic) {
        ioapics_mask_line(line);
    } else if (line < LEGACY_LINES) {
        i8259_mask(line);
    }
}

/* An I/O APIC ignores an edge while the input is masked; an 8259 remembers it. */
bool interrupt_is_latched(unsigned line) {
    return !by_ioapic || ioapics_is_level(line);
}

static void line_handle(unsigned line) {
    interrupt_handler *handler = __atomic_load_n(&lines[line].handler, __ATOMIC_ACQUIRE);
    if (handler != nullptr) {
        handler(lines[line].data);
    }
}

static void line_dispatch(unsigned line) {
    if (by_ioapic) {
        line_handle(line);
        apic_end();
    } else if (i8259_is_real(line)) {
        line_handle(line);
        i8259_end(line);
    }
}

/* A spurious interrupt wants no end. */
void interrupt_dispatch(unsigned vector) {
    if (vector >= VECTOR_IRQ && vector < VECTOR_IRQ + LINES) {
        line_dispatch(vector - VECTOR_IRQ);
    } else if (vector == VECTOR_TIMER) {
        apic_end();
        timer_interrupt();
        alarm_interrupt();
    } else if (vector == VECTOR_CALL) {
        apic_end();
        cores_serve();
    }
}
