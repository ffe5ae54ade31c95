/* SPDX-License-Identifier: MIT */
/*
 * The screen as the loader left it: the log, what a program says to its terminal, and panics are
 * shown there. Without a framebuffer, and before display_start(), all of this does nothing.
 *
 * One writer at a time: cores wait for each other; what an interrupt says while the core that it
 * struck is writing is left out.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* When there is memory. Shows what the log has so far. */
void display_start(void);
/* When there are clocks: from now on much that is written within a short time is drawn at once. */
void display_drive(void);
/* Draws what is written and not drawn yet. */
void display_refresh(void);
bool display_is_pending(void);
/* A line of the log in its colours; the sink of log.h. */
void display_log(void *context, const char *line, size_t size);
/* Bytes of a program, as a terminal takes them. False: there is no screen, or a driver has it. */
bool display_write(const uint8_t *bytes, size_t size);

/* A driver has the screen from now on: nothing is shown by us, but a panic. */
void display_yield(void);

/* A panic takes the screen over, whatever was being drawn: start, the reason, body, the rest. Rows
 * before a body or a tail stay on the screen however much follows. */
void display_panic_start(void);
void display_panic_body(void);
void display_panic_tail(void);
void display_panic_write(const char *bytes, size_t size);
