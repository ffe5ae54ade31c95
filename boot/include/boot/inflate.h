/* SPDX-License-Identifier: MIT */
/*
 * gzip files: recognised, measured and unpacked in memory.
 *
 * Sources: RFC 1952 (gzip), RFC 1951 (deflate). One member. Nothing in the file is trusted: reading
 * and writing stay within the given bytes, and checksum and size must be right in the end.
 */
#pragma once
#include <base/bytes.h>
#include <boot/complaint.h>

/* Does it begin like a gzip file? */
bool gzip_is(struct bytes file);

/* How many bytes the file says it unpacks to; false when that cannot be. */
[[nodiscard]] bool gzip_size(struct bytes file, uint32_t *out, struct complaint *complaint);

/* Unpacks into exactly `size` bytes, which gzip_size() has told. */
[[nodiscard]] bool gzip_unpack(struct bytes file, uint8_t *to, uint32_t size,
                               struct complaint *complaint);
