/* SPDX-License-Identifier: MIT */
/*
 * What the machine around the CPU has, as its firmware's tables, a device tree or custom tell it:
 * serial ports, a clock that goes on while the power is off, ways to switch the power off.
 */
#pragma once
#include <abi/device.h>
#include <chip/uart.h>
#include <stdint.h>

constexpr unsigned MACHINE_SERIALS = 2;
constexpr unsigned MACHINE_NO_LINE = UINT32_MAX;

/* The serial port of this number (below MACHINE_SERIALS): how it is reached, and on which line
 * (<arch/interrupt.h>) it interrupts: MACHINE_NO_LINE if it must be asked. False: there is none.
 * May be called before there is memory, and is called once more after machine_map(): then the
 * registers may be elsewhere. */
bool machine_serial(unsigned index, struct uart_wiring *out, unsigned *line);

/* The same port as a device for a driver. False: there is none, or none that drivers could use. */
bool machine_serial_device(unsigned index, struct device_info *out);
/* Other devices of the machine, from 0 up; false: there are no more. What the machine only may have
 * is among them; whether it is there its driver finds out. After machine_map(). */
bool machine_device(unsigned index, struct device_info *out);
/* I/O ports, 8, 16 or 32 bits wide; false: this CPU has none. */
bool machine_port_read(uint16_t port, unsigned width, uint32_t *value);
bool machine_port_write(uint16_t port, unsigned width, uint32_t value);

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
