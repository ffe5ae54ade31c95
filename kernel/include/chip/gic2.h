/* SPDX-License-Identifier: MIT */
/* Arm's generic interrupt controller, version 2. Lines are its interrupt numbers, from 32 on. */
#pragma once
#include <chip/interrupt_chip.h>

extern const struct interrupt_chip gic2;

/* Everything masked. `timer` is the number of each core's own timer. */
void gic2_init(uintptr_t distributor, uintptr_t cpu, unsigned timer);
