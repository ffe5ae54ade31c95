/* SPDX-License-Identifier: MIT */
/*
 * The control channel on the log's serial line (proto/control.h): a new kernel, initrd or CONFIG
 * comes in while the system runs, and the log's levels change. kernel/reload implements it.
 *
 * The interrupt only fills the port's ring (decision 19); the work is done by whoever calls
 * control_poll(), with interrupts enabled: port_wait(), and the console when a program writes. So a
 * program that computes without a word holds the sender off, by the window and by RTS.
 */
#pragma once
#include <chip/uart.h>

/* Listens to the port and looks for frames in what it gets. Without a call all of this does
 * nothing.
 */
void control_start(struct uart *uart);
/* The port that is listened to; NULL when there is none. */
struct uart *control_port(void);
/* The console reads from the same port, by control_read(); `arrived` as in serial_listen(). Until
 * then nothing of what comes is taken, if this is called before the first control_poll(). */
void control_share(void (*arrived)(void *data), void *data);
/* Does what has been asked for; returns at once when nothing was. Does not return after a switch.
 */
void control_poll(void);
/* What came by a shared port and is no frame. */
size_t control_read(uint8_t *to, size_t capacity);
