/* SPDX-License-Identifier: MIT */
/*
 * What all serial ports have in common: rings, and whom to hold off. Source of the chips' own
 * manners: their files.
 *
 * The interrupt for room in the transmitter is enabled only while bytes are queued, and after the
 * transmitter has been filled by hand: then it always has a byte to become empty of, and chips that
 * do not interrupt for being empty already do no harm.
 */
#include <chip/uart.h>

constexpr unsigned PATIENCE = 100'000;   /* reads of the status: well over a FIFO at 9600 baud */
constexpr unsigned SERVICE_ROUNDS = 256; /* a port that asks for more is not heard any further */

static const struct uart_chip *chip_of(const struct uart *uart) {
    return uart->wiring.chip;
}

static void set_events(struct uart *uart, uint8_t wanted) {
    if (uart->events != wanted) {
        uart->events = wanted;
        chip_of(uart)->listen(uart, wanted);
    }
}

void uart_init(struct uart *uart) {
    uart->head = uart->tail = uart->out_head = uart->out_tail = 0;
    uart->held = uart->stuck = false;
    uart->room = 0;
    uart->events = 0;
    uart->burst = 1;
    uart->present = chip_of(uart) != nullptr && chip_of(uart)->init(uart);
}

void uart_listen(struct uart *uart) {
    if (uart->present) {
        set_events(uart, uart->events | UART_RECEIVED);
    }
}

/* ---- output ---- */

size_t uart_queued(const struct uart *uart) {
    return uart->out_head - uart->out_tail;
}

size_t uart_queue_room(const struct uart *uart) {
    return UART_RING_SIZE - uart_queued(uart);
}

static bool has_room(struct uart *uart) {
    if (uart->room == 0) {
        uart->room = chip_of(uart)->room(uart);
        uart->stuck = uart->stuck && uart->room == 0;
    }
    return uart->room > 0;
}

static void transmit(struct uart *uart, uint8_t byte) {
    chip_of(uart)->put(uart, byte);
    uart->room--;
}

static void feed(struct uart *uart) {
    while (uart_queued(uart) > 0 && has_room(uart)) {
        transmit(uart, uart->out[uart->out_tail % UART_RING_SIZE]);
        uart->out_tail++;
    }
}

/* Interrupts for an empty transmitter are for as long as there is something to give it. */
static void feed_and_listen(struct uart *uart) {
    feed(uart);
    uint8_t others = uart->events & (uint8_t)~UART_ROOM;
    set_events(uart, uart_queued(uart) > 0 ? others | UART_ROOM : others);
}

size_t uart_queue(struct uart *uart, const void *bytes, size_t size) {
    const uint8_t *from = bytes;
    size_t room = uart->present ? uart_queue_room(uart) : 0;
    size_t count = size < room ? size : room;
    for (size_t i = 0; i < count; i++) {
        uart->out[uart->out_head++ % UART_RING_SIZE] = from[i];
    }
    if (count > 0) {
        feed_and_listen(uart);
    }
    return count;
}

static bool wait_for_room(struct uart *uart) {
    unsigned patience = uart->stuck ? 1 : PATIENCE;
    for (unsigned attempt = 0; attempt < patience; attempt++) {
        if (has_room(uart)) {
            return true;
        }
    }
    uart->stuck = true;
    return false;
}

static bool write_queued(struct uart *uart) {
    while (uart_queued(uart) > 0) {
        if (!wait_for_room(uart)) {
            return false;
        }
        feed(uart);
    }
    return true;
}

size_t uart_write(struct uart *uart, const void *bytes, size_t size) {
    const uint8_t *from = bytes;
    size_t done = 0;
    if (!uart->present || !write_queued(uart)) {
        return 0;
    }
    while (done < size && wait_for_room(uart)) {
        transmit(uart, from[done++]);
    }
    return done;
}

void uart_drain(struct uart *uart) {
    if (!uart->present || !write_queued(uart)) {
        return;
    }
    for (unsigned i = 0; i < PATIENCE && !chip_of(uart)->is_idle(uart); i++) {
    }
    uart->room = 0;
}

/* ---- input ---- */

size_t uart_available(const struct uart *uart) {
    return uart->head - uart->tail;
}

static void hold_sender(struct uart *uart) {
    uart->held = true;
    set_events(uart, uart->events & (uint8_t)~UART_RECEIVED);
    chip_of(uart)->hold(uart, true);
}

/* There is room again: the sender may go on. */
static void release_sender(struct uart *uart) {
    uart->held = false;
    chip_of(uart)->hold(uart, false);
    set_events(uart, uart->events | UART_RECEIVED);
}

static void take(struct uart *uart) {
    while (!uart->held && chip_of(uart)->has_received(uart)) {
        if (uart_available(uart) == UART_RING_SIZE) {
            hold_sender(uart);
            return;
        }
        uart->ring[uart->head++ % UART_RING_SIZE] = chip_of(uart)->take(uart);
    }
}

size_t uart_read(struct uart *uart, void *to, size_t size) {
    uint8_t *out = to;
    size_t count = uart_available(uart);
    count = count < size ? count : size;
    for (size_t i = 0; i < count; i++) {
        out[i] = uart->ring[uart->tail++ % UART_RING_SIZE];
    }
    if (uart->held && uart_available(uart) <= UART_RING_SIZE / 2) {
        release_sender(uart);
    }
    return count;
}

void uart_service(struct uart *uart) {
    for (unsigned i = 0; uart->present && i < SERVICE_ROUNDS; i++) {
        take(uart);
        feed_and_listen(uart);
        if (!chip_of(uart)->asks(uart)) {
            return;
        }
    }
}
