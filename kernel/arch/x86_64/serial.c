/* SPDX-License-Identifier: MIT */
/* The two serial ports of a PC, at their customary addresses and lines. */
#include "io.h"
#include <arch/machine.h>
#include <chip/uart16550.h>

static uint32_t port_read(uintptr_t base, unsigned offset) {
    return io_read8((uint16_t)(base + offset));
}

static void port_write(uintptr_t base, unsigned offset, uint32_t value) {
    io_write8((uint16_t)(base + offset), (uint8_t)value);
}

bool machine_serial(unsigned index, struct uart_wiring *out, unsigned *line) {
    static const struct {
        uint16_t base;
        uint8_t line;
    } customary[MACHINE_SERIALS] = {{0x3F8, 4}, {0x2F8, 3}};
    *out = (struct uart_wiring){
        .chip = &uart16550,
        .read = port_read,
        .write = port_write,
        .base = customary[index].base,
        .clock_hz = 1'843'200,
    };
    *line = customary[index].line;
    return true;
}

/* I/O ports need no mapping. */
void machine_map(void) {
}
