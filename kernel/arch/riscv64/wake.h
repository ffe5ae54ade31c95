/* SPDX-License-Identifier: MIT */
/* Bringing the other cores up, and each core's timer. */
#pragma once
#include <stdint.h>

/* Starts all harts that the device tree lists; returns how many run now, this one included. */
unsigned cores_wake(void);

/* timer.c: on each core that comes up; when its alarm rings. */
void timer_core_start(void);
void timer_interrupt(void);
/* Does the CPU have the register of the extension Sstc? stubs.S. Interrupts are masked. */
bool csr_has_stimecmp(void);
