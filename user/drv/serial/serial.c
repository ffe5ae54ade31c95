/* SPDX-License-Identifier: MIT */
/*
 * A 16550 serial port, by ports or registers in memory: 115200 8N1. Source: National Semiconductor
 * PC16550D data sheet, chapter 8. The line of a PC is by edge: it must have fallen before the turn
 * ends, so everything that the chip asks for is done first, and only then is it acknowledged.
 *
 * Facts of the device: [0] registers lie 1 << so many bytes apart, [1] the clock in Hz, 0 when the
 * speed is to stay as it is, [2] the width of an access in bits.
 */
#include "../common/line.h"
#include <base/ensure.h>
#include <user/driver.h>
#include <user/server.h>

enum : uint32_t {
    DATA = 0,     /* the low half of the divisor while LINE_DIVISOR is set */
    ENABLE = 1,   /* the high half */
    FIFO = 2,     /* written */
    IDENTIFY = 2, /* read */
    LINE_CONTROL = 3,
    MODEM_CONTROL = 4,
    LINE_STATUS = 5,
    SCRATCH = 7,
};
constexpr uint8_t ENABLE_RECEIVED = 1, ENABLE_ROOM = 2;
constexpr uint8_t FIFO_ON = 0x01, FIFO_THERE = 0xC0; /* on, and emptied if they were off */
constexpr uint8_t LINE_8N1 = 3, LINE_DIVISOR = 0x80;
constexpr uint8_t MODEM_READY = 0x0B; /* DTR, RTS, and OUT2, which lets a PC's line through */
constexpr uint8_t STATUS_RECEIVED = 1, STATUS_EMPTY = 0x20;
constexpr uint8_t NOTHING_PENDING = 1;
constexpr uint32_t BURST = 16, BAUD = 115'200;
constexpr uint64_t INTERRUPT_KEY = 1;

alignas(DEVICE_PAGE) static uint8_t window[DEVICE_PAGE];
static uint8_t payload[MESSAGE_PAYLOAD_MAX];
static struct message buffer = {.payload = payload, .payload_capacity = sizeof payload};

static struct registers registers;
static uint32_t shift, width, line_index;
static uint32_t burst, room; /* bytes that an empty transmitter takes; of them, what is left */
static uint8_t enabled;

static uint8_t get(uint32_t number) {
    uint32_t at = number << shift;
    return width == 32 ? (uint8_t)register_read32(&registers, at) : register_read8(&registers, at);
}

static void set(uint32_t number, uint8_t value) {
    uint32_t at = number << shift;
    if (width == 32) {
        register_write32(&registers, at, value);
    } else {
        register_write8(&registers, at, value);
    }
}

/* ---- for line.c ---- */

static bool take(uint8_t *out) {
    bool any = (get(LINE_STATUS) & STATUS_RECEIVED) != 0;
    if (any) {
        *out = get(DATA);
    }
    return any;
}

static bool put(uint8_t byte) {
    if (room == 0 && (get(LINE_STATUS) & STATUS_EMPTY) != 0) {
        room = burst;
    }
    if (room == 0) {
        return false;
    }
    room--;
    set(DATA, byte);
    return true;
}

static void want_room(bool wanted) {
    uint8_t events = ENABLE_RECEIVED | (wanted ? ENABLE_ROOM : 0);
    if (events != enabled) {
        enabled = events;
        set(ENABLE, events);
    }
}

static const struct line_chip chip = {take, put, want_room};

/* ---- turns ---- */

static void interrupted(void) {
    constexpr unsigned LOOKS =
        64; /* a chip that always wants something does not hold us for ever */
    unsigned looks = 0;
    do {
        line_service(&chip);
    } while ((get(IDENTIFY) & NOTHING_PENDING) == 0 && ++looks < LOOKS);
    ensure(system_device_acknowledge(registers.device, line_index) == OK);
}

static void handle(struct message *message) {
    if (message->operation == MESSAGE_INTERRUPT) {
        interrupted();
    } else {
        line_request(&chip, message);
    }
}

/* What an earlier life of this driver left in the chip is still on its way: the speed is not set
 * again. */
static void set_speed(uint64_t clock_hz) {
    uint64_t divisor = clock_hz / 16 / BAUD;
    if (divisor > 0) {
        set(LINE_CONTROL, LINE_8N1 | LINE_DIVISOR);
        if (get(DATA) != (uint8_t)divisor || get(ENABLE) != (uint8_t)(divisor >> 8)) {
            set(DATA, (uint8_t)divisor);
            set(ENABLE, (uint8_t)(divisor >> 8));
        }
    }
    set(LINE_CONTROL, LINE_8N1);
}

/* Where there is no chip, nothing keeps what is written to its scratch register. */
static bool is_there(void) {
    static const uint8_t patterns[] = {0x5A, 0xA5};
    bool there = true;
    for (uint32_t i = 0; i < sizeof patterns; i++) {
        set(SCRATCH, patterns[i]);
        there = there && get(SCRATCH) == patterns[i];
    }
    return there;
}

static struct message *start(void) {
    struct device_info info;
    handle_t device = driver_device(&info);
    line_index = resource_find(&info, DEVICE_LINE, 0);
    registers = registers_open(device, 0, window, sizeof window);
    shift = (uint32_t)info.facts[0] & 7;
    width = (uint32_t)info.facts[2];
    if (!is_there()) {
        driver_not_needed();
    }
    set(ENABLE, 0);
    set_speed(info.facts[1]);
    set(FIFO, FIFO_ON);
    burst = (get(IDENTIFY) & FIFO_THERE) == FIFO_THERE ? BURST : 1;
    set(MODEM_CONTROL, MODEM_READY);
    ensure(system_device_interrupt(device, line_index, INTERRUPT_KEY) == OK);
    want_room(false);
    return &buffer;
}

SERVER(serial, start, handle)
