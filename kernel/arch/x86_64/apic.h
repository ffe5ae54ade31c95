/* SPDX-License-Identifier: MIT */
/*
 * The local APIC of a core: its end of interrupts, its timer, and messages to other cores.
 *
 * Messages are sent with interrupts masked. What was stored before is seen by whom they reach.
 */
#pragma once
#include <stdint.h>

/* Once per core. `legacy`: interrupts of the 8259 pair come through to this one. */
void apic_start(bool legacy);
void apic_end(void);
/* Counts down from `ticks` and interrupts once at 0 (VECTOR_TIMER); 0 stops it. */
void apic_timer_set(uint32_t ticks);
uint32_t apic_timer_left(void);

/* This core's number. */
void apic_id_read(uint32_t *out);
/* Can messages be sent to a core of that number? */
bool apic_reaches(uint32_t id);
void apic_send(uint32_t id, uint8_t vector);
void apic_send_nmi(uint32_t id);
void apic_send_init(uint32_t id);
/* It starts in real mode at the first byte of a page below 1 MiB. */
void apic_send_start(uint32_t id, uint64_t page);
