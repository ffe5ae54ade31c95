/* SPDX-License-Identifier: MIT */
/*
 * The mini UART. Source: Broadcom, BCM2835 ARM Peripherals, 2.2, with its errata: of the interrupt
 * enable register bit 0 is the receiver's and bit 1 the transmitter's. Its speed hangs on the clock
 * of the graphics core, which only firmware knows, so it stays as it is.
 */
#include <chip/mini_uart.h>

enum : unsigned { /* registers */
                  ENABLES = 0x04,
                  DATA = 0x40,
                  INTERRUPTS = 0x44,
                  IDENTIFY = 0x48,
                  LINE = 0x4C,
                  MODEM = 0x50,
                  STATUS = 0x54,
                  CONTROL = 0x60,
};

constexpr uint32_t ENABLE = 1 << 0, LINE_8 = 3, CONTROL_ON = 3, MODEM_RTS_HIGH = 1 << 1;
constexpr uint32_t RECEIVED = 1 << 0, ROOM = 1 << 5, IDLE = 1 << 6;
constexpr uint32_t NOTHING_PENDING = 1 << 0;
static_assert(UART_RECEIVED == 1 && UART_ROOM == 2);

static uint32_t get(const struct uart *uart, unsigned offset) {
    return uart->wiring.read(uart->wiring.base, offset);
}

static void set(const struct uart *uart, unsigned offset, uint32_t value) {
    uart->wiring.write(uart->wiring.base, offset, value);
}

/* Without the block's enable bit nothing answers at all. */
static bool init(struct uart *uart) {
    set(uart, ENABLES, get(uart, ENABLES) | ENABLE);
    if (!(get(uart, ENABLES) & ENABLE)) {
        return false;
    }
    set(uart, INTERRUPTS, 0);
    set(uart, LINE, LINE_8);
    set(uart, MODEM, 0);
    set(uart, CONTROL, CONTROL_ON);
    uart->burst = 1; /* of eight: how many there is room for, the status does not say */
    return true;
}

static bool has_received(const struct uart *uart) {
    return get(uart, STATUS) & RECEIVED;
}

static uint8_t take(const struct uart *uart) {
    return (uint8_t)get(uart, DATA);
}

static unsigned room(const struct uart *uart) {
    return get(uart, STATUS) & ROOM ? uart->burst : 0;
}

static void put(const struct uart *uart, uint8_t byte) {
    set(uart, DATA, byte);
}

static bool is_idle(const struct uart *uart) {
    return get(uart, STATUS) & IDLE;
}

static void listen(const struct uart *uart, uint8_t events) {
    set(uart, INTERRUPTS, events);
}

static void hold(const struct uart *uart, bool held) {
    set(uart, MODEM, held ? MODEM_RTS_HIGH : 0);
}

static bool asks(const struct uart *uart) {
    return !(get(uart, IDENTIFY) & NOTHING_PENDING);
}

const struct uart_chip mini_uart = {
    .init = init,
    .has_received = has_received,
    .take = take,
    .room = room,
    .put = put,
    .is_idle = is_idle,
    .listen = listen,
    .hold = hold,
    .asks = asks,
};
