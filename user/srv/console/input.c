/* SPDX-License-Identifier: MIT */
/* See input.h. After the end of input nothing is taken until a reader has been told. */
#include "input.h"
#include <abi/serial.h>

constexpr uint8_t CTRL_D = 0x04;
constexpr uint8_t BACKSPACE = 0x08;
constexpr uint8_t CTRL_U = 0x15;
constexpr uint8_t DELETE = 0x7F;

bool input_has_room(const struct input *input) {
    return !input->ended && INPUT_RING - input_size(input) > INPUT_LINE;
}

size_t input_size(const struct input *input) {
    return input->written - input->read;
}

bool input_is_at_end(const struct input *input) {
    return input->ended && input_size(input) == 0;
}

static void put_ring(struct input *input, uint8_t byte) {
    input->ring[input->written++ % INPUT_RING] = byte;
}

static void put_framed(struct input *input, uint8_t byte) {
    if (input->escaped) {
        input->escaped = false;
        if (byte == SERIAL_END) {
            input->ended = true;
        } else {
            put_ring(input, byte);
        }
    } else if (byte == SERIAL_DLE) {
        input->escaped = true;
    } else {
        put_ring(input, byte);
    }
}

static void finish_line(struct input *input) {
    for (size_t i = 0; i < input->line_size; i++) {
        put_ring(input, input->line[i]);
    }
    input->line_size = 0;
}

/* Removes the last character, all its bytes if it is UTF-8. */
static void erase(struct input *input, input_echo *echo) {
    if (input->line_size == 0) {
        return;
    }
    uint8_t last = input->line[input->line_size - 1];
    bool control = last < ' ' && last != '\t';
    while (input->line_size > 1 && (input->line[input->line_size - 1] & 0xC0) == 0x80) {
        input->line_size--;
    }
    input->line_size--;
    echo("\b \b\b \b", control ? 6 : 3); /* control characters are shown as two */
}

static void echo_typed(uint8_t byte, input_echo *echo) {
    if (byte == '\t') {
        echo(" ", 1); /* so that every character has a width that erase() knows */
    } else if (byte < ' ') {
        char shown[2] = {'^', (char)(byte + '@')};
        echo(shown, 2);
    } else {
        echo((const char *)&byte, 1);
    }
}

static void add(struct input *input, uint8_t byte, input_echo *echo) {
    if (input->line_size == INPUT_LINE - 1) { /* the last place is the newline's */
        echo("\a", 1);
        return;
    }
    input->line[input->line_size++] = byte;
    echo_typed(byte, echo);
}

static void put_terminal(struct input *input, uint8_t byte, input_echo *echo) {
    switch (byte) {
    case '\r':
    case '\n':
        input->line[input->line_size++] = '\n';
        finish_line(input);
        echo("\r\n", 2);
        break;
    case CTRL_D:
        input->ended = input->line_size == 0;
        finish_line(input);
        break;
    case BACKSPACE:
    case DELETE:
        erase(input, echo);
        break;
    case CTRL_U:
        while (input->line_size > 0) {
            erase(input, echo);
        }
        break;
    default:
        add(input, byte, echo);
        break;
    }
}

void input_put(struct input *input, uint8_t byte, input_echo *echo) {
    if (input->framed) {
        put_framed(input, byte);
    } else {
        put_terminal(input, byte, echo);
    }
}

size_t input_peek(const struct input *input, uint8_t *to, size_t capacity) {
    size_t size = input_size(input) < capacity ? input_size(input) : capacity;
    for (size_t i = 0; i < size; i++) {
        to[i] = input->ring[(input->read + i) % INPUT_RING];
    }
    return size;
}

void input_take(struct input *input, size_t size) {
    input->read += size;
}

void input_end_told(struct input *input) {
    if (!input->framed) {
        input->ended = false;
    }
}
