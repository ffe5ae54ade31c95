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

struct reading {
    uint8_t second, minute, hour, day, month, year, century;
};

static struct reading reading_take(void) {
    for (unsigned i = 0; i < PATIENCE && (get(STATUS_A) & UPDATING); i++) {
    }
    return (struct reading){get(0), get(2), get(4), get(7), get(8), get(9), get(0x32)};
}

static uint8_t from_bcd(uint8_t value) {
    return (uint8_t)((value >> 4) * 10 + (value & 15));
}

static void reading_decode(struct reading *reading, uint8_t mode) {
    bool afternoon = !(mode & HOURS_24) && (reading->hour & AFTERNOON);
    reading->hour &= mode & HOURS_24 ? 0xFF : (uint8_t)~AFTERNOON;
    if (!(mode & BINARY)) {
        uint8_t *fields = (uint8_t *)reading;
        for (size_t i = 0; i < sizeof(*reading); i++) {
            fields[i] = from_bcd(fields[i]);
        }
    }
    if (!(mode & HOURS_24)) {
        reading->hour = (uint8_t)(reading->hour % 12 + (afternoon ? 12 : 0));
    }
}

bool cmos_read(struct date *out) {
    struct reading now = reading_take();
    for (unsigned i = 0; i < 4; i++) {
        struct reading again = reading_take();
        if (memcmp(&now, &again, sizeof(now)) == 0) {
            break;
        }
        now = again;
    }
    reading_decode(&now, get(STATUS_B));
    unsigned century = now.century >= 19 && now.century <= 99 ? now.century : 20;
    *out = (struct date){
        (uint16_t)(century * 100 + now.year), now.month, now.day, now.hour, now.minute, now.second};
    int64_t seconds;
    return date_to_seconds(out, &seconds);
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
        if ((bcd[i] & 15) > 9 || bcd[i] >> 4 > 9) {
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
