/* SPDX-License-Identifier: MIT */
/*
 * A 16550 serial port. Output waits for room in the transmitter; input goes through a ring that an
 * interrupt (or whoever asks for bytes) fills, so that none is lost while programs run: when the
 * ring is full the receiver is left alone and the sender held off by RTS.
 *
 * One producer (the interrupt handler, or a reader with that interrupt masked) and one consumer.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr size_t UART_RING_SIZE = 16 * 1024; /* a power of two */

struct uart16550 {
    /* How its registers are reached: by index 0 to 7. */
    uint8_t (*read)(uintptr_t base, unsigned index);
    void (*write)(uintptr_t base, unsigned index, uint8_t value);
    uintptr_t base;
    uint8_t *ring;  /* UART_RING_SIZE bytes */
    unsigned burst; /* bytes that an empty transmitter takes */
    unsigned room;  /* of them, what is left */
    bool present;
    bool held; /* the receiver waits for room in the ring */
    uint32_t head, tail;
};

/* 115200 8N1, interrupts off, FIFOs on unless bytes have come in already: those are kept. `present`
 * is false when nobody answers. The functions, base and ring are set by the caller. */
void uart16550_init(struct uart16550 *uart);
/* Lets the port interrupt when bytes come in. */
void uart16550_listen(struct uart16550 *uart);
/* Returns how much was written: less than all when the transmitter took nothing for long, or nobody
 * answers. */
size_t uart16550_write(struct uart16550 *uart, const void *bytes, size_t size);
/* Waits until the last byte is on the wire. */
void uart16550_drain(struct uart16550 *uart);
/* Takes what the receiver holds into the ring. For the interrupt handler. */
void uart16550_pump(struct uart16550 *uart);
/* Takes up to `size` bytes that have come in; 0: none yet. */
size_t uart16550_read(struct uart16550 *uart, void *to, size_t size);
/* How many bytes a read would find. */
size_t uart16550_available(const struct uart16550 *uart);
