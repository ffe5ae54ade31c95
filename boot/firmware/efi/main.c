/* SPDX-License-Identifier: MIT */
/*
 * BOOTX64.EFI: where UEFI enters, and what it is asked for besides disks, memory and screen:
 * console, clock, tables, restart.
 */
#include "efi.h"
#include <boot/boot.h>
#include <boot/landing.h>
#include <boot/port.h>
#include <boot/tables.h>

const uint8_t firmware_loader = BOOTINFO_LOADER_UEFI;

efi_handle efi_image;
struct efi_system *efi_system;

efi_status efi_main(efi_handle image, struct efi_system *system);

constexpr uint16_t SERIAL = 0x3F8;
constexpr unsigned SERIAL_PATIENCE = 100'000; /* a port that is not there never gets empty */

/* 115200 8N1, no interrupts, FIFOs on. */
static void serial_init(void) {
    static const uint8_t values[][2] = {{1, 0}, {3, 0x83}, {0, 1}, {1, 0}, {3, 3}, {2, 7}, {4, 3}};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        port_write_u8(SERIAL + values[i][0], values[i][1]);
    }
}

efi_status efi_main(efi_handle image, struct efi_system *system) {
    efi_image = image;
    efi_system = system;
    system->boot->set_watchdog(0, 0, 0, nullptr);
    serial_init();
    boot_run();
}

static void serial_put(uint8_t c) {
    for (unsigned i = 0; i < SERIAL_PATIENCE && (port_read_u8(SERIAL + 5) & 0x20) == 0; i++) {
    }
    port_write_u8(SERIAL, c);
}

static void screen_put(uint8_t c) {
    const uint16_t text[2] = {c, 0};
    efi_system->output->output_string(efi_system->output, text);
}

static void put_all(struct text text, void (*put)(uint8_t c)) {
    for (size_t i = 0; i < text.size; i++) {
        if (text.bytes[i] == '\n') {
            put('\r');
        }
        put((uint8_t)text.bytes[i]);
    }
}

/* One after the other: the firmware's console may itself show on the serial port. */
void firmware_print(struct text text) {
    put_all(text, screen_put);
    put_all(text, serial_put);
}

void firmware_stop(void) {
    struct efi_key key;
    size_t index;
    firmware_print(text_of("Press a key to restart.\n"));
    do {
        efi_system->boot->wait_for_event(1, &efi_system->input->event, &index);
    } while (efi_system->input->read_key(efi_system->input, &key) != 0);
    efi_system->runtime->reset(EFI_RESET_COLD, 0, 0, nullptr);
    while (true) {
        __asm__ volatile("hlt");
    }
}

static uint8_t bcd(unsigned value) {
    return (uint8_t)(value / 10 % 10 << 4 | value % 10);
}

void firmware_date(uint8_t date[8], int16_t *timezone_minutes) {
    constexpr int16_t unspecified = 2047;
    struct efi_time time;
    memset(date, 0, 8);
    *timezone_minutes = 0;
    if (efi_system->runtime->get_time(&time, nullptr) != 0) {
        return;
    }
    const uint8_t told[8] = {
        bcd(time.year / 100), bcd(time.year % 100),
        bcd(time.month),      bcd(time.day),
        bcd(time.hour),       bcd(time.minute),
        bcd(time.second),     bcd(time.nanosecond / 10'000'000),
    };
    memcpy(date, told, sizeof told);
    *timezone_minutes = time.timezone == unspecified ? 0 : time.timezone;
}

static const void *table_find(const struct efi_guid *guid) {
    for (size_t i = 0; i < efi_system->table_count; i++) {
        if (memcmp(&efi_system->tables[i].guid, guid, sizeof *guid) == 0) {
            return efi_system->tables[i].table;
        }
    }
    return nullptr;
}

/* The RSDT or XSDT of the newer RSDP, else of the older. */
static uint64_t acpi_find(void) {
    static const struct efi_guid guids[] = {
        {0x8868'E871, 0xE4F1, 0x11D3, {0xBC, 0x22, 0x00, 0x80, 0xC7, 0x3C, 0x88, 0x81}},
        {0xEB9D'2D30, 0x2D88, 0x11D3, {0x9A, 0x16, 0x00, 0x90, 0x27, 0x3F, 0xC1, 0x4D}},
    };
    static const size_t sizes[] = {36, 20};
    for (size_t i = 0; i < 2; i++) {
        const void *pointer = table_find(&guids[i]);
        uint64_t root = pointer != nullptr ? tables_find_acpi(bytes_init(pointer, sizes[i])) : 0;
        if (root != 0) {
            return root;
        }
    }
    return 0;
}

void firmware_tables(uint64_t words[8]) {
    static const struct efi_guid smbios[] = {
        {0xEB9D'2D31, 0x2D88, 0x11D3, {0x9A, 0x16, 0x00, 0x90, 0x27, 0x3F, 0xC1, 0x4D}},
        {0xF2FD'1544, 0x9794, 0x4A2C, {0x99, 0x2E, 0xE5, 0xBB, 0xCF, 0x20, 0xE3, 0x94}},
    };
    static const struct efi_guid mp = {
        0xEB9D'2D2F, 0x2D88, 0x11D3, {0x9A, 0x16, 0x00, 0x90, 0x27, 0x3F, 0xC1, 0x4D}};
    struct bootinfo info = {};
    const void *entry = table_find(&smbios[0]);
    info.arch.x86_64.acpi = acpi_find();
    info.arch.x86_64.smbios = (uintptr_t)(entry != nullptr ? entry : table_find(&smbios[1]));
    info.arch.x86_64.efi = (uintptr_t)efi_system;
    info.arch.x86_64.mp = (uintptr_t)table_find(&mp);
    memcpy(words, info.arch.words, sizeof info.arch.words);
}

void firmware_cores(bool single, struct cores *out) {
    uint64_t words[8];
    firmware_tables(words);
    landing_count_cores(words, single, out);
}

void firmware_enter(const struct entry *entry) {
    landing_enter(entry);
}
