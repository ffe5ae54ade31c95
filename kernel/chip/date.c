/* SPDX-License-Identifier: MIT */
/* The Gregorian calendar, between the years 1970 and 9999. */
#include <chip/date.h>
#include <stddef.h>

bool bcd_decode(uint8_t raw, uint8_t *out) {
    *out = (uint8_t)((raw >> 4) * 10 + (raw & 15));
    return (raw & 15) <= 9 && raw >> 4 <= 9;
}

static bool is_leap(unsigned year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static unsigned month_days(unsigned year, unsigned month) {
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

/* Days since 1970-01-01 that have passed before this year. */
static int64_t days_before(int64_t year) {
    int64_t before = year - 1;
    return before * 365 + before / 4 - before / 100 + before / 400 - 719162;
}

bool date_to_seconds(const struct date *date, int64_t *out) {
    if (date->year < 1970 || date->year > 9999 || date->month < 1 || date->month > 12 ||
        date->day < 1 || date->day > month_days(date->year, date->month) || date->hour > 23 ||
        date->minute > 59 || date->second > 60) {
        return false;
    }
    int64_t days = days_before(date->year);
    for (unsigned month = 1; month < date->month; month++) {
        days += month_days(date->year, month);
    }
    days += date->day - 1;
    *out = ((days * 24 + date->hour) * 60 + date->minute) * 60 + date->second;
    return true;
}

bool date_from_seconds(int64_t seconds, struct date *out) {
    constexpr int64_t DAY = 86400;
    if (seconds < 0 || seconds >= days_before(10'000) * DAY) {
        return false;
    }
    int64_t days = seconds / DAY, rest = seconds % DAY;
    int64_t year = 1970 + days / 366; /* of all years that it can be, the first */
    while (days_before(year + 1) <= days) {
        year++;
    }
    days -= days_before(year);
    unsigned month = 1;
    while (days >= month_days((unsigned)year, month)) {
        days -= month_days((unsigned)year, month++);
    }
    *out = (struct date){(uint16_t)year,
                         (uint8_t)month,
                         (uint8_t)(days + 1),
                         (uint8_t)(rest / 3600),
                         (uint8_t)(rest / 60 % 60),
                         (uint8_t)(rest % 60)};
    return true;
}

static uint8_t bcd(unsigned value) {
    return (uint8_t)(value / 10 % 10 << 4 | value % 10);
}

void date_to_bcd(const struct date *date, uint8_t out[8]) {
    const unsigned fields[8] = {date->year / 100u, date->year,   date->month,  date->day,
                                date->hour,        date->minute, date->second, 0};
    for (size_t i = 0; i < 8; i++) {
        out[i] = bcd(fields[i]);
    }
}

bool date_from_bcd(const uint8_t raw[8], struct date *out) {
    uint8_t fields[7];
    for (unsigned i = 0; i < 7; i++) {
        if (!bcd_decode(raw[i], &fields[i])) {
            return false;
        }
    }
    *out = (struct date){(uint16_t)(fields[0] * 100 + fields[1]),
                         fields[2],
                         fields[3],
                         fields[4],
                         fields[5],
                         fields[6]};
    int64_t seconds;
    return date_to_seconds(out, &seconds);
}
