/* SPDX-License-Identifier: MIT */
/*
 * The bytes of one file: either a part of the archive, which never changes, or blocks in memory.
 *
 *   blocks -> | pointer | NULL | pointer | ...     a block that is NULL reads as zeros
 *                 |
 *                 4 KiB
 *
 * Bytes of a block beyond the end of the file are zero.
 */
#pragma once
#include <abi/status.h>
#include <stdint.h>

constexpr uint32_t DATA_BLOCK = 4096;
constexpr uint64_t DATA_SIZE_MAX = UINT64_C(1) << 40;

struct data {
    bool borrowed; /* from the archive, at `place` (source.h); else in blocks */
    uint64_t place;
    uint8_t **blocks;
    uint32_t block_capacity;
    uint64_t size;
};

void data_fini(struct data *data);

/* The bytes at [offset, offset + *size), with *size cut at the end of the file: a pointer into the
 * archive, or `buffer` after they were copied there. Of the archive there may be fewer, if its
 * source fails. */
const uint8_t *data_read(const struct data *data, uint64_t offset, uint32_t *size, uint8_t *buffer);

/* Writes as much as there is space for: *written, 0 only with an error.
 * ERR_TOO_BIG: beyond DATA_SIZE_MAX; ERR_NO_SPACE. */
status_t data_write(struct data *data, uint64_t offset, const uint8_t *bytes, uint32_t size,
                    uint32_t *written);

/* What is new reads as zero. ERR_TOO_BIG. */
status_t data_resize(struct data *data, uint64_t size);

/* Makes the file at least offset + size long, with blocks for that part. ERR_TOO_BIG, ERR_NO_SPACE
 * (then the size is as before). */
status_t data_reserve(struct data *data, uint64_t offset, uint64_t size);
