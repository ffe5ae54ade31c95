/* SPDX-License-Identifier: MIT */
/*
 * A 16550 serial port, both ways through rings that an interrupt handler empties and fills, and by
 * hand for those who cannot wait for interrupts.
 *
 * Input: when its ring is full the receiver is left alone and the sender held off by RTS, so that
 * nothing is lost. Output: what is queued goes out in the order in which it came, also when someone
 * writes by hand in between.
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

struct uart16550 {
    /* How its registers are reached: by index 0 to 7. */
    uint8_t (*read)(uintptr_t base, unsigned index);
    void (*write)(uintptr_t base, unsigned index, uint8_t value);
    uintptr_t base;
    uint8_t *ring, *out; /* UART_RING_SIZE bytes each */
    unsigned burst;      /* bytes that an empty transmitter takes */
    unsigned room;       /* of them, what is left */
    uint8_t interrupts;  /* those that are enabled */
    bool present;
    bool held;  /* the receiver waits for room in the ring */
    bool stuck; /* the transmitter took nothing for long: it is not waited for until it does */
    uint32_t head, tail;         /* of input: bytes ever put in, and taken out */
    uint32_t out_head, out_tail; /* of output */
};

/* 115200 8N1, interrupts off, FIFOs on unless bytes have come in already: those are kept. `present`
 * is false when nobody answers, or what answers does not loop back what it is told to. The
 * functions, base and rings are set by the caller. */
void uart16550_init(struct uart16550 *uart);
/* Lets the port interrupt when bytes come in, and when queued ones may go out. */
void uart16550_listen(struct uart16550 *uart);

/* For the interrupt handler: takes what the receiver holds, gives the transmitter what is queued,
 * until the port asks for nothing more (or for very long). */
void uart16550_service(struct uart16550 *uart);

/* Queues as much as there is room for, and says how much that was. Needs uart16550_listen(). */
size_t uart16550_queue(struct uart16550 *uart, const void *bytes, size_t size);
/* How much could be queued, and how much is. */
size_t uart16550_queue_room(const struct uart16550 *uart);
size_t uart16550_queued(const struct uart16550 *uart);

/* By hand: first what is queued, then these. Returns how many of these were written: less than all
 * when the transmitter took nothing for long, or nobody answers. */
size_t uart16550_write(struct uart16550 *uart, const void *bytes, size_t size);
/* By hand: waits until all that is queued or written is on the wire, or does not go on. */
void uart16550_drain(struct uart16550 *uart);

/* Takes up to `size` bytes that have come in; 0: none yet. */
size_t uart16550_read(struct uart16550 *uart, void *to, size_t size);
/* How many bytes a read would find. */
size_t uart16550_available(const struct uart16550 *uart);
