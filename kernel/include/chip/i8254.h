/* SPDX-License-Identifier: MIT */
/* The PC's interval timer, as a stopwatch to calibrate better clocks by. */
#pragma once
#include <stdint.h>

constexpr uint32_t I8254_HZ = 1'193'182;

/* Starts to count `ticks` (1 to 65535) down; then: have they passed?
 */
void i8254_count(uint16_t ticks);
bool i8254_is_done(void);
