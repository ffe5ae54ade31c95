/* SPDX-License-Identifier: MIT */
/*
 * BOOTRISCV64.EFI: the device tree is one of the firmware's tables; which hart this is only the
 * firmware knows (by a protocol of its own, or in the tree). Its console is the serial port.
 *
 * Sources: RISC-V UEFI Protocol 1.0, "RISCV_EFI_BOOT_PROTOCOL"; EBBR 2.1, 2.1.3 (device trees);
 * Linux, Documentation/riscv/boot.rst (boot-hartid).
 */
#include "../efi.h"
#include <abi/bootinfo.h>
#include <tree/device_tree.h>

struct hart_protocol {
    uint64_t revision;
    efi_status (*hart_get)(struct hart_protocol *self, size_t *out);
};

void machine_start(void) {
}

void machine_put(uint8_t byte) {
}

static const void *tree_find(void) {
    static const struct efi_guid guid = {
        0xB1B6'21D5, 0xF19C, 0x41A5, {0x83, 0x0B, 0xD9, 0x15, 0x2C, 0x69, 0xAA, 0xE0}};
    return efi_table_find(&guid);
}

static uint64_t hart_of_tree(const void *blob) {
    struct device_tree tree;
    uint64_t hart = 0;
    if (blob != nullptr && device_tree_init(&tree, blob, device_tree_measure(blob))) {
        (void)device_tree_number(&tree, device_tree_find_path(&tree, text_of("/chosen")),
                                 "boot-hartid", &hart);
    }
    return hart;
}

static uint64_t hart_find(const void *blob) {
    static const struct efi_guid guid = {
        0xCCD1'5FEC, 0x6F73, 0x4EEC, {0x83, 0x95, 0x3E, 0x69, 0xE4, 0xB9, 0x40, 0xBF}};
    void *found;
    size_t hart;
    if (efi_system->boot->locate_protocol(&guid, nullptr, &found) != 0) {
        return hart_of_tree(blob);
    }
    struct hart_protocol *protocol = found;
    return protocol->hart_get(protocol, &hart) == 0 ? hart : hart_of_tree(blob);
}

void machine_tables(struct bootinfo *info) {
    const void *blob = tree_find();
    info->arch.riscv64.acpi = efi_acpi_find();
    info->arch.riscv64.tree = (uintptr_t)blob;
    info->arch.riscv64.efi = (uintptr_t)efi_system;
    info->arch.riscv64.boot_hart = hart_find(blob);
}
