/* SPDX-License-Identifier: MIT */
/*
 * What the registers of an MC146818 real-time clock say. Source: its data sheet; the century in
 * register 0x32 is a custom of PCs.
 */
#include <chip/cmos.h>

constexpr uint8_t HOURS_24 = 0x02, BINARY = 0x04, AFTERNOON = 0x80;

/* False: a digit above 9. */
static bool field_decode(uint8_t raw, uint8_t mode, uint8_t *out) {
    if (mode & BINARY) {
        *out = raw;
        return true;
    }
    return bcd_decode(raw, out);
}

/* Of twelve hours the highest bit says which half of the day; 12 is the first of each. */
static bool hour_decode(uint8_t raw, uint8_t mode, uint8_t *out) {
    if (mode & HOURS_24) {
        return field_decode(raw, mode, out);
    }
    uint8_t hour;
    if (!field_decode(raw & (uint8_t)~AFTERNOON, mode, &hour) || hour < 1 || hour > 12) {
        return false;
    }
    *out = (uint8_t)(hour % 12 + (raw & AFTERNOON ? 12 : 0));
    return true;
}

bool cmos_decode(const struct cmos_reading *reading, struct date *out) {
    uint8_t mode = reading->mode, year, century;
    *out = (struct date){0};
    if (!field_decode(reading->second, mode, &out->second) ||
        !field_decode(reading->minute, mode, &out->minute) ||
        !hour_decode(reading->hour, mode, &out->hour) ||
        !field_decode(reading->day, mode, &out->day) ||
        !field_decode(reading->month, mode, &out->month) ||
        !field_decode(reading->year, mode, &year) || year > 99) {
        return false;
    }
    if (!field_decode(reading->century, mode, &century) || century < 19 || century > 99) {
        century = 20;
    }
    out->year = (uint16_t)(century * 100 + year);
    int64_t seconds;
    return date_to_seconds(out, &seconds);
}
