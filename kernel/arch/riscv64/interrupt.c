/* SPDX-License-Identifier: MIT */
/*
 * Interrupts: of devices by the PLIC, all to the boot core; of the core's own timer; and from other
 * cores. A line is given back to the PLIC after its handler has run: by then that has quieted its
 * device.
 */
#include "frame.h"
#include "plic.h"
#include "registers.h"
#include "wake.h"
#include <arch/interrupt.h>
#include <base/ensure.h>
#include <chip/cores.h>
#include <kernel/log.h>

static struct {
    interrupt_handler *handler;
    void *data;
} lines[PLIC_LINES];

static bool by_plic;

void interrupt_start(bool legacy) {
    by_plic = plic_start(core_here()->hart);
    if (by_plic) {
        csr_set(sie, 1 << INTERRUPT_EXTERNAL);
    }
    log_write(by_plic ? LOG_DEBUG : LOG_WARNING, "interrupt", "lines by %s",
              by_plic ? "PLIC" : "nothing: devices are asked");
}

/* The data first: an interrupt may come at any time once there is a handler. */
bool interrupt_set_handler(unsigned line, interrupt_handler *handler, void *data) {
    bool free = line < PLIC_LINES && (handler == nullptr || lines[line].handler == nullptr);
    if (free) {
        lines[line].data = handler != nullptr ? data : lines[line].data;
        __atomic_store_n(&lines[line].handler, handler, __ATOMIC_RELEASE);
    }
    return free;
}

void interrupt_unmask(unsigned line) {
    ensure(line < PLIC_LINES && lines[line].handler != nullptr);
    if (!by_plic || !plic_unmask(line)) {
        log_write(LOG_WARNING, "interrupt", "line %u leads nowhere", line);
    }
}

void interrupt_mask(unsigned line) {
    ensure(line < PLIC_LINES);
    plic_mask(line);
}

bool interrupt_is_latched(unsigned line) {
    return true;
}

static void lines_dispatch(void) {
    for (unsigned line = plic_claim(); line != 0; line = plic_claim()) {
        interrupt_handler *handler =
            line < PLIC_LINES ? __atomic_load_n(&lines[line].handler, __ATOMIC_ACQUIRE) : nullptr;
        if (handler != nullptr) {
            handler(lines[line].data);
        }
        plic_end(line);
    }
}

/* What was asked before the bit was cleared is seen after it. */
static void call_dispatch(void) {
    csr_clear(sip, 1 << INTERRUPT_SOFTWARE);
    __asm__ volatile("fence rw, rw" : : : "memory");
    cores_stop_here();
    cores_serve();
}

void interrupt_dispatch(uint64_t cause) {
    if (cause == INTERRUPT_EXTERNAL) {
        lines_dispatch();
    } else if (cause == INTERRUPT_TIMER) {
        timer_interrupt();
    } else if (cause == INTERRUPT_SOFTWARE) {
        call_dispatch();
    }
}
