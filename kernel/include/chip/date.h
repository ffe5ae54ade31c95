/* SPDX-License-Identifier: MIT */
/* Dates, as clocks and loaders tell them. */
#pragma once
#include <stdint.h>

struct date {
    uint16_t year;
    uint8_t month, day, hour, minute, second;
};

/* Seconds since 1970-01-01; false when the fields make no date from 1970 to 9999. */
bool date_to_seconds(const struct date *date, int64_t *out);
/* The date of so many seconds since 1970-01-01; false when that is not from 1970 to 9999. */
bool date_from_seconds(int64_t seconds, struct date *out);
/* Two decimal digits; false when one is above 9. */
bool bcd_decode(uint8_t raw, uint8_t *out);
/* The eight BCD bytes of bootinfo: yyyy mm dd hh mm ss and hundredths. */
bool date_from_bcd(const uint8_t raw[8], struct date *out);
void date_to_bcd(const struct date *date, uint8_t out[8]);
