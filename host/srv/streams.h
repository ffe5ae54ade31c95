/* SPDX-License-Identifier: MIT */
/* The console protocol over file descriptors of Linux. The badge is the descriptor plus 1. */
#pragma once
#include <user/server.h>

extern const struct server server_streams;

struct process;
/* Tells the server who it is, so that it can be woken; without that it answers CONSOLE_WATCH at
 * once. */
void streams_attach(struct process *streams);

/* Listens at an address such as "127.0.0.1:8080" or "[::1]:8080". When it cannot, *why says why. The
 * descriptor is the caller's until it has been granted. */
bool socket_listen(const char *address, int *file, const char **why);

/* The badge of a handle that means this descriptor (0, 1, 2, or a socket). */
static inline uint64_t streams_badge(int file) {
    return (uint64_t)file + 1;
}
