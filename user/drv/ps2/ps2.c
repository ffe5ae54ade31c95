/* SPDX-License-Identifier: MIT */
/*
 * The keyboard and mouse of a PC, by its 8042. Sources: IBM PC AT Technical Reference, keyboard
 * controller; IBM PS/2 Hardware Interface Technical Reference, keyboard and mouse.
 *
 * The controller translates keys to set 1, whose codes up to 0x58 are those of the keys protocol;
 * the others come after 0xE0. What a person does before the set-up is over is dropped.
 */
#include "../common/events.h"
#include <base/checked.h>
#include <base/ensure.h>
#include <user/driver.h>
#include <user/server.h>

enum : uint32_t { PORT_DATA, PORT_CONTROL, LINE_KEYBOARD, LINE_MOUSE }; /* resources */
constexpr uint8_t NOBODY = 0xFF; /* what reads where there is no controller */
constexpr uint8_t STATUS_FULL = 1, STATUS_BUSY = 2, STATUS_MOUSE = 0x20;
constexpr uint8_t READ_MODE = 0x20, WRITE_MODE = 0x60;
constexpr uint8_t MOUSE_OFF = 0xA7, MOUSE_ON = 0xA8, KEYBOARD_OFF = 0xAD, KEYBOARD_ON = 0xAE;
constexpr uint8_t TO_MOUSE = 0xD4;
constexpr uint8_t MODE_INTERRUPTS = 0x03, MODE_OFF = 0x30, MODE_TRANSLATE = 0x40;
constexpr uint8_t REPORT = 0xF4, DEFAULTS = 0xF6, ACKNOWLEDGED = 0xFA;
constexpr unsigned PATIENCE = 20'000; /* looks, a microsecond or more each */
constexpr uint8_t EXTENDED = 0xE0, RELEASED = 0x80;
constexpr uint8_t ALWAYS = 0x08; /* in the first byte of what a mouse says */

static struct message buffer; /* requests have no payload */
static struct registers data, control;
static handle_t device;

/* ---- the controller ---- */

static uint8_t status(void) {
    return register_read8(&control, 0);
}

static bool wait_until(uint8_t bit, bool set) {
    for (unsigned i = 0; i < PATIENCE; i++) {
        if (((status() & bit) != 0) == set) {
            return true;
        }
    }
    return false;
}

static void command(uint8_t code) {
    (void)wait_until(STATUS_BUSY, false);
    register_write8(&control, 0, code);
}

static void put(uint8_t byte) {
    (void)wait_until(STATUS_BUSY, false);
    register_write8(&data, 0, byte);
}

/* 0: nothing came. */
static uint8_t get(void) {
    return wait_until(STATUS_FULL, true) ? register_read8(&data, 0) : 0;
}

static void drop_all(void) {
    for (unsigned i = 0; i < 64 && (status() & STATUS_FULL) != 0; i++) {
        (void)register_read8(&data, 0);
    }
}

static bool tell_mouse(uint8_t code) {
    command(TO_MOUSE);
    put(code);
    return get() == ACKNOWLEDGED;
}

static void set_up(void) {
    command(KEYBOARD_OFF);
    command(MOUSE_OFF);
    drop_all();
    command(READ_MODE);
    uint8_t mode = (get() & (uint8_t)~(MODE_OFF | MODE_INTERRUPTS)) | MODE_TRANSLATE;
    command(WRITE_MODE);
    put(mode);
    command(KEYBOARD_ON);
    put(REPORT);
    (void)get();
    command(MOUSE_ON);
    if (tell_mouse(DEFAULTS)) { /* else there is none */
        (void)tell_mouse(REPORT);
    }
    drop_all();
    command(WRITE_MODE);
    put(mode | MODE_INTERRUPTS);
}

/* ---- what they say ---- */

