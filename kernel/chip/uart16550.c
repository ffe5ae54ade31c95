/* SPDX-License-Identifier: MIT */
/*
 * The 16550. Source: National Semiconductor PC16550D data sheet, section 8. Registers: 0 data,
 * 1 interrupt enable, 2 FIFO control or, read, what interrupts, 3 line control, 4 modem control,
 * 5 line status, 6 modem status.
 *
 * The interrupt for an empty transmitter is enabled only while bytes are queued, and after the
 * transmitter has been filled by hand: then it always has a byte to become empty of, and chips that
 * do not interrupt for being empty already do no harm.
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
constexpr uint8_t INTERRUPT_RECEIVED = 0x01, INTERRUPT_ROOM = 0x02;
constexpr uint32_t CLOCK_HZ = 1'843'200, BAUD = 115'200;
constexpr uint16_t DIVISOR = CLOCK_HZ / 16 / BAUD;
constexpr unsigned PATIENCE = 100'000;   /* reads of the status: well over a FIFO at 9600 baud */
constexpr unsigned SERVICE_ROUNDS = 256; /* a port that asks for more is not heard any further */

static uint8_t get(const struct uart16550 *uart, unsigned index) {
    return uart->read(uart->base, index);
}

static void set(const struct uart16550 *uart, unsigned index, uint8_t value) {
    uart->write(uart->base, index, value);
}

static void set_interrupts(struct uart16550 *uart, uint8_t wanted) {
    if (uart->interrupts != wanted) {
        uart->interrupts = wanted;
        set(uart, INTERRUPTS, wanted);
    }
}

/* ---- start ---- */

/* A register that keeps what is written to it, and a line that is not stuck at ones. */
static bool answers(const struct uart16550 *uart) {
    set(uart, SCRATCH, 0x5A);
    if (get(uart, SCRATCH) != 0x5A) {
        return false;
    }
    set(uart, SCRATCH, 0xA5);
    return get(uart, SCRATCH) == 0xA5 && get(uart, STATUS) != 0xFF;
}

/* With its outputs tied to its inputs, RTS comes back as CTS and OUT2 as DCD. While they are, the
 * line is not heard: so it is not done where bytes are coming in, which is proof enough. */
