/* SPDX-License-Identifier: MIT */
/* The 8259A pair. Source: Intel 8259A data sheet (initialisation and operation command words). */
#include "i8259.h"
#include "io.h"

constexpr uint16_t FIRST = 0x20, SECOND = 0xA0; /* command; mask is one above */
constexpr unsigned CASCADE = 2;

static uint16_t mask = 0xFFFF & ~(1 << CASCADE);

static void mask_write(void) {
    io_write8(FIRST + 1, (uint8_t)mask);
    io_write8(SECOND + 1, (uint8_t)(mask >> 8));
}

/* Old hardware wants a moment between commands; port 0x80 is made for that. */
static void command(uint16_t port, uint8_t value) {
    io_write8(port, value);
    io_write8(0x80, 0);
}

void i8259_init(uint8_t vector) {
    command(FIRST, 0x11); /* initialise, four words, cascaded */
    command(SECOND, 0x11);
    command(FIRST + 1, vector);
    command(SECOND + 1, (uint8_t)(vector + 8));
    command(FIRST + 1, 1 << CASCADE);
    command(SECOND + 1, CASCADE);
    command(FIRST + 1, 0x01); /* 8086 mode, ends are told */
    command(SECOND + 1, 0x01);
    mask_write();
}

/* The two registers are written as what the mask is by then, whoever changed it last; again, if it
 * has changed meanwhile. */
static void mask_change(uint16_t clear, uint16_t set) {
    __atomic_fetch_and(&mask, (uint16_t)~clear, __ATOMIC_SEQ_CST);
    uint16_t now = __atomic_or_fetch(&mask, set, __ATOMIC_SEQ_CST);
    do {
        mask_write();
        uint16_t later = __atomic_load_n(&mask, __ATOMIC_SEQ_CST);
        if (later == now) {
            return;
        }
        now = later;
    } while (true);
}

void i8259_unmask(unsigned line) {
    mask_change((uint16_t)(1 << line), 0);
}

void i8259_mask(unsigned line) {
    mask_change(0, (uint16_t)(1 << line));
}

static bool in_service(uint16_t port) {
    io_write8(port, 0x0B); /* the next read tells what is in service */
    return io_read8(port) & 0x80;
}

bool i8259_is_real(unsigned line) {
    if (line == 15 && !in_service(SECOND)) {
        io_write8(FIRST, 0x20); /* the first controller saw its cascade line */
        return false;
    }
    return line != 7 || in_service(FIRST);
}

void i8259_end(unsigned line) {
    if (line >= 8) {
        io_write8(SECOND, 0x20);
    }
    io_write8(FIRST, 0x20);
}
