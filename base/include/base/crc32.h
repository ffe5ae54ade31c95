/* SPDX-License-Identifier: MIT */
/*
 * CRC-32 as IEEE 802.3 has it: reflected, polynomial 0x04C11DB7, inverted at both ends. Partition
 * tables and gzip files are checked by it.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* The checksum of bytes whose checksum so far is `crc` (0 of none) with `size` more after them. */
[[nodiscard]] uint32_t crc32_add(uint32_t crc, const void *bytes, size_t size);
