/* SPDX-License-Identifier: MIT */
/*
 * The 16550. Source: National Semiconductor PC16550D data sheet, section 8. Registers: 0 data,
 * 1 interrupt enable, 2 FIFO control or, read, what interrupts, 3 line control, 4 modem control,
 * 5 line status, 6 modem status.
 */
#include <chip/uart16550.h>

enum : unsigned { DATA, INTERRUPTS, FIFO, LINE, MODEM, STATUS, MODEM_STATUS, SCRATCH };

constexpr uint8_t LINE_8N1 = 0x03;
constexpr uint8_t LINE_DIVISOR = 0x80;
constexpr uint8_t FIFO_ON = 0xC1; /* receive interrupt at 14 bytes, or after a pause */
constexpr uint8_t FIFO_IS_ON = 0xC0, NOTHING_PENDING = 0x01;
constexpr uint8_t MODEM_DTR = 0x01, MODEM_RTS = 0x02, MODEM_INTERRUPT = 0x08, MODEM_LOOP = 0x10;
constexpr uint8_t MODEM_STATUS_LINES = 0xF0, MODEM_STATUS_CTS = 0x10, MODEM_STATUS_DCD = 0x80;
constexpr uint8_t STATUS_RECEIVED = 0x01, STATUS_ROOM = 0x20, STATUS_IDLE = 0x40;

/* Its bits for interrupts are the events'. */
static_assert(UART_RECEIVED == 0x01 && UART_ROOM == 0x02);

static uint8_t get(const struct uart *uart, unsigned index) {
    return (uint8_t)uart->wiring.read(uart->wiring.base, index << uart->wiring.shift);
}

static void set(const struct uart *uart, unsigned index, uint8_t value) {
    uart->wiring.write(uart->wiring.base, index << uart->wiring.shift, value);
}

/* ---- start ---- */

/* A register that keeps what is written to it, and a line that is not stuck at ones. */
static bool answers(const struct uart *uart) {
    set(uart, SCRATCH, 0x5A);
    if (get(uart, SCRATCH) != 0x5A) {
        return false;
    }
    set(uart, SCRATCH, 0xA5);
    return get(uart, SCRATCH) == 0xA5 && get(uart, STATUS) != 0xFF;
}

/* With its outputs tied to its inputs, RTS comes back as CTS and OUT2 as DCD. While they are, the
 * line is not heard: so it is not done where bytes are coming in, which is proof enough. */
static bool loops_back(const struct uart *uart) {
    if (get(uart, STATUS) & STATUS_RECEIVED) {
        return true;
    }
    set(uart, MODEM, MODEM_LOOP | MODEM_RTS | MODEM_INTERRUPT);
    uint8_t lines = get(uart, MODEM_STATUS) & MODEM_STATUS_LINES;
    set(uart, MODEM, MODEM_DTR);
    return lines == (MODEM_STATUS_CTS | MODEM_STATUS_DCD);
}

/* Switching the FIFOs on empties the receiver. Where someone has been sending before we looked,
 * more may come at any moment: then they stay off, which is slower, but nothing is lost. */
static void fifo_start(struct uart *uart) {
    bool was_on = (get(uart, FIFO) & FIFO_IS_ON) == FIFO_IS_ON;
    bool sending = get(uart, STATUS) & STATUS_RECEIVED;
    uart->burst = 1;
    if (was_on || !sending) {
        set(uart, FIFO, FIFO_ON);
        uart->burst = (get(uart, FIFO) & FIFO_IS_ON) == FIFO_IS_ON ? 16 : 1;
    }
}

static void speed_set(const struct uart *uart) {
    uint32_t divisor = (uart->wiring.clock_hz / 8 / UART_BAUD + 1) / 2; /* rounded */
    if (divisor > 0) {
        set(uart, LINE, LINE_DIVISOR);
        set(uart, DATA, divisor & 0xFF);
        set(uart, INTERRUPTS, (uint8_t)(divisor >> 8));
    }
    set(uart, LINE, LINE_8N1);
}

static bool init(struct uart *uart) {
    if (!answers(uart) || !loops_back(uart)) {
        return false;
    }
    set(uart, INTERRUPTS, 0);
    speed_set(uart);
    fifo_start(uart);
    set(uart, MODEM, MODEM_DTR | MODEM_RTS | MODEM_INTERRUPT);
    return true;
}

/* ---- bytes ---- */

static bool has_received(const struct uart *uart) {
    return get(uart, STATUS) & STATUS_RECEIVED;
}

static uint8_t take(const struct uart *uart) {
    return get(uart, DATA);
}

/* A transmitter that is not empty takes nothing: how much room is left in it, it does not say. */
static unsigned room(const struct uart *uart) {
    return get(uart, STATUS) & STATUS_ROOM ? uart->burst : 0;
}

static void put(const struct uart *uart, uint8_t byte) {
    set(uart, DATA, byte);
}

static bool is_idle(const struct uart *uart) {
    return get(uart, STATUS) & STATUS_IDLE;
}

/* ---- who interrupts, and who may send ---- */

static void listen(const struct uart *uart, uint8_t events) {
    set(uart, INTERRUPTS, events);
}

static void hold(const struct uart *uart, bool held) {
    set(uart, MODEM, MODEM_DTR | MODEM_INTERRUPT | (held ? 0 : MODEM_RTS));
}

static bool asks(const struct uart *uart) {
    return !(get(uart, FIFO) & NOTHING_PENDING);
}

const struct uart_chip uart16550 = {
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
