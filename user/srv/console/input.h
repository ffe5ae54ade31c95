/* SPDX-License-Identifier: MIT */
/*
 * What someone types, or a program sends, until it is read. Bytes of the serial line go in one by
 * one; what may be read comes out.
 *
 *   line --input_put--> terminal: line being edited --Return, Ctrl-D--> ring --> reader
 *                       framed:   ------------ DLE sequences undone ---> ring --> reader
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr size_t INPUT_LINE =
    1024; /* bytes of a line; what is typed beyond is refused with a bell */
constexpr size_t INPUT_RING = 8192;

struct input {
    bool framed;
    bool escaped; /* framed: a DLE came */
    bool ended;   /* at the end of the ring lies the end of input */
    size_t line_size;
    uint8_t line[INPUT_LINE];
    size_t read, written; /* ever; modulo INPUT_RING places in the ring */
    uint8_t ring[INPUT_RING];
};

/* What is to be shown for a byte that was typed. */
typedef void input_echo(const char *bytes, size_t size);

/* Is there room for whatever the next byte does? */
bool input_has_room(const struct input *input);
void input_put(struct input *input, uint8_t byte, input_echo *echo);

/* Bytes that can be read now. */
size_t input_size(const struct input *input);
/* Would a reader be told the end of input? */
bool input_is_at_end(const struct input *input);
/* Copies what can be read, in order, at most `capacity`; input_take() then removes it. */
size_t input_peek(const struct input *input, uint8_t *to, size_t capacity);
void input_take(struct input *input, size_t size);
/* A reader was told the end. At a terminal more can be typed after it. */
void input_end_told(struct input *input);
