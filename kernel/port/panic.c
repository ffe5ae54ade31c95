/* SPDX-License-Identifier: MIT */
/*
 * Panics. Nothing here takes memory or a lock, or waits for an interrupt: whatever the kernel was
 * doing, this can still be said. One core panics, the first; the others stop, those too that panic
 * at the same time. What is told is told in parts: when one breaks, the panic within the panic is
 * told in its turn, and goes on behind the broken one.
 */
#include "backtrace.h"
#include <arch/core.h>
#include <arch/cpu.h>
#include <arch/trap.h>
#include <base/checked.h>
#include <base/ensure.h>
#include <kernel/display.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/panic.h>
#include <kernel/port.h>
#include <kernel/trace.h>
#include <stdatomic.h>

constexpr unsigned EVENTS = 24;
constexpr unsigned DEPTH_MAX = 16; /* more than there are parts */
constexpr size_t REASON_MAX = 400;

static enum panic_action action;
static format_sink *sink;
static void *sink_context;
static bool in_sink;
static struct cpu_frame cause;
static char reason[REASON_MAX];

void panic_set_action(enum panic_action chosen) {
    action = chosen;
}

void panic_set_sink(format_sink *chosen, void *context) {
    sink_context = context;
    sink = chosen;
}

static void put(void *context, const char *bytes, size_t size) {
    if (sink != nullptr) {
        in_sink = true;
        sink(sink_context, bytes, size);
        in_sink = false;
    }
    display_panic_write(bytes, size);
}

/* A sink may break once. */
static void sink_check(void) {
    static unsigned broken;
    if (in_sink && ++broken == 2) {
        sink = nullptr;
    }
    in_sink = false;
}

#define say(...) format_to(put, nullptr, __VA_ARGS__)

/* ---- the parts ---- */

/* Nobody has said yet where to: then to the port that is there on most machines. */
static void open_sinks(void) {
    if (sink == nullptr) {
        serial_start();
        panic_set_sink(serial_sink, serial_find(text_of("serial0")));
    }
    display_panic_start();
}

static bool reason_told;

static void print_reason(void) {
    if (!reason_told) {
        say("\nGuru Meditation: %s\n", reason);
        reason_told = true;
    }
}

static void print_core(void) {
    display_panic_body();
    uint64_t now_us = port_time_ns() / 1000;
    say("Core %u of %u, %llu.%06llu s after entry.\n", core_index(), core_count(),
        (unsigned long long)(now_us / 1'000'000), (unsigned long long)(now_us % 1'000'000));
}

static void print_registers(void) {
    if (cause.interrupted != nullptr) {
        trap_frame_print(cause.interrupted, put, nullptr);
    }
}

static void print_stack(void) {
    backtrace_print(cause, put, nullptr);
}

static void print_events(void) {
    display_panic_tail();
    say("Events:\n");
    trace_replay(EVENTS, put, nullptr);
}

static void print_log_line(void *context, const char *line, size_t size) {
    say("  ");
    put(nullptr, line, size);
}

static void print_log(void) {
    say("Log:\n");
    log_replay(print_log_line, nullptr);
}

/* What follows may switch the ports off, with the last bytes still in them. */
static void print_end(void) {
    say("End of meditation.\n");
    serial_drain(serial_find(text_of("serial0")));
    serial_drain(serial_find(text_of("serial1")));
}

/* ---- the order ---- */

[[noreturn]] static void finish(void) {
    switch (action) {
    case PANIC_POWEROFF:
        power_off();
    case PANIC_REBOOT:
        power_reboot();
    case PANIC_HALT:
        break;
    }
    cpu_halt();
}

/* Goes on behind the part that was begun last. */
[[noreturn]] static void tell_parts(void) {
    static void (*const parts[])(void) = {
        cores_stop,  open_sinks,   print_reason, print_core, print_registers,
        print_stack, print_events, print_log,    print_end,
    };
    static size_t begun;
    while (begun < COUNT_OF(parts)) {
        parts[begun++]();
    }
    finish();
}

/* The first core to come here is the one that panics. */
static void become_the_one(void) {
    static atomic_uint panicking; /* its number + 1 */
    unsigned expected = 0, self = core_index() + 1;
    if (!atomic_compare_exchange_strong(&panicking, &expected, self) && expected != self) {
        cpu_halt();
    }
}

static void tell_nested(struct cpu_frame frame, const char *format, va_list arguments) {
    sink_check();
    say("\nGuru Meditation within it: ");
    format_list(put, nullptr, format, arguments);
    say("\n");
    backtrace_print_address(frame.return_address, frame.interrupted != nullptr, put, nullptr);
    print_reason(); /* if that is what broke */
}

static void reason_put(void *context, const char *bytes, size_t size) {
    static size_t used;
    for (size_t i = 0; i < size && used < REASON_MAX - 1; i++) {
        reason[used++] = bytes[i];
    }
}

static void tell_first(struct cpu_frame frame, const char *format, va_list arguments) {
    cause = frame;
    if (frame.interrupted != nullptr) {
        cause.interrupted = trap_frame_keep(frame.interrupted);
    }
    format_list(reason_put, nullptr, format, arguments);
}

[[noreturn]] static void tell(struct cpu_frame frame, const char *format, va_list arguments) {
    static unsigned depth;
    cpu_interrupts_disable();
    become_the_one();
    if (depth == DEPTH_MAX) {
        depth++;
        finish();
    }
    if (depth > DEPTH_MAX) {
        cpu_halt();
    }
    if (depth++ == 0) {
        tell_first(frame, format, arguments);
    } else {
        tell_nested(frame, format, arguments);
    }
    tell_parts();
}

[[noreturn]] void panic(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    tell(cpu_frame_here(), format, arguments);
}

[[noreturn]] void panic_at(const struct trap_frame *frame, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    tell((struct cpu_frame){trap_frame_pointer(frame), trap_frame_pc(frame), frame}, format,
         arguments);
}

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    panic("ensure(%s) failed at %s:%d", condition, file, line);
}
