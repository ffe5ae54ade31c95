/* SPDX-License-Identifier: MIT */
/*
 * The PC's battery-backed clock: an MC146818 behind two ports. Fields are read twice until both
 * readings agree, since they may change in between.
 */
#include "io.h"
#include <arch/machine.h>
#include <base/string.h>
#include <chip/cmos.h>

constexpr uint16_t INDEX = 0x70, DATA = 0x71;
constexpr uint8_t STATUS_A = 0x0A, STATUS_B = 0x0B, UPDATING = 0x80;
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

bool machine_clock_read(int64_t *seconds) {
    struct cmos_reading now = reading_take();
    for (unsigned i = 0; i < 4; i++) {
        struct cmos_reading again = reading_take();
        if (memcmp(&now, &again, sizeof(now)) == 0) {
            break;
        }
        now = again;
    }
    struct date date;
    return cmos_decode(&now, &date) && date_to_seconds(&date, seconds);
}
