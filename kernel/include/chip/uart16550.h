/* SPDX-License-Identifier: MIT */
/* The 16550 and what behaves like one; its registers are bytes, by I/O ports or in memory. */
#pragma once
#include <chip/uart.h>

/* `present` is false when nobody answers, or what answers does not loop back what it is told to. */
extern const struct uart_chip uart16550;
