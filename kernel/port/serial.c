/* SPDX-License-Identifier: MIT */
/* The two serial ports at their customary addresses and lines. */
#include "serial.h"
#include <arch/interrupt.h>
#include <arch/io.h>
#include <base/checked.h>

static uint8_t port_read(uintptr_t base, unsigned index) {
    return io_read8((uint16_t)(base + index));
}

static void port_write(uintptr_t base, unsigned index, uint8_t value) {
    io_write8((uint16_t)(base + index), value);
}

static struct {
    const char *name;
    unsigned line;
    struct uart16550 uart;
} ports[] = {
    {"serial0", 4, {.read = port_read, .write = port_write, .base = 0x3F8}},
    {"serial1", 3, {.read = port_read, .write = port_write, .base = 0x2F8}},
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

static void pump(void *uart) {
    uart16550_pump(uart);
}

void serial_listen(struct uart16550 *uart) {
    for (size_t i = 0; i < COUNT_OF(ports); i++) {
        if (uart == &ports[i].uart && uart->present) {
            interrupt_set_handler(ports[i].line, pump, uart);
            interrupt_unmask(ports[i].line);
            uart16550_listen(uart);
        }
    }
}

void serial_sink(void *uart, const char *bytes, size_t size) {
    uart16550_write(uart, bytes, size);
}
