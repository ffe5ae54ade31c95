/* SPDX-License-Identifier: MIT */
/* The PL011, Arm's serial port; registers of 32 bits. */
#pragma once
#include <chip/uart.h>

extern const struct uart_chip pl011;
