/* SPDX-License-Identifier: MIT */
/* The firmware's console as a serial port that only writes. */
#pragma once
#include <chip/uart.h>

extern const struct uart_chip firmware_console;
