/* SPDX-License-Identifier: MIT */
/*
 * The machine's serial ports, shared by the log, a program and panics. Everything that touches a
 * port is done with interrupts masked and the port's lock held, by its interrupt handler, too: it
 * is held for no longer than a FIFO and a copy take, whoever holds it takes no other, and so no
 * order of locks knows it.
 *
 * A panic may strike while the lock is held, here or on a core that it has stopped: who waits for
 * it in vain goes on without, for good.
 */
#include <abi/serial.h>
#include <arch/cpu.h>
#include <arch/interrupt.h>
#include <arch/machine.h>
#include <base/checked.h>
#include <base/ensure.h>
#include <base/format.h>
#include <kernel/machine.h>
#include <kernel/port.h>

constexpr unsigned LOCK_PATIENCE = 10'000'000; /* looks: far longer than it can be held */
/* Of the ring for output: a program leaves so much to the log. */
constexpr size_t LOG_SHARE = UART_RING_SIZE / 4;
constexpr size_t PAIR = 2; /* bytes of a mark of <abi/serial.h> */
/* A reader who takes nothing for so long is gone; how often serial_flush() looks. */
constexpr uint64_t FLUSH_PATIENCE_NS = 10'000'000'000, FLUSH_LOOK_NS = 20'000'000;

static uint8_t rings[MACHINE_SERIALS][2][UART_RING_SIZE];

static struct port {
    const char *name;
    unsigned line;
    struct uart uart;
    bool locked, lock_is_broken;
    bool driven;      /* by interrupts */
    bool yielded;     /* to a driver; not present then */
    bool framed;      /* the log is told from a program's output by marks */
    uint32_t dropped; /* lines of the log, since the last that was not */
    void (*arrived)(void *data);
    void *data;
    uint32_t told;     /* head of the ring when `arrived` was called last */
    uint32_t told_out; /* bytes that were out when serial_tell() was called last */
} ports[] = {
    {.name = "serial0", .uart = {.ring = rings[0][0], .out = rings[0][1]}},
    {.name = "serial1", .uart = {.ring = rings[1][0], .out = rings[1][1]}},
};
static_assert(COUNT_OF(ports) == MACHINE_SERIALS);

static struct port *port_of(struct uart *uart) {
    return (struct port *)((uint8_t *)uart - offsetof(struct port, uart));
}

/* ---- the lock ---- */

static bool lock(struct port *port) {
    bool enabled = cpu_interrupts_disable();
    for (unsigned i = 0; !port->lock_is_broken; i++) {
        if (!__atomic_load_n(&port->locked, __ATOMIC_RELAXED) &&
            !__atomic_exchange_n(&port->locked, true, __ATOMIC_ACQUIRE)) {
            break;
        }
        port->lock_is_broken = i == LOCK_PATIENCE;
    }
    return enabled;
}

static void unlock(struct port *port, bool enabled) {
    __atomic_store_n(&port->locked, false, __ATOMIC_RELEASE);
    if (enabled) {
        cpu_interrupts_enable();
    }
}

/* ---- the log ---- */

static const uint8_t mark_log[PAIR] = {SERIAL_DLE, SERIAL_LOG};
static const uint8_t mark_back[PAIR] = {SERIAL_DLE, SERIAL_BACK};

typedef size_t put_bytes(struct uart *uart, const void *bytes, size_t size);

/* With marks around it, where a program's bytes come by the same line. */
static bool put_marked(struct port *port, put_bytes *put, const char *bytes, size_t size) {
    if (!port->framed) {
        return put(&port->uart, bytes, size) == size;
    }
    return put(&port->uart, mark_log, PAIR) == PAIR && put(&port->uart, bytes, size) == size &&
           put(&port->uart, mark_back, PAIR) == PAIR;
}

/* A line goes out whole, or not at all. */
static bool put_line(struct port *port, const char *bytes, size_t size) {
    if (!port->driven) {
        return put_marked(port, uart_write, bytes, size);
    }
    size_t needed = size + (port->framed ? 2 * PAIR : 0);
    return uart_queue_room(&port->uart) >= needed && put_marked(port, uart_queue, bytes, size);
}

static void put_notice(struct port *port) {
    char notice[80];
    uint64_t now_us = port_time_ns() / 1000;
    if (port->dropped > 0) {
        size_t size = format_buffer(notice, sizeof notice,
                                    "[%5llu.%06llu] warning serial: %u lines dropped\n",
                                    (unsigned long long)(now_us / 1'000'000),
                                    (unsigned long long)(now_us % 1'000'000), port->dropped);
        port->dropped = put_line(port, notice, size) ? 0 : port->dropped;
    }
}

void serial_log(void *uart, const char *line, size_t size) {
    struct port *port = port_of(uart);
    if (port->uart.present) {
        bool enabled = lock(port);
        put_notice(port);
        if (port->dropped > 0 || !put_line(port, line, size)) {
            port->dropped++;
        }
        unlock(port, enabled);
    }
}

/* ---- start ---- */

void serial_start(void) {
    for (unsigned i = 0; i < COUNT_OF(ports); i++) {
        if (machine_serial(i, &ports[i].uart.wiring, &ports[i].line)) {
            uart_init(&ports[i].uart);
        }
    }
}

void serial_move(void) {
    for (unsigned i = 0; i < COUNT_OF(ports); i++) {
        if (ports[i].uart.present) {
            bool enabled = lock(&ports[i]);
            ensure(machine_serial(i, &ports[i].uart.wiring, &ports[i].line));
            unlock(&ports[i], enabled);
        }
    }
}

struct uart *serial_find(struct text name) {
    for (size_t i = 0; i < COUNT_OF(ports); i++) {
        if (text_equal(name, text_of(ports[i].name))) {
            return &ports[i].uart;
        }
    }
    return nullptr;
}

