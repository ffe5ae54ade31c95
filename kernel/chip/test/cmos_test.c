/* SPDX-License-Identifier: MIT */
/* Dates to seconds, against known ones and by counting days. */
#include <base/ensure.h>
#include <chip/cmos.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>
#include <time.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

static void test_known(void) {
    int64_t seconds;
    CHECK(date_to_seconds(&(struct date){1970, 1, 1, 0, 0, 0}, &seconds) && seconds == 0);
    CHECK(date_to_seconds(&(struct date){2000, 2, 29, 12, 30, 15}, &seconds) &&
          seconds == 951827415);
    CHECK(!date_to_seconds(&(struct date){2001, 2, 29, 0, 0, 0}, &seconds));
    CHECK(!date_to_seconds(&(struct date){2100, 2, 29, 0, 0, 0}, &seconds));
    CHECK(!date_to_seconds(&(struct date){1969, 12, 31, 0, 0, 0}, &seconds));
    CHECK(!date_to_seconds(&(struct date){2024, 0, 1, 0, 0, 0}, &seconds));
    CHECK(!date_to_seconds(&(struct date){2024, 1, 1, 24, 0, 0}, &seconds));
}

static void test_every_day(void) {
    bool equal = true;
    for (int64_t day = 0; day < 200 * 365; day++) {
        time_t expected = (time_t)(day * 86400 + 3661);
        struct tm parts;
        gmtime_r(&expected, &parts);
        struct date date = {
            (uint16_t)(parts.tm_year + 1900), (uint8_t)(parts.tm_mon + 1), (uint8_t)parts.tm_mday,
            (uint8_t)parts.tm_hour,           (uint8_t)parts.tm_min,       (uint8_t)parts.tm_sec};
        int64_t seconds = -1;
        equal &= date_to_seconds(&date, &seconds) && seconds == expected;
        struct date back;
        equal &= date_from_seconds(expected, &back) && memcmp(&back, &date, sizeof(date)) == 0;
    }
    CHECK(equal);
}

static void test_limits(void) {
    struct date date;
    CHECK(!date_from_seconds(-1, &date) && !date_from_seconds(253402300800, &date));
    CHECK(!date_from_seconds(INT64_MAX, &date));
    CHECK(date_from_seconds(253402300799, &date) && date.year == 9999 && date.second == 59);
    CHECK(date_from_seconds(0, &date) && date.year == 1970 && date.month == 1 && date.day == 1);
}

static void test_bcd(void) {
    struct date date;
    const uint8_t good[8] = {0x20, 0x24, 0x12, 0x31, 0x23, 0x59, 0x58, 0};
    const uint8_t none[8] = {0};
    const uint8_t bad[8] = {0x20, 0x2A, 0x12, 0x31, 0x23, 0x59, 0x58, 0};
    CHECK(date_from_bcd(good, &date) && date.year == 2024 && date.month == 12 && date.second == 58);
    uint8_t again[8];
    date_to_bcd(&date, again);
    CHECK(memcmp(again, good, 8) == 0);
    CHECK(!date_from_bcd(none, &date));
    CHECK(!date_from_bcd(bad, &date));
}

static bool decodes(struct cmos_reading reading, unsigned year, unsigned hour) {
    struct date date;
    return cmos_decode(&reading, &date) && date.year == year && date.hour == hour &&
           date.month == 12 && date.day == 31 && date.minute == 58 && date.second == 59;
}

/* BCD or binary, of 24 hours or twice 12, with a century or none. */
static void test_chip(void) {
    constexpr uint8_t BINARY = 4, HOURS_24 = 2;
    struct date date;
    CHECK(decodes((struct cmos_reading){0x59, 0x58, 0x23, 0x31, 0x12, 0x24, 0x20, 2}, 2024, 23));
    CHECK(decodes((struct cmos_reading){59, 58, 23, 31, 12, 24, 20, BINARY | HOURS_24}, 2024, 23));
    CHECK(decodes((struct cmos_reading){0x59, 0x58, 0x12, 0x31, 0x12, 0x24, 0x20, 0}, 2024, 0));
    CHECK(decodes((struct cmos_reading){0x59, 0x58, 0x92, 0x31, 0x12, 0x24, 0x20, 0}, 2024, 12));
    CHECK(decodes((struct cmos_reading){0x59, 0x58, 0x91, 0x31, 0x12, 0x24, 0x20, 0}, 2024, 23));
    CHECK(decodes((struct cmos_reading){59, 58, 0x80 | 11, 31, 12, 24, 20, BINARY}, 2024, 23));
    CHECK(decodes((struct cmos_reading){0x59, 0x58, 0x23, 0x31, 0x12, 0x99, 0x19, 2}, 1999, 23));
    CHECK(decodes((struct cmos_reading){0x59, 0x58, 0x23, 0x31, 0x12, 0x24, 0xFF, 2}, 2024, 23));
    CHECK(decodes((struct cmos_reading){0x59, 0x58, 0x23, 0x31, 0x12, 0x24, 0x00, 2}, 2024, 23));
    CHECK(!cmos_decode(&(struct cmos_reading){0x5A, 0, 0, 1, 1, 0x24, 0x20, 2}, &date));
    CHECK(!cmos_decode(&(struct cmos_reading){0, 0, 0, 1, 1, 0x24, 0x20, 0}, &date)); /* hour 0 */
    CHECK(!cmos_decode(&(struct cmos_reading){0, 0, 0x13, 1, 1, 0x24, 0x20, 0}, &date));
    CHECK(!cmos_decode(&(struct cmos_reading){0, 0, 0, 1, 1, 120, 20, 6}, &date));
    CHECK(!cmos_decode(&(struct cmos_reading){0, 0, 0, 0, 0, 0, 0, 2}, &date));
}

int main(void) {
    test_known();
    test_every_day();
    test_limits();
    test_bcd();
    test_chip();
    return check_finish("cmos");
}
