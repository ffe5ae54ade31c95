/* SPDX-License-Identifier: MIT */
/* Messages: to the first serial port, which start.S has set up, and to the screen by the BIOS. */
#include "bios.h"
#include <base/string.h>
#include <boot/firmware.h>
#include <boot/port.h>

constexpr uint16_t SERIAL_DATA = 0x3F8, SERIAL_STATUS = 0x3FD;
constexpr uint8_t STATUS_EMPTY = 0x20;
constexpr unsigned SERIAL_PATIENCE = 100'000; /* a port that is not there never gets empty */

static void serial_put(char c) {
    for (unsigned i = 0; i < SERIAL_PATIENCE; i++) {
        if ((port_read_u8(SERIAL_STATUS) & STATUS_EMPTY) != 0) {
            break;
        }
    }
    port_write_u8(SERIAL_DATA, (uint8_t)c);
}

static void screen_put(char c) {
    struct bios_registers registers = {.eax = 0x0E00 | (uint8_t)c, .ebx = 7};
    bios_call(0x10, &registers);
}

static void put(char c) {
    screen_put(c);
    serial_put(c);
}

void firmware_print(struct text text) {
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] == '\n') {
            put('\r');
        }
        put(text.bytes[i]);
    }
}

void firmware_stop(void) {
    struct bios_registers registers = {};
    firmware_print(text_of("Press a key to restart.\n"));
    bios_call(0x16, &registers);
    port_write_u8(0x64, 0xFE); /* the keyboard controller's reset line */
    while (true) {
        __asm__ volatile("hlt");
    }
}
