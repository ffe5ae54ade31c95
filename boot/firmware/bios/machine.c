/* SPDX-License-Identifier: MIT */
/* The rest of what a PC's BIOS tells: its tables and the date. */
#include "bios.h"
#include <boot/firmware.h>
#include <boot/landing.h>
#include <boot/tables.h>

const uint8_t firmware_loader = BOOTINFO_LOADER_BIOS;

constexpr uint32_t EBDA_SEGMENT_AT = 0x40E;
constexpr uint64_t EBDA_SIZE = 1024, EBDA_MIN = 0x70000;
constexpr uint64_t ROM_START = 0xE0000, ROM_END = 0x100000;

static struct bytes area(uint64_t start, uint64_t end) {
    return bytes_init((const void *)(uintptr_t)start, (size_t)(end - start));
}

/* The first KiB of the BIOS's extended data; at ROM_START when it says nothing sensible. */
static uint64_t ebda_start(void) {
    uint16_t segment;
    memcpy(&segment, (const void *)(uintptr_t)EBDA_SEGMENT_AT, sizeof segment);
    uint64_t start = (uint64_t)segment << 4;
    return start >= EBDA_MIN && start + EBDA_SIZE <= 0xA0000 ? start : ROM_START;
}

void firmware_tables(uint64_t words[8]) {
    struct bootinfo info = {};
    uint64_t ebda = ebda_start();
    struct bytes data = area(ebda, ebda + EBDA_SIZE), rom = area(ROM_START, ROM_END);
    uint64_t acpi = tables_find_acpi(data), mp = tables_find_mp(data, ebda);
    info.arch.x86_64.acpi = acpi != 0 ? acpi : tables_find_acpi(rom);
    info.arch.x86_64.smbios = tables_find_smbios(rom, ROM_START);
    info.arch.x86_64.mp = mp != 0 ? mp : tables_find_mp(rom, ROM_START);
    memcpy(words, info.arch.words, sizeof info.arch.words);
}

static bool is_bcd(uint32_t value, uint32_t least, uint32_t most) {
    return (value & 15) <= 9 && value >= least && value <= most;
}

/* int 1Ah, functions 04h (century, year, month, day) and 02h (hour, minute, second). The clock has
 * no time zone: 0 minutes. */
void firmware_date(uint8_t date[8], int16_t *timezone_minutes) {
    struct bios_registers day = {.eax = 0x0400}, time = {.eax = 0x0200};
    bios_call(0x1A, &day);
    bios_call(0x1A, &time);
    const uint8_t bcd[8] = {
        (uint8_t)(day.ecx >> 8),  (uint8_t)day.ecx,  (uint8_t)(day.edx >> 8),  (uint8_t)day.edx,
        (uint8_t)(time.ecx >> 8), (uint8_t)time.ecx, (uint8_t)(time.edx >> 8), 0,
    };
    static const uint8_t least[8] = {0x19, 0, 1, 1, 0, 0, 0, 0};
    static const uint8_t most[8] = {0x99, 0x99, 0x12, 0x31, 0x23, 0x59, 0x60, 0};
    bool valid = ((day.flags | time.flags) & BIOS_CARRY) == 0;
    for (size_t i = 0; i < sizeof bcd; i++) {
        valid = valid && is_bcd(bcd[i], least[i], most[i]);
    }
    *timezone_minutes = 0;
    memset(date, 0, sizeof bcd);
    if (valid) {
        memcpy(date, bcd, sizeof bcd);
    }
}

void firmware_cores(bool single, struct cores *out) {
    uint64_t words[8];
    firmware_tables(words);
    landing_count_cores(words, single, out);
}

void firmware_enter(const struct entry *entry) {
    landing_enter(entry);
}
