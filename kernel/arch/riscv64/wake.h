/* SPDX-License-Identifier: MIT */
/* Bringing the other cores up, and each core's timer. */
#pragma once
#include <stdint.h>

/* Starts all harts that the device tree lists; returns how many run now, this one included. */
unsigned cores_wake(void);
/* How many the loader brought along, besides this one. */
unsigned cores_parked(void);
/* core.c: stops all others (cores_stop()), which go back to the firmware, as if never started. */
void cores_leave(void);
/* Is that under way? */
bool cores_are_leaving(void);

/* timer.c: on each core that comes up; when its alarm rings; no alarm, any more. */
void timer_core_start(void);
void timer_interrupt(void);
void timer_quiet(void);
/* Does the CPU have the register of the extension Sstc? stubs.S. Interrupts are masked. */
bool csr_has_stimecmp(void);
