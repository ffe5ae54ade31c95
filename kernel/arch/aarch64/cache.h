/* SPDX-License-Identifier: MIT */
/*
 * Caches by address. QEMU has none: what is left out here breaks real machines only. Source: Arm
 * ARM (DDI 0487) D7.5.9.
 */
#pragma once
#include <stddef.h>

/* To memory, for those who see nothing else, and out of the cache. */
void cache_clean(const void *start, size_t size);
/* Out of the cache, whatever it was: where caches are off, or somebody without wrote to memory.
 * Whole lines: what shares the first and the last goes with them. */
void cache_forget(const void *start, size_t size);
