/* SPDX-License-Identifier: MIT */
/*
 * The interrupt controllers of the Raspberry Pi 2 and 3: the BCM2836's for cores, and behind it the
 * BCM2835's for devices, whose lines 0 to 63 are the graphics core's interrupts.
 */
#pragma once
#include <chip/interrupt_chip.h>

extern const struct interrupt_chip bcm2836;

/* Registers of the cores' part, and of the devices'. Everything masked. */
void bcm2836_init(uintptr_t local, uintptr_t devices);
