/* SPDX-License-Identifier: MIT */
/* How many cells of a terminal a character takes: 0 for marks that combine and for what formats
 * only, 2 for what is wide in East Asia and for pictures, else 1. Source: Unicode 15,
 * EastAsianWidth.txt and the general categories Mn, Me and Cf, by ranges. */
#pragma once
#include <stdint.h>

unsigned width_of(uint32_t code);
