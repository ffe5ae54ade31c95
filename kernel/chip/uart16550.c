/* SPDX-License-Identifier: MIT */
/*
 * The 16550. Source: National Semiconductor PC16550D data sheet, section 8. Registers: 0 data,
 * 1 interrupt enable, 2 FIFO control, 3 line control, 4 modem control, 5 line status.
 */
#include <chip/uart16550.h>

enum : unsigned { DATA, INTERRUPTS, FIFO, LINE, MODEM, STATUS, MODEM_STATUS, SCRATCH };

constexpr uint8_t LINE_8N1 = 0x03;
constexpr uint8_t LINE_DIVISOR = 0x80;
constexpr uint8_t FIFO_ON = 0xC1; /* receive interrupt at 14 bytes, or after a pause */
constexpr uint8_t FIFO_IS_ON = 0xC0;
constexpr uint8_t MODEM_DTR = 0x01, MODEM_RTS = 0x02, MODEM_INTERRUPT = 0x08;
constexpr uint8_t STATUS_RECEIVED = 0x01, STATUS_ROOM = 0x20, STATUS_IDLE = 0x40;
constexpr uint8_t INTERRUPT_RECEIVED = 0x01;
constexpr uint16_t DIVISOR_115200 = 1;
constexpr unsigned PATIENCE = 100'000; /* reads of the status: well over a FIFO at 9600 baud */

static uint8_t get(const struct uart16550 *uart, unsigned index) {
    return uart->read(uart->base, index);
}

static void set(const struct uart16550 *uart, unsigned index, uint8_t value) {
    uart->write(uart->base, index, value);
}

/* A register that keeps what is written to it, and a line that is not stuck at ones. */
static bool answers(const struct uart16550 *uart) {
    set(uart, SCRATCH, 0x5A);
    if (get(uart, SCRATCH) != 0x5A) {
        return false;
    }
    set(uart, SCRATCH, 0xA5);
    return get(uart, SCRATCH) == 0xA5 && get(uart, STATUS) != 0xFF;
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
    uart->head = uart->tail = 0;
    uart->held = false;
    uart->room = 0;
    uart->present = answers(uart);
    if (!uart->present) {
        return;
    }
    set(uart, INTERRUPTS, 0);
    set(uart, LINE, LINE_DIVISOR);
    set(uart, DATA, DIVISOR_115200 & 0xFF);
    set(uart, INTERRUPTS, DIVISOR_115200 >> 8);
    set(uart, LINE, LINE_8N1);
    fifo_start(uart);
    set(uart, MODEM, MODEM_DTR | MODEM_RTS | MODEM_INTERRUPT);
}

void uart16550_listen(struct uart16550 *uart) {
    if (uart->present) {
        set(uart, INTERRUPTS, INTERRUPT_RECEIVED);
    }
}

static bool wait_for(const struct uart16550 *uart, uint8_t bit) {
    for (unsigned attempt = 0; attempt < PATIENCE; attempt++) {
        if (get(uart, STATUS) & bit) {
            return true;
        }
    }
    return false;
}

size_t uart16550_write(struct uart16550 *uart, const void *bytes, size_t size) {
    const uint8_t *from = bytes;
    size_t done = 0;
    for (; uart->present && done < size; done++) {
        if (uart->room == 0) {
            if (!wait_for(uart, STATUS_ROOM)) {
                break;
            }
            uart->room = uart->burst;
        }
        set(uart, DATA, from[done]);
        uart->room--;
    }
    return done;
}

void uart16550_drain(struct uart16550 *uart) {
    if (uart->present) {
        wait_for(uart, STATUS_IDLE);
        uart->room = 0;
    }
}

static bool ring_is_full(const struct uart16550 *uart) {
    uint32_t head = __atomic_load_n(&uart->head, __ATOMIC_RELAXED);
    uint32_t tail = __atomic_load_n(&uart->tail, __ATOMIC_ACQUIRE);
    return head - tail == UART_RING_SIZE;
}

void uart16550_pump(struct uart16550 *uart) {
    while (uart->present && !uart->held && (get(uart, STATUS) & STATUS_RECEIVED)) {
        if (ring_is_full(uart)) {
            uart->held = true;
            set(uart, INTERRUPTS, 0);
            set(uart, MODEM, MODEM_DTR | MODEM_INTERRUPT);
            return;
        }
        uart->ring[uart->head % UART_RING_SIZE] = get(uart, DATA);
        __atomic_store_n(&uart->head, uart->head + 1, __ATOMIC_RELEASE);
    }
}

size_t uart16550_available(const struct uart16550 *uart) {
    return __atomic_load_n(&uart->head, __ATOMIC_ACQUIRE) - uart->tail;
}

/* There is room again: the sender may go on. The interrupt cannot strike before the last line. */
static void release_sender(struct uart16550 *uart) {
    uart->held = false;
    set(uart, MODEM, MODEM_DTR | MODEM_RTS | MODEM_INTERRUPT);
    set(uart, INTERRUPTS, INTERRUPT_RECEIVED);
}

size_t uart16550_read(struct uart16550 *uart, void *to, size_t size) {
    uint8_t *out = to;
    size_t count = uart16550_available(uart);
    count = count < size ? count : size;
    for (size_t i = 0; i < count; i++) {
        out[i] = uart->ring[(uart->tail + i) % UART_RING_SIZE];
    }
    __atomic_store_n(&uart->tail, uart->tail + (uint32_t)count, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST); /* room first: else the interrupt could hold in vain */
    if (uart->held && uart16550_available(uart) <= UART_RING_SIZE / 2) {
        release_sender(uart);
    }
    return count;
}
