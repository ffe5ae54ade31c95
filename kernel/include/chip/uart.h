/* SPDX-License-Identifier: MIT */
/*
 * A serial port, whatever chip it is: both ways through rings that an interrupt handler empties and
 * fills, and by hand for those who cannot wait for interrupts.
 *
 * Input: when its ring is full the receiver is left alone and the sender held off, where the chip
 * can do that, so that nothing is lost. Output: what is queued goes out in the order in which it
 * came, also when someone writes by hand in between.
 *
 *   line ==> receiver ==service==> ring ==read==>
 *   <== transmitter <==service== out <==queue==          <== transmitter <==write==
 *
 * One caller at a time: whoever shares a port between cores or with its interrupt locks it.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr size_t UART_RING_SIZE = 16 * 1024; /* of each ring; a power of two */

struct uart;

/* What a chip may interrupt for. */
enum uart_events : uint8_t { UART_RECEIVED = 1, UART_ROOM = 2 };

/* A kind of chip. All are called by uart.c alone, and but for `init` only where the chip is there.
 */
struct uart_chip {
    /* 115200 8N1, interrupts off, the sender let go; what has come in already is kept. Sets
     * `burst`. False: nobody answers. */
    bool (*init)(struct uart *uart);
    bool (*has_received)(const struct uart *uart);
    uint8_t (*take)(const struct uart *uart);
    /* Bytes that the transmitter takes now, at least; 0 while that is not known. */
    unsigned (*room)(const struct uart *uart);
    void (*put)(const struct uart *uart, uint8_t byte);
    /* The last byte is on the wire. */
    bool (*is_idle)(const struct uart *uart);
    /* These events interrupt, and no others. */
    void (*listen)(const struct uart *uart, uint8_t events);
    /* Holds the sender off, or lets it go on. */
    void (*hold)(const struct uart *uart, bool held);
    /* Does it ask for service still? A line by edge must have fallen before its handler leaves. */
    bool (*asks)(const struct uart *uart);
};

/* Which chip, and where. `offset` counts bytes from the base; those who have registers of bytes are
 * told by `shift` how far they lie apart: 1 << shift. */
struct uart_wiring {
    const struct uart_chip *chip;
    uint32_t (*read)(uintptr_t base, unsigned offset);
    void (*write)(uintptr_t base, unsigned offset, uint32_t value);
    uintptr_t base;
    unsigned shift;
    uint32_t
        clock_hz; /* what its speed is made of; 0: nobody knows, it stays as the loader set it */
};

struct uart {
    struct uart_wiring wiring;
    uint8_t *ring, *out; /* UART_RING_SIZE bytes each */
    unsigned burst;      /* bytes that an empty transmitter takes */
    unsigned room;       /* of them, what is left */
    uint8_t events;      /* those that interrupt */
    bool present;
    bool held;  /* the receiver waits for room in the ring */
    bool stuck; /* the transmitter took nothing for long: it is not waited for until it does */
    uint32_t head, tail;         /* of input: bytes ever put in, and taken out */
    uint32_t out_head, out_tail; /* of output */
};

constexpr uint32_t UART_BAUD = 115'200;

/* Sets the chip up. `present` is false when nobody answers. The wiring (no chip: there is none) and
 * the rings are set by the caller. */
void uart_init(struct uart *uart);
/* Lets the port interrupt when bytes come in, and when queued ones may go out. */
void uart_listen(struct uart *uart);

/* For the interrupt handler: takes what the receiver holds, gives the transmitter what is queued,
 * until the port asks for nothing more (or for very long). */
void uart_service(struct uart *uart);

/* Queues as much as there is room for, and says how much that was. Needs uart_listen(). */
size_t uart_queue(struct uart *uart, const void *bytes, size_t size);
/* How much could be queued, and how much is. */
size_t uart_queue_room(const struct uart *uart);
size_t uart_queued(const struct uart *uart);

/* By hand: first what is queued, then these. Returns how many of these were written: less than all
 * when the transmitter took nothing for long, or nobody answers. */
size_t uart_write(struct uart *uart, const void *bytes, size_t size);
/* By hand: waits until all that is queued or written is on the wire, or does not go on. */
void uart_drain(struct uart *uart);

/* Takes up to `size` bytes that have come in; 0: none yet. */
size_t uart_read(struct uart *uart, void *to, size_t size);
/* How many bytes a read would find. */
size_t uart_available(const struct uart *uart);
