/* SPDX-License-Identifier: MIT */
/*
 * A PL011 serial port; its speed stays as the loader set it, because nobody tells its clock.
 * Source: Arm PrimeCell UART (PL011) Technical Reference Manual, 3.3.
 */
#include "../common/line.h"
#include <base/ensure.h>
#include <user/driver.h>
#include <user/server.h>

enum : uint32_t {
    DATA = 0x00,
    FLAGS = 0x18,
    LINE_CONTROL = 0x2C,
    CONTROL = 0x30,
    LEVELS = 0x34,
    MASK = 0x38,
    CLEAR = 0x44,
};
constexpr uint32_t FLAG_BUSY = 1 << 3, FLAG_NOTHING_RECEIVED = 1 << 4, FLAG_FULL = 1 << 5;
constexpr uint32_t CONTROL_ON = 1 << 0 | 1 << 8 | 1 << 9; /* the port, transmit, receive */
constexpr uint32_t LINE_FIFOS = 1 << 4, LINE_8_BITS = 3 << 5;
constexpr uint32_t RECEIVED = 1 << 4, ROOM = 1 << 5, TIMEOUT = 1 << 6, ALL = 0x7FF;
constexpr unsigned PATIENCE = 100'000; /* looks, for the last byte to go out */
constexpr uint64_t INTERRUPT_KEY = 1;

alignas(DEVICE_PAGE) static uint8_t window[DEVICE_PAGE];
static uint8_t payload[MESSAGE_PAYLOAD_MAX];
static struct message buffer = {.payload = payload, .payload_capacity = sizeof payload};

static struct registers registers;
static uint32_t line_index, mask;

static uint32_t get(uint32_t offset) {
    return register_read32(&registers, offset);
}

static void set(uint32_t offset, uint32_t value) {
    register_write32(&registers, offset, value);
}

static bool take(uint8_t *out) {
    bool any = (get(FLAGS) & FLAG_NOTHING_RECEIVED) == 0;
    if (any) {
        *out = (uint8_t)get(DATA);
    }
    return any;
}

static bool put(uint8_t byte) {
    bool fits = (get(FLAGS) & FLAG_FULL) == 0;
    if (fits) {
        set(DATA, byte);
    }
    return fits;
}

static void want_room(bool wanted) {
    uint32_t events = RECEIVED | TIMEOUT | (wanted ? ROOM : 0);
    if (events != mask) {
        mask = events;
        set(MASK, events);
    }
}

static const struct line_chip chip = {take, put, want_room};

static void handle(struct message *message) {
    if (message->operation == MESSAGE_INTERRUPT) {
        set(CLEAR, RECEIVED | TIMEOUT | ROOM);
        line_service(&chip);
        ensure(system_device_acknowledge(registers.device, line_index) == OK);
    } else {
        line_request(&chip, message);
    }
}

/* The line control register is written while the port is off, and that when it is idle. */
static void set_up(void) {
    set(MASK, 0);
    for (unsigned i = 0; i < PATIENCE && (get(FLAGS) & FLAG_BUSY) != 0; i++) {
    }
    set(CONTROL, 0);
    set(LINE_CONTROL, LINE_FIFOS | LINE_8_BITS);
    set(LEVELS, 0); /* interrupts at 1/8 of either FIFO */
    set(CLEAR, ALL);
    set(CONTROL, CONTROL_ON);
}

static struct message *start(void) {
    struct device_info info;
    handle_t device = driver_device(&info);
    line_index = resource_find(&info, DEVICE_LINE, 0);
    registers = registers_open(device, 0, window, sizeof window);
    set_up();
    ensure(system_device_interrupt(device, line_index, INTERRUPT_KEY) == OK);
    want_room(false);
    return &buffer;
}

SERVER(pl011, start, handle)
