/* SPDX-License-Identifier: MIT */
/* The machine's serial ports: serial0 and serial1. */
#pragma once
#include <base/string.h>
#include <chip/uart16550.h>

/* Finds them and sets them up for output; needs nothing else to be started. */
void serial_start(void);
/* The port of that name ("serial0"); NULL when there is no such name. */
struct uart16550 *serial_find(struct text name);
/* Input by interrupts from now on. */
void serial_listen(struct uart16550 *uart);
/* Sinks for log and panic, whose context is a struct uart16550. */
void serial_sink(void *uart, const char *bytes, size_t size);
