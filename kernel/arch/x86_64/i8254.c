/* SPDX-License-Identifier: MIT */
/*
 * Counter 2 of the 8254, whose gate and output are bits of port 0x61. Source: Intel 8254 data
 * sheet, mode 0; the speaker stays silent.
 */
#include "i8254.h"
#include "io.h"

constexpr uint16_t CONTROL = 0x43, COUNTER = 0x42, GATE
= 0x61;

void i8254_start(void) {
    uint8_t gate = io_read8(GATE) & ~0x03;
    io_write8(GATE, gate);
    io_write8(CONTROL, 0xB0); /* counter 2, low then high byte, mode 0, binary */
    io_write8(COUNTER, 0xFF);
    io_write8(COUNTER, 0xFF);
    io_write8(GATE, gate | 0x01); /* counts from here */
}

uint16_t i8254_read(void) {
    io_write8(CONTROL, 0x80); /* latch counter 2 */
    uint8_t low = io_read8(COUNTER);
    return (uint16_t)(io_read8(COUNTER) << 8 | low);
}

bool i8254_has_passed(void) {
    return io_read8(GATE) & 0x20;
}
