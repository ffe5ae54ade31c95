/* SPDX-License-Identifier: MIT */
/* The two serial ports at their customary addresses and lines. */
#include <arch/interrupt.h>
#include <arch/io.h>
#include <base/checked.h>
#include <kernel/machine.h>

static uint8_t port_read(uintptr_t base, unsigned index) {
    return io_read8((uint16_t)(base + index));
}

static void port_write(uintptr_t base, unsigned index, uint8_t value) {
    io_write8((uint16_t)(base + index), value);
}

static uint8_t rings[2][UART_RING_SIZE];

static struct port {
    const char *name;
    unsigned line;
    struct uart16550 uart;
    void (*arrived)(void *data);
    void *data;
    uint32_t told; /* head of the ring when `arrived` was called last */
} ports[] = {
    {"serial0", 4, {.read = port_read, .write = port_write, .base = 0x3F8, .ring = rings[0]}},
    {"serial1", 3, {.read = port_read, .write = port_write, .base = 0x2F8, .ring = rings[1]}},
};

void serial_start(void) {
    for (size_t i = 0; i < COUNT_OF(ports); i++) {
        uart16550_init(&ports[i].uart);
    }
}

struct uart16550 *serial_find(struct text name) {
    for (size_t i = 0; i < COUNT_OF(ports); i++) {
        if (text_equal(name, text_of(ports[i].name))) {
            return &ports[i].uart;
        }
    }
    return nullptr;
}

static void pump(void *data) {
    struct port *port = data;
    uart16550_pump(&port->uart);
}

bool serial_tell(void) {
    bool any = false;
    for (size_t i = 0; i < COUNT_OF(ports); i++) {
        struct port *port = &ports[i];
        uint32_t head = __atomic_load_n(&port->uart.head, __ATOMIC_ACQUIRE);
        if (port->arrived != nullptr && head != port->told) {
            port->told = head;
            port->arrived(port->data);
            any = true;
        }
    }
    return any;
}

void serial_listen(struct uart16550 *uart, void (*arrived)(void *data), void *data) {
    for (size_t i = 0; i < COUNT_OF(ports); i++) {
        if (uart == &ports[i].uart && uart->present) {
            ports[i].arrived = arrived;
            ports[i].data = data;
            interrupt_set_handler(ports[i].line, pump, &ports[i]);
            interrupt_unmask(ports[i].line);
            uart16550_listen(uart);
        }
    }
}

void serial_sink(void *uart, const char *bytes, size_t size) {
    uart16550_write(uart, bytes, size);
}
