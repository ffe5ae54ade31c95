/* SPDX-License-Identifier: MIT */
/* BOOTX64.EFI: the first serial port, which few firmware consoles show on, and a PC's tables. */
#include "../efi.h"
#include <abi/bootinfo.h>
#include <boot/port.h>

constexpr uint16_t SERIAL = 0x3F8;
constexpr unsigned SERIAL_PATIENCE = 100'000; /* a port that is not there never gets empty */

/* 115200 8N1, no interrupts, FIFOs on. */
void machine_start(void) {
    static const uint8_t values[][2] = {{1, 0}, {3, 0x83}, {0, 1}, {1, 0}, {3, 3}, {2, 7}, {4, 3}};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        port_write_u8(SERIAL + values[i][0], values[i][1]);
    }
}

void machine_put(uint8_t byte) {
    for (unsigned i = 0; i < SERIAL_PATIENCE && (port_read_u8(SERIAL + 5) & 0x20) == 0; i++) {
    }
    port_write_u8(SERIAL, byte);
}

void machine_tables(struct bootinfo *info) {
    static const struct efi_guid smbios[] = {
        {0xEB9D'2D31, 0x2D88, 0x11D3, {0x9A, 0x16, 0x00, 0x90, 0x27, 0x3F, 0xC1, 0x4D}},
        {0xF2FD'1544, 0x9794, 0x4A2C, {0x99, 0x2E, 0xE5, 0xBB, 0xCF, 0x20, 0xE3, 0x94}},
    };
    static const struct efi_guid mp = {
        0xEB9D'2D2F, 0x2D88, 0x11D3, {0x9A, 0x16, 0x00, 0x90, 0x27, 0x3F, 0xC1, 0x4D}};
    const void *entry = efi_table_find(&smbios[0]);
    info->arch.x86_64.acpi = efi_acpi_find();
    info->arch.x86_64.smbios = (uintptr_t)(entry != nullptr ? entry : efi_table_find(&smbios[1]));
    info->arch.x86_64.efi = (uintptr_t)efi_system;
    info->arch.x86_64.mp = (uintptr_t)efi_table_find(&mp);
}
