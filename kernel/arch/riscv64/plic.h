/* SPDX-License-Identifier: MIT */
/* The platform-level interrupt controller: lines of devices, to one hart's supervisor. */
#pragma once
#include <stdint.h>

constexpr unsigned PLIC_LINES = 256; /* that the kernel knows; 0 is none */

/* False: the device tree names none, or none that reaches this hart. All lines are masked. */
bool plic_start(uint64_t hart);
/* False: there is no such line. */
bool plic_unmask(unsigned line);
/* On any core, while it is being served, too. */
void plic_mask(unsigned line);
/* Takes the line that is due; 0: none. plic_end() lets it come again. */
unsigned plic_claim(void);
void plic_end(unsigned line);
/* Masks all lines. */
void plic_quiet(void);
