/* SPDX-License-Identifier: MIT */
/* See pm_timer.h. */
#include "pm_timer.h"
#include "io.h"

constexpr unsigned PATIENCE = 100'000;
constexpr uint32_t NEAR = 1024; /* ticks; two readings in a row lie closer */
constexpr uint32_t MASK = 0xFF'FFFF;

bool pm_timer_start(uint16_t port) {
    uint32_t start = io_read32(port);
    for (unsigned i = 0; i < PATIENCE; i++) {
        if (io_read32(port) != start) {
            return true;
        }
    }
    return false;
}

/* Some chipsets show a value in the middle of a carry: two that follow one another agree. */
uint32_t pm_timer_read(uint16_t port) {
    uint32_t value = io_read32(port);
    for (unsigned i = 0; i < 8; i++) {
        uint32_t next = io_read32(port);
        if (((next - value) & MASK) < NEAR) {
            return next;
        }
        value = next;
    }
    return value;
}
