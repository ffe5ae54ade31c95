/* SPDX-License-Identifier: MIT */
/* The console protocol over file descriptors of Linux. The badge is the descriptor plus 1. */
#pragma once
#include <user/server.h>

extern const struct server server_streams;

/* The badge of a handle that means this descriptor (0, 1 or 2). */
static inline uint64_t streams_badge(int file) {
    return (uint64_t)file + 1;
}