static bool loops_back(const struct uart16550 *uart) {
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
static void fifo_start(struct uart16550 *uart) {
    bool was_on = (get(uart, FIFO) & FIFO_IS_ON) == FIFO_IS_ON;
    bool sending = get(uart, STATUS) & STATUS_RECEIVED;
    uart->burst = 1;
    if (was_on || !sending) {
        set(uart, FIFO, FIFO_ON);
        uart->burst = (get(uart, FIFO) & FIFO_IS_ON) == FIFO_IS_ON ? 16 : 1;
    }
}

void uart16550_init(struct uart16550 *uart) {
    uart->head = uart->tail = uart->out_head = uart->out_tail = 0;
    uart->held = uart->stuck = false;
    uart->room = 0;
    uart->interrupts = 0;
    uart->present = answers(uart) && loops_back(uart);
    if (!uart->present) {
        return;
    }
    set(uart, INTERRUPTS, 0);
    set(uart, LINE, LINE_DIVISOR);
    set(uart, DATA, DIVISOR & 0xFF);
    set(uart, INTERRUPTS, DIVISOR >> 8);
    set(uart, LINE, LINE_8N1);
    fifo_start(uart);
    set(uart, MODEM, MODEM_DTR | MODEM_RTS | MODEM_INTERRUPT);
}

void uart16550_listen(struct uart16550 *uart) {
    if (uart->present) {
        set_interrupts(uart, uart->interrupts | INTERRUPT_RECEIVED);
    }
}

/* ---- output ---- */

size_t uart16550_queued(const struct uart16550 *uart) {
    return uart->out_head - uart->out_tail;
}

size_t uart16550_queue_room(const struct uart16550 *uart) {
    return UART_RING_SIZE - uart16550_queued(uart);
}

/* A transmitter that is not empty takes nothing: how much room is left in it, it does not say. */
static bool has_room(struct uart16550 *uart) {
    if (uart->room == 0 && (get(uart, STATUS) & STATUS_ROOM)) {
        uart->room = uart->burst;
        uart->stuck = false;
    }
    return uart->room > 0;
}

static void transmit(struct uart16550 *uart, uint8_t byte) {
    set(uart, DATA, byte);
    uart->room--;
}

static void feed(struct uart16550 *uart) {
    while (uart16550_queued(uart) > 0 && has_room(uart)) {
        transmit(uart, uart->out[uart->out_tail % UART_RING_SIZE]);
        uart->out_tail++;
    }
}

/* Interrupts for an empty transmitter are for as long as there is something to give it. */
static void feed_and_listen(struct uart16550 *uart) {
    feed(uart);
    uint8_t others = uart->interrupts & (uint8_t)~INTERRUPT_ROOM;
    set_interrupts(uart, uart16550_queued(uart) > 0 ? others | INTERRUPT_ROOM : others);
}

size_t uart16550_queue(struct uart16550 *uart, const void *bytes, size_t size) {
    const uint8_t *from = bytes;
    size_t room = uart->present ? uart16550_queue_room(uart) : 0;
    size_t count = size < room ? size : room;
    for (size_t i = 0; i < count; i++) {
        uart->out[uart->out_head++ % UART_RING_SIZE] = from[i];
    }
    if (count > 0) {
        feed_and_listen(uart);
    }
    return count;
}

static bool wait_for_room(struct uart16550 *uart) {
    unsigned patience = uart->stuck ? 1 : PATIENCE;
    for (unsigned attempt = 0; attempt < patience; attempt++) {
        if (has_room(uart)) {
            return true;
        }
    }
    uart->stuck = true;
    return false;
}

static bool write_queued(struct uart16550 *uart) {
    while (uart16550_queued(uart) > 0) {
        if (!wait_for_room(uart)) {
            return false;
        }
        feed(uart);
    }
    return true;
}

size_t uart16550_write(struct uart16550 *uart, const void *bytes, size_t size) {
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

void uart16550_drain(struct uart16550 *uart) {
    if (!uart->present || !write_queued(uart)) {
        return;
    }
    for (unsigned i = 0; i < PATIENCE && !(get(uart, STATUS) & STATUS_IDLE); i++) {
    }
    uart->room = 0;
}

/* ---- input ---- */

size_t uart16550_available(const struct uart16550 *uart) {
    return uart->head - uart->tail;
}

static void hold_sender(struct uart16550 *uart) {
    uart->held = true;
    set_interrupts(uart, uart->interrupts & (uint8_t)~INTERRUPT_RECEIVED);
    set(uart, MODEM, MODEM_DTR | MODEM_INTERRUPT);
}

/* There is room again: the sender may go on. */
static void release_sender(struct uart16550 *uart) {
    uart->held = false;
    set(uart, MODEM, MODEM_DTR | MODEM_RTS | MODEM_INTERRUPT);
    set_interrupts(uart, uart->interrupts | INTERRUPT_RECEIVED);
}

static void take(struct uart16550 *uart) {
    while (!uart->held && (get(uart, STATUS) & STATUS_RECEIVED)) {
        if (uart16550_available(uart) == UART_RING_SIZE) {
            hold_sender(uart);
            return;
        }
        uart->ring[uart->head++ % UART_RING_SIZE] = get(uart, DATA);
    }
}

size_t uart16550_read(struct uart16550 *uart, void *to, size_t size) {
    uint8_t *out = to;
    size_t count = uart16550_available(uart);
    count = count < size ? count : size;
    for (size_t i = 0; i < count; i++) {
        out[i] = uart->ring[uart->tail++ % UART_RING_SIZE];
    }
    if (uart->held && uart16550_available(uart) <= UART_RING_SIZE / 2) {
        release_sender(uart);
    }
    return count;
}

/* Its line interrupts by an edge: it must have fallen before the handler leaves, or it will not
 * rise again. */
void uart16550_service(struct uart16550 *uart) {
    for (unsigned i = 0; uart->present && i < SERVICE_ROUNDS; i++) {
        take(uart);
        feed_and_listen(uart);
        if (get(uart, FIFO) & NOTHING_PENDING) {
            return;
        }
    }
}
