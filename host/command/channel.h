/* SPDX-License-Identifier: MIT */
/*
 * The control channel of a running machine (proto/control.h), at this end of its serial line: a
 * device, a pseudo-terminal, or the socket of an emulator. What the machine says besides, its log,
 * goes to standard output.
 */
#pragma once
#include <base/frame.h>
#include <proto/control.h>
#include <termios.h>

struct answer {
    uint8_t type, kind;
    uint32_t value;
    char text[256]; /* the payload, NUL at the end */
};

constexpr unsigned CHANNEL_ANSWERS = 16;

struct channel {
    int file;
    bool is_tty;
    struct termios before;
    struct frame_reader reader;
    struct answer answers[CHANNEL_ANSWERS]; /* a ring; the oldest is overwritten */
    unsigned head, tail;
};

/* False: it has been said what is wrong. */
bool channel_open(struct channel *channel, const char *path);
/* A device gets its modes back. */
void channel_close(struct channel *channel);

enum channel_result : uint8_t { CHANNEL_ANSWER, CHANNEL_SILENT, CHANNEL_CLOSED };

/* Sends the whole frame; reads meanwhile. False: the line is closed. */
bool channel_send(struct channel *channel, const struct frame *frame);
/* The next answer, if one comes in time. */
enum channel_result channel_wait(struct channel *channel, int timeout_ms, struct answer *out);