/* Codes after 0xE0, and the keys that they are. */
static const struct {
    uint8_t code;
    uint8_t key;
} extended_keys[] = {
    {0x1C, 96},  {0x1D, 97},  {0x35, 98},  {0x37, 99},  {0x38, 100}, {0x47, 102},
    {0x48, 103}, {0x49, 104}, {0x4B, 105}, {0x4D, 106}, {0x4F, 107}, {0x50, 108},
    {0x51, 109}, {0x52, 110}, {0x53, 111}, {0x5B, 125}, {0x5C, 126}, {0x5D, 127},
};

static uint16_t key_of(uint8_t code, bool extended) {
    if (!extended) {
        return code <= 0x58 ? code : 0;
    }
    for (size_t i = 0; i < COUNT_OF(extended_keys); i++) {
        if (extended_keys[i].code == code) {
            return extended_keys[i].key;
        }
    }
    return 0;
}

/* A key that is held says so again and again. */
static void keyboard_said(uint8_t byte) {
    static bool extended, held[128];
    if (byte == EXTENDED) {
        extended = true;
        return;
    }
    uint16_t key = key_of(byte & (uint8_t)~RELEASED, extended);
    bool pressed = (byte & RELEASED) == 0;
    extended = false;
    if (key != 0) {
        events_put(KEY_EVENT_KEY, key, pressed && held[key] ? 2 : pressed);
        events_put(KEY_EVENT_END, 0, 0);
        held[key] = pressed;
    }
}

static void buttons_are(uint8_t now) {
    static uint8_t before;
    for (uint16_t i = 0; i < 3; i++) {
        if (((now ^ before) >> i & 1) != 0) {
            events_put(KEY_EVENT_KEY, KEY_BUTTON_LEFT + i, now >> i & 1);
        }
    }
    before = now;
}

static int32_t movement(uint8_t low, bool negative) {
    return (int32_t)low - (negative ? 256 : 0);
}

/* Three bytes: buttons and signs, to the right, upwards. */
static void mouse_said(uint8_t byte) {
    static uint8_t bytes[3];
    static unsigned count;
    if (count == 0 && (byte & ALWAYS) == 0) {
        return; /* out of step */
    }
    bytes[count++] = byte;
    if (count < sizeof bytes) {
        return;
    }
    count = 0;
    int32_t right = movement(bytes[1], (bytes[0] & 0x10) != 0);
    int32_t up = movement(bytes[2], (bytes[0] & 0x20) != 0);
    buttons_are(bytes[0] & 7);
    if (right != 0) {
        events_put(KEY_EVENT_RELATIVE, 0, right);
    }
    if (up != 0) {
        events_put(KEY_EVENT_RELATIVE, 1, -up);
    }
    events_put(KEY_EVENT_END, 0, 0);
}

static void take_all(void) {
    uint8_t now;
    for (unsigned i = 0; i < 256 && ((now = status()) & STATUS_FULL) != 0; i++) {
        uint8_t byte = register_read8(&data, 0);
        if ((now & STATUS_MOUSE) != 0) {
            mouse_said(byte);
        } else {
            keyboard_said(byte);
        }
    }
}

/* The badge is the resource. */
static void handle(struct message *message) {
    if (message->operation == MESSAGE_INTERRUPT) {
        take_all();
        events_serve();
        ensure(system_device_acknowledge(device, (uint32_t)message->badge) == OK);
    } else {
        events_request(message);
    }
}

static struct message *start(void) {
    struct device_info info;
    device = driver_device(&info);
    data = registers_open(device, PORT_DATA, nullptr, 0);
    control = registers_open(device, PORT_CONTROL, nullptr, 0);
    if (status() == NOBODY) {
        driver_not_needed();
    }
    set_up();
    ensure(system_device_interrupt(device, LINE_KEYBOARD, LINE_KEYBOARD) == OK);
    ensure(system_device_interrupt(device, LINE_MOUSE, LINE_MOUSE) == OK);
    return &buffer;
}

SERVER(ps2, start, handle)
