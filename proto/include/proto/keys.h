/* SPDX-License-Identifier: MIT */
/*
 * The keys protocol: what people do with their hands, as events. Operations: keys.def.
 *
 * Kinds and codes are those that virtio's input devices have (Virtual I/O Device 1.2, 5.8.4), and
 * Linux: KEY 30 is the key left of S on a keyboard, whatever it is labelled with; 0x110 to 0x112
 * are the buttons of a mouse. What belongs together ends with an event of kind KEY_EVENT_END.
 */
#pragma once
#include <stdint.h>

enum keys_operation : uint32_t {
#define OP(name, number, text) name = (number),
#include <proto/keys.def>
#undef OP
};

enum key_event_kind : uint16_t {
    KEY_EVENT_END = 0,
    KEY_EVENT_KEY = 1,      /* value 1: pressed, 0: released, 2: it repeats */
    KEY_EVENT_RELATIVE = 2, /* code 0: to the right, 1: downwards, 8: the wheel, upwards */
    KEY_EVENT_ABSOLUTE = 3, /* code 0: x, 1: y, from 0 to 32767 */
};

constexpr uint16_t KEY_BUTTON_LEFT = 0x110, KEY_BUTTON_RIGHT = 0x111, KEY_BUTTON_MIDDLE = 0x112;

/* As a device of virtio has it, little endian. */
struct key_event {
    uint16_t kind; /* enum key_event_kind */
    uint16_t code;
    int32_t value;
};
static_assert(sizeof(struct key_event) == 8);
