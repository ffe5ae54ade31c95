/* SPDX-License-Identifier: MIT */
/* What sockets have in common with other streams. */
#pragma once
#include "table.h"

struct stream_way {
    bool peeks;         /* the bytes stay to be read again */
    bool waits_for_all; /* until the iovecs are full, or the stream ends */
};

/* Bytes of a stream without a position into the program's iovecs. */
enum wasi_errno stream_receive(struct descriptor *descriptor, guest_t iovecs, uint32_t count,
                               struct stream_way way, uint32_t *out);
/* A stream that must not wait, and would: ERRNO_AGAIN. direction: CONSOLE_READY_. */
enum wasi_errno stream_check_ready(const struct descriptor *descriptor, uint32_t direction);
