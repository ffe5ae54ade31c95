/* SPDX-License-Identifier: MIT */
/*
 * Frames. What always holds for a reader between calls: held[] is empty or begins like a frame, as
 * far as it goes, and is not a whole one.
 */
#include <base/crc32.h>
#include <base/frame.h>
#include <base/string.h>

static const uint8_t MARK[4] = {0xF9, 'C', 'u', 0xFA};
constexpr size_t CRC_SIZE = 4;

static void put_u32(uint8_t *to, uint32_t value) {
    for (unsigned i = 0; i < 4; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
}

static uint32_t get_u32(const uint8_t *from) {
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

size_t frame_write(const struct frame *frame, uint8_t *to) {
    memcpy(to, MARK, sizeof(MARK));
    to[4] = frame->type;
    to[5] = frame->kind;
    to[6] = (uint8_t)frame->size;
    to[7] = (uint8_t)(frame->size >> 8);
    put_u32(to + 8, frame->value);
    put_u32(to + 12, crc32_add(0, to + 4, 8));
    if (frame->size == 0) {
        return FRAME_HEADER_SIZE;
    }
    memcpy(to + FRAME_HEADER_SIZE, frame->payload, frame->size);
    put_u32(to + FRAME_HEADER_SIZE + frame->size, crc32_add(0, frame->payload, frame->size));
    return FRAME_HEADER_SIZE + frame->size + CRC_SIZE;
}

static size_t payload_size(const uint8_t *header) {
    return (size_t)header[6] | (size_t)header[7] << 8;
}

static bool header_is_sound(const uint8_t *header) {
    return get_u32(header + 12) == crc32_add(0, header + 4, 8) &&
           payload_size(header) <= FRAME_PAYLOAD_MAX;
}

/* The first byte of [at, end) where a mark may begin; `end` when there is none. */
static size_t mark_find(const uint8_t *bytes, size_t at, size_t end) {
    for (; at < end; at++) {
        size_t size = end - at < sizeof(MARK) ? end - at : sizeof(MARK);
        if (memcmp(bytes + at, MARK, size) == 0) {
            break;
        }
    }
    return at;
}

/* Tells the frame at `at` if it is whole; returns how many bytes are done with, 0 when more must
 * come. A wrong payload is looked through for the next mark: a byte may have been lost. */
static size_t frame_tell(struct frame_reader *reader, size_t at) {
    const uint8_t *header = reader->held + at;
    size_t size = payload_size(header);
    size_t whole = FRAME_HEADER_SIZE + (size > 0 ? size + CRC_SIZE : 0);
    if (reader->size - at < whole) {
        return 0;
    }
    const uint8_t *payload = header + FRAME_HEADER_SIZE;
    bool sound = size == 0 || get_u32(payload + size) == crc32_add(0, payload, size);
    const struct frame frame = {header[4], header[5], (uint16_t)size, get_u32(header + 8), payload};
    reader->frame(reader->context, &frame, sound);
    return sound ? whole : FRAME_HEADER_SIZE;
}

/* Tells all that can be told of what is held. */
static void settle(struct frame_reader *reader) {
    size_t at = 0;
    while (at < reader->size) {
        size_t mark = mark_find(reader->held, at, reader->size);
        if (mark > at) {
            reader->plain(reader->context, reader->held + at, mark - at);
            at = mark;
        }
        if (reader->size - at < FRAME_HEADER_SIZE) {
            break;
        }
        size_t done = 1;
        if (header_is_sound(reader->held + at)) {
            done = frame_tell(reader, at);
            if (done == 0) {
                break;
            }
        } else {
            reader->plain(reader->context, reader->held + at, 1);
        }
        at += done;
    }
    memmove(reader->held, reader->held + at, reader->size - at);
    reader->size -= at;
}

/* How many bytes to take before looking: to the end of the header, or of the frame. */
static size_t wanted(const struct frame_reader *reader) {
    if (reader->size < FRAME_HEADER_SIZE) {
        return FRAME_HEADER_SIZE - reader->size;
    }
    return FRAME_HEADER_SIZE + payload_size(reader->held) + CRC_SIZE - reader->size;
}

void frame_reader_put(struct frame_reader *reader, const uint8_t *bytes, size_t size) {
    while (size > 0) {
        size_t step = wanted(reader);
        step = step < size ? step : size;
        memcpy(reader->held + reader->size, bytes, step);
        reader->size += step;
        bytes += step;
        size -= step;
        settle(reader);
    }
}

bool frame_reader_flush(struct frame_reader *reader) {
    bool frame = reader->size >= FRAME_HEADER_SIZE;
    size_t size = reader->size;
    reader->size = 0;
    if (!frame && size > 0) {
        reader->plain(reader->context, reader->held, size);
    }
    return frame;
}
