/* SPDX-License-Identifier: MIT */
/*
 * A 16550 serial port (user/drv/serial drives it) at whose other end is this process's terminal, or
 * whatever its standard input and output are: the one device of a machine that is a Linux process.
 */
#pragma once
#include <abi/device.h>
#include <abi/status.h>
#include <stdint.h>

struct device;

constexpr uint8_t SERIAL_END = 4; /* Ctrl-D: what is typed when input has ended and all sleep */
constexpr unsigned SERIAL_ENDS = 64;

/* The device, for good. When input has ended, and nothing can happen any more, SERIAL_END is typed,
 * up to SERIAL_ENDS times; then `over` is called, which does not return. */
status_t serial_create(int input, int output, void (*over)(void), struct device **out);
/* What has been sent goes out: before the process ends. */
void serial_flush(void);
