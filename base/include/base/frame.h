/* SPDX-License-Identifier: MIT */
/*
 * Frames among the other bytes of a serial line: how `copper push` and a running kernel talk on the
 * line of the log, where people type and lines are logged at the same time.
 *
 *     0        4      5      6        8         12          16          16 + size
 *     | mark   | type | kind | size   | value   | crc 4-11  | payload   | crc of payload |
 *
 * Little endian. A frame without payload ends after its header. The mark's first byte occurs in no
 * UTF-8 text, and only a header whose checksum (base/crc32.h) is right makes a frame: everything
 * else passes as it came. What type, kind and value mean is <proto/control.h>.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

constexpr size_t FRAME_PAYLOAD_MAX = 4096;
constexpr size_t FRAME_HEADER_SIZE = 16;
constexpr size_t FRAME_SIZE_MAX = FRAME_HEADER_SIZE + FRAME_PAYLOAD_MAX + 4;

struct frame {
    uint8_t type, kind;
    uint16_t size; /* of the payload */
    uint32_t value;
    const uint8_t *payload;
};

/* Writes the frame to `to`, which has room for FRAME_SIZE_MAX bytes; returns its size. */
size_t frame_write(const struct frame *frame, uint8_t *to);

/* The other end. The functions are called from frame_reader_put(), in the order of the bytes, and
 * may not call it. */
struct frame_reader {
    /* Bytes that belong to no frame. */
    void (*plain)(void *context, const uint8_t *bytes, size_t size);
    /* A frame, whose payload is gone when this returns. If not `sound` its header is right and its
     * payload is not: the payload's bytes come by plain() next, unless another frame is found among
     * them. */
    void (*frame)(void *context, const struct frame *frame, bool sound);
    void *context;
    size_t size; /* of what is held */
    uint8_t held[FRAME_SIZE_MAX];
};

void frame_reader_put(struct frame_reader *reader, const uint8_t *bytes, size_t size);
/* Nothing more will come of what is held: the rest of a frame is forgotten, other bytes go to
 * plain(). True: there was the rest of a frame. */
bool frame_reader_flush(struct frame_reader *reader);
