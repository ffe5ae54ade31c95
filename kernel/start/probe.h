/* SPDX-License-Identifier: MIT */
/* Memory tested from inside, on all cores: for selftest.c. */
#pragma once

/* Thousands of rounds in which a page appears, all cores look at it, it goes and its frame and
 * address are used anew; then all cores use heap, frames and the space at once. Tells what was
 * counted. */
void probe_memory(void);
/* Core 1 looks at a page that it has seen and that core 0 took away: its page fault is a panic.
 * What it says if it can still read is a failure. */
void probe_stale(void);
