/* SPDX-License-Identifier: MIT */
/* Bringing the other cores up, and what they are between themselves and interrupts. */
#pragma once
#include <stdint.h>

/* Starts all cores that ACPI lists; returns how many run now, this one included. */
unsigned cores_wake(void);

/* timer.c, for the others: on each core that comes up; when all have; at VECTOR_TIMER. */
void timer_core_start(void);
void timer_cores_check(void);
void timer_interrupt(void);
