/* SPDX-License-Identifier: MIT */
/* Counters of few bits, made into one of 64 that all cores may read at once. */
#pragma once
#include <stdint.h>

/* `raw` is what the counter shows, its low `bits` (at most 63) bits; *last is atomic, what was
 * returned last. Never returns less than any call that had returned before this one began. The
 * counter must be looked at at least once while it goes half way round. */
uint64_t counter_extend(uint64_t *last, uint64_t raw, unsigned bits);
