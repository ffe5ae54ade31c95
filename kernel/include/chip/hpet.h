/* SPDX-License-Identifier: MIT */
/*
 * The main counter of the HPET. Source: IA-PC HPET specification 1.0a, 2.3.
 *
 * Only its low 32 bits are used: where a chipset makes two reads of one, 64 bits may be torn.
 */
#pragma once
#include <stdint.h>

constexpr unsigned HPET_BITS = 32;
constexpr uint64_t HPET_SIZE = 0x400; /* bytes of registers */

/* Lets it count, and its interrupts be. False: it says of itself what cannot be. */
bool hpet_start(volatile uint32_t *registers, uint64_t *hz);
uint32_t hpet_read(const volatile uint32_t *registers);
