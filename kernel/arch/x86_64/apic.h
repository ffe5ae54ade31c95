/* SPDX-License-Identifier: MIT */
/* The local APIC of a core: its end of interrupts and its timer. */
#pragma once
#include <stdint.h>

/* Interrupts of the legacy controllers come through; everything else is masked. */
void apic_start(void);
void apic_end(void);
/* Counts down from `ticks` and interrupts once at 0 (VECTOR_TIMER); 0 stops it. */
void apic_timer_set(uint32_t ticks);
uint32_t apic_timer_left(void);