void serial_frame(struct uart *uart) {
    port_of(uart)->framed = true;
}

/* Whoever begins to listen late is told at once what he has missed. */
static void service(void *data) {
    struct port *port = data;
    bool enabled = lock(port);
    uart_service(&port->uart);
    if (port->dropped > 0 && uart_queued(&port->uart) == 0) {
        put_notice(port);
    }
    unlock(port, enabled);
}

void serial_drive(void) {
    for (size_t i = 0; i < COUNT_OF(ports); i++) {
        struct port *port = &ports[i];
        if (port->uart.present && port->line != MACHINE_NO_LINE) {
            ensure(interrupt_set_handler(port->line, service, port));
            interrupt_unmask(port->line);
            bool enabled = lock(port);
            uart_listen(&port->uart);
            port->driven = true;
            unlock(port, enabled);
        }
    }
}

/* What is queued goes out first. */
void serial_yield(unsigned index) {
    struct port *port = &ports[index];
    bool present = port->uart.present, driven = port->driven;
    if (!present) {
        return;
    }
    serial_drain(&port->uart);
    bool enabled = lock(port);
    port->uart.wiring.chip->listen(&port->uart, 0);
    port->uart.present = port->driven = false;
    port->yielded = true;
    unlock(port, enabled);
    if (driven) {
        interrupt_mask(port->line);
        ensure(interrupt_set_handler(port->line, nullptr, nullptr));
    }
}

/* ---- input ---- */

void serial_listen(struct uart *uart, void (*arrived)(void *data), void *data) {
    struct port *port = port_of(uart);
    port->data = data;
    port->arrived = arrived;
}

size_t serial_read(struct uart *uart, void *to, size_t size) {
    bool enabled = lock(port_of(uart));
    size_t count = uart_read(uart, to, size);
    unlock(port_of(uart), enabled);
    return count;
}

bool serial_is_polled(void) {
    bool any = false;
    for (size_t i = 0; i < COUNT_OF(ports); i++) {
        any |= ports[i].uart.present && !ports[i].driven;
    }
    return any;
}

/* Whoever waits for room looks again when something has gone out. */
static bool tell(struct port *port) {
    if (!port->driven && port->uart.present) {
        service(port);
    }
    uint32_t head = __atomic_load_n(&port->uart.head, __ATOMIC_ACQUIRE);
    uint32_t out = __atomic_load_n(&port->uart.out_tail, __ATOMIC_ACQUIRE);
    bool any = out != port->told_out;
    port->told_out = out;
    if (port->arrived != nullptr && head != port->told) {
        port->told = head;
        port->arrived(port->data);
        any = true;
    }
    return any;
}

bool serial_tell(void) {
    bool any = false;
    for (size_t i = 0; i < COUNT_OF(ports); i++) {
        any |= tell(&ports[i]);
    }
    return any;
}

/* ---- output ---- */

/* Of bytes that come in pairs and single ones, the first `count` but for half a pair at their end.
 */
static size_t pairs_whole(const uint8_t *bytes, size_t count) {
    size_t run = 0;
    while (run < count && bytes[count - 1 - run] == SERIAL_DLE) {
        run++;
    }
    return count - run % PAIR;
}

/* How many bytes are taken now. */
static size_t write_share(const struct port *port, const uint8_t *bytes, size_t size) {
    size_t room = uart_queue_room(&port->uart);
    room = room > LOG_SHARE ? room - LOG_SHARE : 0;
    if (size <= room) {
        return size;
    }
    return port->framed ? pairs_whole(bytes, room) : room;
}

size_t serial_write(struct uart *uart, const void *bytes, size_t size) {
    struct port *port = port_of(uart);
    if (!uart->present) {
        return size;
    }
    bool enabled = lock(port);
    size_t count = port->driven ? uart_queue(uart, bytes, write_share(port, bytes, size))
                                : uart_write(uart, bytes, size);
    unlock(port, enabled);
    return count;
}

bool serial_has_room(void *uart) {
    struct port *port = port_of(uart);
    bool enabled = lock(port);
    uart_service(&port->uart); /* in case that an interrupt was lost */
    bool has_room = !port->driven || uart_queue_room(&port->uart) >= UART_RING_SIZE / 2;
    unlock(port, enabled);
    return has_room;
}

static size_t queued(struct port *port) {
    bool enabled = lock(port);
    uart_service(&port->uart); /* in case that an interrupt was lost */
    size_t count = uart_queued(&port->uart);
    unlock(port, enabled);
    return count;
}

void serial_flush(struct uart *uart) {
    size_t left = queued(port_of(uart));
    uint64_t end_ns = port_time_ns() + FLUSH_PATIENCE_NS;
    while (left > 0 && port_time_ns() < end_ns) {
        port_wait(port_time_ns() + FLUSH_LOOK_NS);
        size_t now = queued(port_of(uart));
        end_ns = now < left ? port_time_ns() + FLUSH_PATIENCE_NS : end_ns;
        left = now;
    }
}

void serial_sink(void *uart, const char *bytes, size_t size) {
    bool enabled = lock(port_of(uart));
    if (port_of(uart)->yielded) { /* whatever its driver was about */
        port_of(uart)->yielded = false;
        uart_init(uart);
    }
    (void)put_marked(port_of(uart), uart_write, bytes, size);
    unlock(port_of(uart), enabled);
}

void serial_drain(struct uart *uart) {
    bool enabled = lock(port_of(uart));
    uart_drain(uart);
    put_notice(port_of(uart));
    uart_drain(uart);
    unlock(port_of(uart), enabled);
}
