/* SPDX-License-Identifier: MIT */
/* Bringing the other cores up, and what they are between themselves and interrupts. */
#pragma once
#include <stdint.h>

/* Starts all cores that ACPI lists; returns how many run now, this one included. */
unsigned cores_wake(void);

/* core.c, for the others: where a core ends up that has been brought up; what an interrupt from
 * another core does; what an NMI does first: it does not return when all are to stop. */
[[noreturn]] void core_idle(void);
void core_interrupt(void);
void core_nmi(void);

/* timer.c, for the others: on each core that comes up; when all have; at VECTOR_TIMER. */
void timer_core_start(void);
void timer_cores_check(void);
void timer_interrupt(void);
