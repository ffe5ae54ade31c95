/* SPDX-License-Identifier: MIT */
/* The PC's two legacy interrupt controllers, with lines 0 to 15; line 2 joins them. */
#pragma once
#include <stdint.h>

/* Interrupts come as vectors from `vector` on; all lines masked. */
void i8259_init(uint8_t vector);
void i8259_unmask(unsigned line);
void i8259_mask(unsigned line);
/* Is this interrupt real? Lines 7 and 15 may come for no reason; those want no end. */
bool i8259_is_real(unsigned line);
void i8259_end(unsigned line);
