/* SPDX-License-Identifier: MIT */
/*
 * What the machine around the CPU has, as its firmware's tables, a device tree or custom tell it:
 * serial ports, a clock that goes on while the power is off, ways to switch the power off.
 */
#pragma once
#include <chip/uart.h>
#include <stdint.h>

constexpr unsigned MACHINE_SERIALS = 2;
constexpr unsigned MACHINE_NO_LINE = UINT32_MAX;

/* The serial port of this number (below MACHINE_SERIALS): how it is reached, and on which line
 * (<arch/interrupt.h>) it interrupts: MACHINE_NO_LINE if it must be asked. False: there is none.
 * May be called before there is memory, and is called once more after machine_map(): then the
 * registers may be elsewhere. */
bool machine_serial(unsigned index, struct uart_wiring *out, unsigned *line);

/* Called once, when there is memory: maps registers of devices that were reached through what the
 * loader had mapped. */
void machine_map(void);

/* Seconds since 1970-01-01 UTC, by the machine's own clock; false: it has none, or that has
 * stopped. After machine_map(). */
bool machine_clock_read(int64_t *seconds);

/* Looks up what switching off and restarting take, so that a panic needs no tables. False: it
 * cannot be switched off. After machine_map(). */
bool machine_power_find(void);
/* With interrupts masked, at any time. Come back when the machine cannot do it (or nobody has found
 * out how, yet). */
void machine_power_off(void);
void machine_restart(void);
