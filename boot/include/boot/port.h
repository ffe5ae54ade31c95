/* SPDX-License-Identifier: MIT */
/* x86's I/O ports, for the PC firmware's loaders. */
#pragma once
#include <stdint.h>

static inline void port_write_u8(uint16_t port, uint8_t value) {
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t port_read_u8(uint16_t port) {
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
