/* SPDX-License-Identifier: MIT */
/*
 * The end of the machine by our own fault: "Guru Meditation", the reason, registers, a stack trace
 * with names through kernel and compiled code, the last lines of the log; then what panic= in
 * CONFIG says. A second panic on the way is told in one line and ends it all.
 */
#pragma once
#include <base/format.h>
#include <stdint.h>

struct trap_frame;

enum panic_action : uint8_t { PANIC_HALT, PANIC_POWEROFF, PANIC_REBOOT };

[[noreturn, gnu::format(printf, 1, 2)]] void panic(const char *format, ...);
/* The same for an exception: the trace starts at what was interrupted. */
[[noreturn, gnu::format(printf, 2, 3)]] void panic_at(const struct trap_frame *frame,
                                                      const char *format, ...);

/* What comes after; PANIC_HALT until it is set. */
void panic_set_action(enum panic_action action);
/* Where it is told, byte by byte and without help of interrupts. */
void panic_set_sink(format_sink *sink, void *context);
