/* SPDX-License-Identifier: MIT */
/* The PC's battery-backed clock. */
#pragma once
#include <chip/date.h>

/* Its registers as they are, BCD or binary as `mode` (status register B) says. */
struct cmos_reading {
    uint8_t second, minute, hour, day, month, year, century;
    uint8_t mode;
};

/* False when they make no date. A century that makes no sense is this one. */
bool cmos_decode(const struct cmos_reading *reading, struct date *out);
