/* SPDX-License-Identifier: MIT */
/* The lines that are kept: the last of all that were ever put in, each with a number, from 0. */
#pragma once
#include <base/string.h>

constexpr uint32_t KEEP_BYTES = 128 * 1024, KEEP_LINES = 4096; /* powers of two */

/* A line with its newline; at most KEEP_BYTES of it. */
void keep_put(struct text line);
/* Copies lines from number *next on, as many as fit whole, and moves *next behind them; *lost is
 * how many before the first are gone. The number of bytes. */
uint32_t keep_read(uint64_t *next, uint64_t *lost, uint8_t *to, uint32_t capacity);
