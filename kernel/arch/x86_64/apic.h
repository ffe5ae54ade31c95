/* SPDX-License-Identifier: MIT */
/*
 * The local APIC of a core: its end of interrupts, its timer, and messages to other cores.
 *
 * Messages are sent with interrupts masked. What was stored before is seen by whom they reach.
 */
#pragma once
#include <stdint.h>

/* Once per core; everything is masked. */
void apic_start(void);
/* Interrupts of the 8259 pair come through to this core. */
void apic_legacy_pass(void);
void apic_end(void);

/* This core's timer interrupts once (VECTOR_TIMER): after counting down, or when the time-stamp
 * counter gets to a value. It counts at what drives it, divided. */
constexpr unsigned APIC_TIMER_DIVISOR = 16;
bool apic_has_deadline(void);
/* Once per core, and whenever it changes; the timer is stopped by this. */
void apic_timer_mode(bool by_deadline);
/* 0 stops it. */
void apic_timer_set(uint32_t ticks);
uint32_t apic_timer_left(void);
/* In the past: at once. */
void apic_timer_deadline(uint64_t cycles);

/* This core's number. */
void apic_id_read(uint32_t *out);
/* Can messages be sent to a core of that number? */
bool apic_reaches(uint32_t id);
void apic_send(uint32_t id, uint8_t vector);
void apic_send_nmi(uint32_t id);
void apic_send_init(uint32_t id);
/* It starts in real mode at the first byte of a page below 1 MiB. */
void apic_send_start(uint32_t id, uint64_t page);
