/* SPDX-License-Identifier: MIT */
/*
 * The date by the goldfish clock of virtual machines: nanoseconds since 1970-01-01 in two words, of
 * which the low one, read first, holds the other.
 *
 * Source: Linux, Documentation/devicetree/bindings/rtc/google,goldfish-rtc.txt; Android emulator,
 * GOLDFISH-VIRTUAL-HARDWARE.TXT, IX. Days to dates: Hinnant, "chrono-compatible low-level date
 * algorithms" (civil_from_days).
 */
#include "sbi_loader.h"
#include <boot/device.h>
#include <boot/firmware.h>

static uint8_t bcd(unsigned value) {
    return (uint8_t)(value / 10 % 10 << 4 | value % 10);
}

/* From 1970 to 9999. Years begin in March here, so that the odd day is a year's last. */
static void date_fill(uint8_t date[8], uint64_t seconds) {
    uint64_t days = seconds / 86'400 + 719'468, rest = seconds % 86'400;
    uint64_t era = days / 146'097, day = days % 146'097;
    uint64_t year = (day - day / 1460 + day / 36'524 - day / 146'096) / 365;
    uint64_t of_year = day - (365 * year + year / 4 - year / 100);
    uint64_t month = (5 * of_year + 2) / 153;
    unsigned y = (unsigned)(400 * era + year + (month >= 10));
    unsigned m = (unsigned)(month < 10 ? month + 3 : month - 9);
    unsigned d = (unsigned)(of_year - (153 * month + 2) / 5 + 1);
    const uint8_t told[8] = {
        bcd(y / 100),
        bcd(y % 100),
        bcd(m),
        bcd(d),
        bcd((unsigned)(rest / 3600)),
        bcd((unsigned)(rest / 60 % 60)),
        bcd((unsigned)(rest % 60)),
        0,
    };
    memcpy(date, told, sizeof told);
}

void firmware_date(uint8_t date[8], int16_t *timezone_minutes) {
    constexpr uint64_t LAST = 253'402'300'799; /* the end of 9999 */
    device_node_t node =
        device_tree_find_compatible(&sbi_tree, DEVICE_NODE_NONE, "google,goldfish-rtc");
    struct device_region registers;
    memset(date, 0, 8);
    *timezone_minutes = 0;
    if (!device_tree_region(&sbi_tree, node, 0, &registers)) {
        return;
    }
    uint64_t low = device_read32(registers.address);
    uint64_t seconds = ((uint64_t)device_read32(registers.address + 4) << 32 | low) / 1'000'000'000;
    if (seconds > 0 && seconds <= LAST) {
        date_fill(date, seconds);
    }
}
