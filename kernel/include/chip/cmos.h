/* SPDX-License-Identifier: MIT */
/* The PC's battery-backed clock. */
#pragma once
#include <stdint.h>

struct date {
    uint16_t year;
    uint8_t month, day, hour, minute, second;
};

/* Its registers as they are, BCD or binary as `mode` (status register B) says. */
struct cmos_reading {
    uint8_t second, minute, hour, day, month, year, century;
    uint8_t mode;
};

/* False when they make no date. A century that makes no sense is this one. */
bool cmos_decode(const struct cmos_reading *reading, struct date *out);
/* False when the fields make no date: a dead battery, or no such chip. The time is UTC by
 * convention. */
bool cmos_read(struct date *out);
/* Seconds since 1970-01-01; false when the fields make no date from 1970 to 9999. */
bool date_to_seconds(const struct date *date, int64_t *out);
/* The eight BCD bytes of bootinfo: yyyy mm dd hh mm ss and hundredths. */
bool date_from_bcd(const uint8_t bcd[8], struct date *out);
