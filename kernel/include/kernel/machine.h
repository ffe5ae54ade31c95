/* SPDX-License-Identifier: MIT */
/*
 * The machine under the kernel, as kernel/start brings it up: serial ports, the kernel stack,
 * clocks, power. In this order: serial_start() any time, serial_move() and stack_start() when there
 * is memory, system_start() on that stack, serial_drive(), power_start().
 */
#pragma once
#include <base/string.h>
#include <chip/uart.h>
#include <stdint.h>

/* Finds the serial ports and sets them up for output; needs nothing else to be started. */
void serial_start(void);
/* Their registers may have moved: after machine_map() (<arch/machine.h>). */
void serial_move(void);
/* The port of that name ("serial0"); NULL when there is no such name. */
struct uart *serial_find(struct text name);
/* What the log says goes out between marks (<abi/serial.h>): a program's output is framed, too, on
 * the same line, and what serial_write() is given at a time consists of whole pairs. */
void serial_frame(struct uart *uart);
/* Input and output by interrupts from now on. After system_start(). */
void serial_drive(void);

/* When something came in, `arrived` is called: not by the interrupt but by whoever sleeps in
 * port_wait(), with interrupts masked. */
void serial_listen(struct uart *uart, void (*arrived)(void *data), void *data);
/* Calls `arrived` for each port to which something came since it was called last; says whether any
 * was, or something went out. */
bool serial_tell(void);
/* Does any port not interrupt? Then serial_tell() asks it, and must be called often. */
bool serial_is_polled(void);
/* Takes up to `size` bytes that have come in; 0: none yet. */
size_t serial_read(struct uart *uart, void *to, size_t size);

/* Takes as much as there is room for, and says how much that was; takes all for a port that is not
 * there. Nothing that it took is lost. */
size_t serial_write(struct uart *uart, const void *bytes, size_t size);
/* Is it worth while to write again? For who waits in port_wait(). The context is a struct
 * uart16550.
 */
bool serial_has_room(void *uart);
/* The log's sink: a line that finds no room is dropped, and the next that does is preceded by one
 * that says how many were. */
void serial_log(void *uart, const char *line, size_t size);
/* By hand, after all that is queued, with no help of interrupts: for panics and last words. Gives
 * up on a transmitter that takes nothing. */
void serial_sink(void *uart, const char *bytes, size_t size);
/* A driver has the port from now on: nothing is read from it, what is written is dropped, and its
 * line is free. serial_sink(), for panics, takes it back. Once per port has an effect. */
void serial_yield(unsigned index);
/* Sleeps until all that is queued is out, however slowly it is read; gives up when nothing has gone
 * out for ten seconds. With interrupts enabled. */
void serial_flush(struct uart *uart);
/* Waits, by hand and for some milliseconds at most, until all is on the wire. */
void serial_drain(struct uart *uart);

/* Leaves the boot stack for good and goes on in `function`, on a stack with a guard page. */
[[noreturn]] void stack_start(void (*function)(void));

/* What CONFIG makes of the machine: to test what else is used only on others. */
struct machine_choice {
    struct text clock;      /* the only one to be tried: <arch/timer.h>; "": the best */
    bool legacy_interrupts; /* by the two 8259, even if there is an I/O APIC */
    bool single;            /* the other cores stay asleep */
};

/* Interrupts, clocks, randomness and the other cores; interrupts are enabled from here on. */
void system_start(const struct machine_choice *choice);

/* Finds out how to switch off and restart; where nobody says how, power_off() only halts. */
void power_start(void);
[[noreturn]] void power_off(void);
[[noreturn]] void power_reboot(void);
