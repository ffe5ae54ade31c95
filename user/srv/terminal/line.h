/* SPDX-License-Identifier: MIT */
/*
 * The lines that the terminal is reached by: drivers that serve the stream protocol. What is shown
 * goes to each of them, what comes is taken from all. Nobody waits here: a line has at most one
 * question to read and one to write under way, whose answers come as messages.
 */
#pragma once
#include <user/system.h>

/* Finds the lines among the birth handles: `line`, `line2`, `line3`, `line4`. */
void lines_start(void);

/* An answer of a line; what came by it goes to line_came(). */
void lines_answer(const struct message *answer);

/* How many bytes can be shown now. Those that no line took yet stay in a ring. */
uint32_t lines_room(void);
/* Shows them all: there must be room. */
void lines_put(const void *bytes, size_t size);
/* Where what is shown next begins, and: has each line taken all before that? */
uint32_t lines_position(void);
bool lines_have_taken(uint32_t position);
/* Hands the lines what they have not taken: at the end of a turn. */
void lines_flush(void);

/* Of whoever uses this: bytes of the keyboard. */
void line_came(const uint8_t *bytes, size_t size);
