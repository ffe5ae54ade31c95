/* SPDX-License-Identifier: MIT */
/* Devices that interrupt by themselves, for tests of the lines from inside
 * (kernel/start/selftest.c). Counters are changed by the interrupt: to be read atomically. */
#pragma once
#include <stdint.h>

/* A timer that interrupts again and again, by an edge where the machine has both kinds: each adds
 * one to *ticks. False: there is none. */
bool probe_edge_start(uint64_t *ticks);

/* One whose line stays up until it is told to let go: calls of its handler that found a reason, and
 * those that found none. False: there is none. */
bool probe_level_start(uint64_t *due, uint64_t *empty);
void probe_level_stop(void);
