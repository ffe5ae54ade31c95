/* SPDX-License-Identifier: MIT */
/*
 * The half of a driver of a line of bytes that knows no chip: a ring of input, readers and writers
 * who wait. It serves the stream protocol (proto/stream.def).
 *
 *   chip ==take==> ring ==STREAM_READ==> client ==STREAM_WRITE==> piece ==put==> chip
 *
 * A write is answered when the chip has all of it. So when this process ends in between, nothing
 * that was answered is lost, and who was not answered writes again: some of it may come twice.
 */
#pragma once
#include <user/system.h>

/* What the chip can do at this moment. */
struct line_chip {
    bool (*take)(uint8_t *out); /* false: nothing has come */
    bool (*put)(uint8_t byte);  /* false: there is no room */
    /* Interrupts when there is room; false: only when something has come. */
    void (*want_room)(bool wanted);
};

/* A request of the protocol, or any other: that is answered, too. Then line_service(). */
void line_request(const struct line_chip *chip, struct message *request);
/* Moves bytes as far as they go, and answers who waited for that: at an interrupt. */
void line_service(const struct line_chip *chip);
