/* SPDX-License-Identifier: MIT */
/*
 * Waiting for streams to become ready: their servers are asked to tell (CONSOLE_WATCH), each at
 * most once at a time for a stream and direction, and the answers come into the mailbox.
 */
#pragma once
#include "table.h"

/* Asks to be told when the stream is ready in this direction (CONSOLE_READY_), unless that has been
 * asked already. */
enum wasi_errno watch_start(struct descriptor *descriptor, uint32_t direction);
/* Takes one message, or waits until the deadline. An answer may be an old one: look again. */
enum wasi_errno watch_wait(uint64_t deadline_ns);
