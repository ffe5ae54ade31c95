/* SPDX-License-Identifier: MIT */
/*
 * Interrupts, by whichever controller the machine has. Handlers run on the exception stack, and do
 * not nest. One that has been served is told to be over: by then its device is quiet.
 */
#include "controller.h"
#include "frame.h"
#include "leaving.h"
#include "timer.h"
#include <arch/core.h>
#include <arch/interrupt.h>
#include <base/ensure.h>
#include <chip/cores.h>
#include <kernel/log.h>

constexpr unsigned LINES = 1020;

static struct {
    interrupt_handler *handler;
    void *data;
} lines[LINES];

static const struct interrupt_chip *chip;

/* No machine of this CPU has two controllers for the same lines. */
void interrupt_start(bool legacy) {
    chip = controller_find();
    log_write(LOG_DEBUG, "interrupt", "lines by %s", chip->name);
}

void timer_line_start(void) {
    ensure(chip->core_start(core_index()));
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
    if (!chip->unmask(line)) {
        log_write(LOG_WARNING, "interrupt", "line %u leads nowhere", line);
    }
}

void interrupt_mask(unsigned line) {
    ensure(line < LINES);
    chip->mask(line);
}

bool interrupt_is_latched(unsigned line) {
    return true;
}

static void line_handle(unsigned line) {
    interrupt_handler *handler = __atomic_load_n(&lines[line].handler, __ATOMIC_ACQUIRE);
    if (handler != nullptr) {
        handler(lines[line].data);
    }
}

static void serve(unsigned what) {
    if (what == INTERRUPT_TIMER) {
        timer_interrupt();
    } else if (what == INTERRUPT_CALL) {
        cores_serve();
    } else if (what == INTERRUPT_STOP) {
        cores_stop_here();
    } else if (what < LINES) {
        line_handle(what);
    }
}

void interrupt_dispatch(void) {
    uint32_t token;
    unsigned what = chip->claim(core_index(), &token);
    while (what != INTERRUPT_NONE) {
        serve(what);
        barrier_all(); /* the device has heard that it was served before the controller hears it */
        chip->end(token);
        what = chip->claim(core_index(), &token);
    }
    leaving_follow();
}

void interrupt_quiet(void) {
    chip->quiet();
}

void core_signal(unsigned index) {
    barrier_all(); /* what it is to see is there before it is interrupted */
    chip->signal(index);
}

void core_signal_stop(unsigned index) {
    barrier_all();
    chip->signal_stop(index);
}
