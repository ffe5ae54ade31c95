/* SPDX-License-Identifier: MIT */
/* Copies out of hostile bytes at an offset that they themselves gave: checked once, here. */
#pragma once
#include <base/bytes.h>
#include <base/checked.h>
#include <base/string.h>

/* False when [offset, offset + size) is not within the bytes (counted from `at`). */
static inline bool peek(struct bytes bytes, uint64_t offset, void *to, size_t size) {
    if (!range_within(offset, size, bytes_left(&bytes))) {
        return false;
    }
    memcpy(to, bytes.at + offset, size);
    return true;
}

/* The bytes [offset, offset + size) as a reader of their own. */
static inline bool peek_part(struct bytes bytes, uint64_t offset, uint64_t size,
                             struct bytes *out) {
    if (!range_within(offset, size, bytes_left(&bytes))) {
        return false;
    }
    *out = bytes_init(bytes.at + offset, (size_t)size);
    return true;
}
