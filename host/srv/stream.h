/* SPDX-License-Identifier: MIT */
/* Inside of the console server: its operations on a descriptor of Linux, and who waits for one. */
#pragma once
#include <abi/message.h>
#include <abi/status.h>

typedef status_t stream_operation(int file, const struct message *request, struct message *reply);

/* ---- streams.c ---- */
stream_operation stream_ready;

/* ---- socket.c: <proto/socket.def> ---- */

/* Is the descriptor a socket? */
bool socket_is(int file);
stream_operation socket_accept, socket_shutdown, socket_peek;

/* ---- watch.c: CONSOLE_WATCH ---- */

/* Answers the request now, if the descriptor is ready, or keeps it to be answered then. */
void watch_add(int file, struct message *request);
/* Answers whoever waits for a descriptor that has become ready. */
void watch_serve(void);
/* The descriptor is about to be closed: whoever waits for it is told that this is the end. */
void watch_drop(int file);
