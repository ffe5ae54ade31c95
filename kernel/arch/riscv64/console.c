/* SPDX-License-Identifier: MIT */
/*
 * The firmware's console, where no serial port is known: it takes a byte at a time and has written
 * it when it comes back, and nothing comes in by it. Source: SBI 2.0, chapter 12; 1.0, 5.2.
 */
#include "console.h"
#include <abi/sbi.h>

static bool firmware_init(struct uart *uart) {
    uart->burst = 1;
    return true;
}

static bool has_none(const struct uart *uart) {
    return false;
}

static uint8_t take_none(const struct uart *uart) {
    return 0;
}

static unsigned firmware_room(const struct uart *uart) {
    return 1;
}

static void firmware_put(const struct uart *uart, uint8_t byte) {
    static bool known, modern;
    if (!known) {
        modern = sbi_has(SBI_CONSOLE);
        known = true;
    }
    sbi_call(modern ? SBI_CONSOLE : SBI_PUTCHAR, modern ? SBI_CONSOLE_PUT : 0, byte, 0, 0);
}

static bool is_idle(const struct uart *uart) {
    return true;
}

static void listen_not(const struct uart *uart, uint8_t events) {
}

static void hold_not(const struct uart *uart, bool held) {
}

const struct uart_chip firmware_console = {
    .init = firmware_init,
    .has_received = has_none,
    .take = take_none,
    .room = firmware_room,
    .put = firmware_put,
    .is_idle = is_idle,
    .listen = listen_not,
    .hold = hold_not,
    .asks = has_none,
};
