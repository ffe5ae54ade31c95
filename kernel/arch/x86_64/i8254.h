/* SPDX-License-Identifier: MIT */
/* The PC's interval timer, as a stopwatch to calibrate better clocks by. */
#pragma once
#include <stdint.h>

constexpr uint32_t I8254_HZ = 1'193'182;

/* Starts to count down from 65535; after 0 it goes on with 65535 again. */
void i8254_start(void);
uint16_t i8254_read(void);
/* Has it passed 0 since the start? */
bool i8254_has_passed(void);
