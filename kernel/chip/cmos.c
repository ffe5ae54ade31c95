/* SPDX-License-Identifier: MIT */
/*
 * The MC146818 real-time clock. Source: its data sheet; the century in register 0x32 is a custom of
 * PCs. Fields are read twice until both readings agree, since they may change in between.
 */
#include <arch/io.h>
#include <base/string.h>
#include <chip/cmos.h>

constexpr uint16_t INDEX = 0x70, DATA = 0x71;
constexpr uint8_t STATUS_A = 0x0A, STATUS_B = 0x0B;
constexpr uint8_t UPDATING = 0x80, HOURS_24 = 0x02, BINARY = 0x04, AFTERNOON = 0x80;
constexpr unsigned PATIENCE = 100'000;

static uint8_t get(uint8_t index) {
    io_write8(INDEX, index);
    return io_read8(DATA);
}

static struct cmos_reading reading_take(void) {
    for (unsigned i = 0; i < PATIENCE && (get(STATUS_A) & UPDATING); i++) {
    }
    return (struct cmos_reading){get(0), get(2), get(4),    get(7),
                                 get(8), get(9), get(0x32), get(STATUS_B)};
}

static uint8_t from_bcd(uint8_t value) {
    return (uint8_t)((value >> 4) * 10 + (value & 15));
}

static bool is_bcd(uint8_t value) {
    return (value & 15) <= 9 && value >> 4 <= 9;
}

/* False: a digit above 9. */
static bool field_decode(uint8_t raw, uint8_t mode, uint8_t *out) {
    *out = mode & BINARY ? raw : from_bcd(raw);
    return mode & BINARY || is_bcd(raw);
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

bool cmos_read(struct date *out) {
    struct cmos_reading now = reading_take();
    for (unsigned i = 0; i < 4; i++) {
        struct cmos_reading again = reading_take();
        if (memcmp(&now, &again, sizeof(now)) == 0) {
            break;
        }
        now = again;
    }
    return cmos_decode(&now, out);
}

static bool is_leap(unsigned year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned month_days(unsigned year, unsigned month) {
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

bool date_to_seconds(const struct date *date, int64_t *out) {
    if (date->year < 1970 || date->year > 9999 || date->month < 1 || date->month > 12 ||
        date->day < 1 || date->day > month_days(date->year, date->month) || date->hour > 23 ||
        date->minute > 59 || date->second > 60) {
        return false;
    }
    int64_t before = date->year - 1;
    int64_t days = before * 365 + before / 4 - before / 100 + before / 400 - 719162;
    for (unsigned month = 1; month < date->month; month++) {
        days += month_days(date->year, month);
    }
    days += date->day - 1;
    *out = ((days * 24 + date->hour) * 60 + date->minute) * 60 + date->second;
    return true;
}

bool date_from_bcd(const uint8_t bcd[8], struct date *out) {
    for (unsigned i = 0; i < 7; i++) {
        if (!is_bcd(bcd[i])) {
            return false;
        }
    }
    *out = (struct date){(uint16_t)(from_bcd(bcd[0]) * 100 + from_bcd(bcd[1])),
                         from_bcd(bcd[2]),
                         from_bcd(bcd[3]),
                         from_bcd(bcd[4]),
                         from_bcd(bcd[5]),
                         from_bcd(bcd[6])};
    int64_t seconds;
    return date_to_seconds(out, &seconds);
}
