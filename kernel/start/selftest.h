/* SPDX-License-Identifier: MIT */
/* What only a running machine can test about itself: test= in CONFIG. */
#pragma once
#include <base/string.h>

/* "memory", "stale": probe.h. "cores": calls and posts from all cores at once. "clock": all read
 * it, and each sleeps by its own alarm. "line", "level": interrupts of a device, by edge and by
 * level. "stop": cores are stopped
 * wherever they are. "panic": the last one panics. Tells the results in the log; what must never be
 * is a panic. "": nothing happens. */
void selftest_run(struct text kind);
