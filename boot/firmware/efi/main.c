/* SPDX-License-Identifier: MIT */
/*
 * Where UEFI enters, and what it is asked for besides disks, memory and screen: console, clock,
 * tables, restart.
 */
#include "efi.h"
#include <boot/boot.h>
#include <boot/landing.h>
#include <boot/tables.h>

const uint8_t firmware_loader = BOOTINFO_LOADER_UEFI;

efi_handle efi_image;
struct efi_system *efi_system;

efi_status efi_main(efi_handle image, struct efi_system *system);

efi_status efi_main(efi_handle image, struct efi_system *system) {
    efi_image = image;
    efi_system = system;
    system->boot->set_watchdog(0, 0, 0, nullptr);
    machine_start();
    boot_run();
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
    put_all(text, machine_put);
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

const void *efi_table_find(const struct efi_guid *guid) {
    for (size_t i = 0; i < efi_system->table_count; i++) {
        if (memcmp(&efi_system->tables[i].guid, guid, sizeof *guid) == 0) {
            return efi_system->tables[i].table;
        }
    }
    return nullptr;
}

/* The RSDT or XSDT of the newer RSDP, else of the older. */
uint64_t efi_acpi_find(void) {
    static const struct efi_guid guids[] = {
        {0x8868'E871, 0xE4F1, 0x11D3, {0xBC, 0x22, 0x00, 0x80, 0xC7, 0x3C, 0x88, 0x81}},
        {0xEB9D'2D30, 0x2D88, 0x11D3, {0x9A, 0x16, 0x00, 0x90, 0x27, 0x3F, 0xC1, 0x4D}},
    };
    static const size_t sizes[] = {36, 20};
    for (size_t i = 0; i < 2; i++) {
        const void *pointer = efi_table_find(&guids[i]);
        uint64_t root = pointer != nullptr ? tables_find_acpi(bytes_init(pointer, sizes[i])) : 0;
        if (root != 0) {
            return root;
        }
    }
    return 0;
}

void firmware_tables(uint64_t words[8]) {
    struct bootinfo info = {};
    machine_tables(&info);
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
