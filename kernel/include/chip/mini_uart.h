/* SPDX-License-Identifier: MIT */
/* The mini UART of the BCM2835 and its successors; the base is that of its auxiliary block. */
#pragma once
#include <chip/uart.h>

extern const struct uart_chip mini_uart;
