/* SPDX-License-Identifier: MIT */
/*
 * BOOTAA64.EFI: the firmware's console is the serial port, and its tables are ACPI's, a device
 * tree, or both. Source: EBBR 2.1, 2.1.3 (device trees).
 */
#include "../efi.h"
#include <abi/bootinfo.h>

void machine_start(void) {
}

void machine_put(uint8_t byte) {
}

void machine_tables(struct bootinfo *info) {
    static const struct efi_guid tree = {
        0xB1B6'21D5, 0xF19C, 0x41A5, {0x83, 0x0B, 0xD9, 0x15, 0x2C, 0x69, 0xAA, 0xE0}};
    info->arch.aarch64.acpi = efi_acpi_find();
    info->arch.aarch64.tree = (uintptr_t)efi_table_find(&tree);
    info->arch.aarch64.efi = (uintptr_t)efi_system;
}
