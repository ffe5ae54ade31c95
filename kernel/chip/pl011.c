/* SPDX-License-Identifier: MIT */
/*
 * The PL011. Source: Arm PrimeCell UART (PL011) Technical Reference Manual r1p5 (DDI 0183),
 * chapter 3.
 *
 * It interrupts for room when its FIFO is drained through a level, so it must have been fuller: it
 * is listened to only when bytes are left over after it was full (uart.c).
 */
#include <chip/pl011.h>

enum : unsigned { /* registers */
                  DATA = 0x00,
                  FLAGS = 0x18,
                  DIVISOR = 0x24,
                  FRACTION = 0x28,
                  LINE = 0x2C,
                  CONTROL = 0x30,
                  LEVELS = 0x34,
                  MASK = 0x38,
                  MASKED = 0x40,
                  CLEAR = 0x44,
                  IDENTITY = 0xFF0, /* four bytes, each in a word */
};

constexpr uint32_t FLAG_BUSY = 1 << 3, FLAG_NOTHING = 1 << 4, FLAG_FULL = 1 << 5;
constexpr uint32_t FLAG_EMPTY = 1 << 7;
constexpr uint32_t LINE_8N1_FIFO = 3 << 5 | 1 << 4;
constexpr uint32_t CONTROL_ON = 1 << 0 | 1 << 8 | 1 << 9; /* transmitter, receiver */
constexpr uint32_t CONTROL_DTR = 1 << 10, CONTROL_RTS = 1 << 11;
constexpr uint32_t LEVEL_HALF_QUARTER = 2 << 3 | 1 << 0; /* received: half; to send: a quarter */
constexpr uint32_t INTERRUPT_RECEIVED = 1 << 4 | 1 << 6 /* or after a pause */;
constexpr uint32_t INTERRUPT_ROOM = 1 << 5, INTERRUPT_ALL = 0x7FF;
constexpr unsigned FIFO_SIZE = 16;
constexpr unsigned PATIENCE = 100'000;

static uint32_t get(const struct uart *uart, unsigned offset) {
    return uart->wiring.read(uart->wiring.base, offset);
}

static void set(const struct uart *uart, unsigned offset, uint32_t value) {
    uart->wiring.write(uart->wiring.base, offset, value);
}

static bool answers(const struct uart *uart) {
    static const uint8_t identity[4] = {0x0D, 0xF0, 0x05, 0xB1}; /* of all of Arm's PrimeCells */
    for (unsigned i = 0; i < 4; i++) {
        if ((get(uart, IDENTITY + 4 * i) & 0xFF) != identity[i]) {
            return false;
        }
    }
    return true;
}

/* Its line may change only while it is off and silent; switching the FIFO on empties it. So where
 * all is well already it is left alone. */
static void line_set(const struct uart *uart) {
    uint32_t divisor = uart->wiring.clock_hz / (UART_BAUD / 4); /* in 64ths */
    bool right = (get(uart, CONTROL) & CONTROL_ON) == CONTROL_ON &&
                 (get(uart, LINE) & 0xFF) == LINE_8N1_FIFO &&
                 (divisor == 0 || (get(uart, DIVISOR) << 6 | get(uart, FRACTION)) == divisor);
    if (right) {
        return;
    }
    for (unsigned i = 0; i < PATIENCE && (get(uart, FLAGS) & FLAG_BUSY); i++) {
    }
    set(uart, CONTROL, 0);
    if (divisor != 0) {
        set(uart, DIVISOR, divisor >> 6);
        set(uart, FRACTION, divisor & 63);
    }
    set(uart, LINE, LINE_8N1_FIFO);
}

static bool init(struct uart *uart) {
    if (!answers(uart)) {
        return false;
    }
    set(uart, MASK, 0);
    line_set(uart);
    set(uart, LEVELS, LEVEL_HALF_QUARTER);
    set(uart, CLEAR, INTERRUPT_ALL);
    set(uart, CONTROL, CONTROL_ON | CONTROL_DTR | CONTROL_RTS);
    uart->burst = FIFO_SIZE;
    return true;
}

static bool has_received(const struct uart *uart) {
    return !(get(uart, FLAGS) & FLAG_NOTHING);
}

static uint8_t take(const struct uart *uart) {
    return (uint8_t)get(uart, DATA);
}

static unsigned room(const struct uart *uart) {
    uint32_t flags = get(uart, FLAGS);
    return flags & FLAG_EMPTY ? uart->burst : flags & FLAG_FULL ? 0 : 1;
}

static void put(const struct uart *uart, uint8_t byte) {
    set(uart, DATA, byte);
}

static bool is_idle(const struct uart *uart) {
    return (get(uart, FLAGS) & (FLAG_BUSY | FLAG_EMPTY)) == FLAG_EMPTY;
}

static void listen(const struct uart *uart, uint8_t events) {
    set(uart, MASK,
        (events & UART_RECEIVED ? INTERRUPT_RECEIVED : 0u) |
            (events & UART_ROOM ? INTERRUPT_ROOM : 0u));
}

static void hold(const struct uart *uart, bool held) {
    set(uart, CONTROL, CONTROL_ON | CONTROL_DTR | (held ? 0u : CONTROL_RTS));
}

static bool asks(const struct uart *uart) {
    return get(uart, MASKED) != 0;
}

const struct uart_chip pl011 = {
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
