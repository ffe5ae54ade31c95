/* SPDX-License-Identifier: MIT */
/* The machine's I/O APICs, as ACPI lists them. */
#pragma once
#include <stdint.h>

/* All inputs masked. False: there are none, or none that reach this core. */
bool ioapics_start(void);
/* Lets a line through to this core as VECTOR_IRQ + line. Below 16 it is a legacy line, which may
 * lead to another input and be of another kind than was customary; from 16 on it is the input of
 * that number, as PCI has them: active low, by level. False: no such input. */
bool ioapics_unmask(unsigned line);
/* On any core, in interrupts, too. */
void ioapics_mask_line(unsigned line);
/* By level, or by edge? */
bool ioapics_is_level(unsigned line);
/* All inputs are masked for good: another kernel follows. */
void ioapics_mask(void);
