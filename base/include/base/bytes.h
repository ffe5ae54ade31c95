/* SPDX-License-Identifier: MIT */
/*
 * struct bytes: a reader over hostile bytes. It never reads beyond `end`; every function returns
 * false and leaves the position where the fault is when the bytes do not hold what is asked for.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

struct bytes {
    const uint8_t *start; /* for offsets in messages */
    const uint8_t *at;
    const uint8_t *end;
};

static inline struct bytes bytes_init(const void *start, size_t size) {
    const uint8_t *first = start;
    return (struct bytes){first, first, first + size};
}

static inline size_t bytes_offset(const struct bytes *bytes) {
    return (size_t)(bytes->at - bytes->start);
}

static inline size_t bytes_left(const struct bytes *bytes) {
    return (size_t)(bytes->end - bytes->at);
}

bool bytes_skip(struct bytes *bytes, size_t size);
bool bytes_read_u8(struct bytes *bytes, uint8_t *out);
bool bytes_read_u16(struct bytes *bytes, uint16_t *out); /* little endian */
bool bytes_read_u32(struct bytes *bytes, uint32_t *out);
bool bytes_read_u64(struct bytes *bytes, uint64_t *out);
/* The next `size` bytes as a reader of their own, whose offsets still count from bytes->start. */
bool bytes_read_part(struct bytes *bytes, size_t size, struct bytes *out);

/* LEB128 as WebAssembly bounds it: at most ceil(N / 7) bytes, unused bits 0 (or sign). */
bool bytes_read_leb_u32(struct bytes *bytes, uint32_t *out);
bool bytes_read_leb_s32(struct bytes *bytes, int32_t *out);
bool bytes_read_leb_s33(struct bytes *bytes, int64_t *out);
bool bytes_read_leb_s64(struct bytes *bytes, int64_t *out);
