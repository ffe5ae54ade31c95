/* SPDX-License-Identifier: MIT */
/* The table of machines. A CPU's first is what it is booted on when nobody says. */
#include "machine_kind.h"
#include <base/checked.h>
#include <base/format.h>
#include <string.h>

const char *const machine_via_names[MACHINE_VIAS] = {
    [MACHINE_VIA_KERNEL] = "kernel", [MACHINE_VIA_BIOS] = "bios", [MACHINE_VIA_UEFI] = "uefi"};

static const struct machine_kind kinds[] = {
    {.cpu = IMAGE_X86_64,
     .name = "pc",
     .program = "qemu-system-x86_64",
     .drive = "virtio",
     .uefi = "/usr/share/ovmf/OVMF.fd",
     .uefi_option = "-bios",
     .uefi_package = "ovmf",
     .bios = true,
     .two_lines = true},
    {.cpu = IMAGE_AARCH64,
     .name = "virt",
     .program = "qemu-system-aarch64",
     .cpu_model = "cortex-a53",
     .drive = "virtio",
     .screen = "ramfb",
     .uefi = "/usr/share/AAVMF/AAVMF_CODE.fd",
     .uefi_option = "-bios",
     .uefi_package = "qemu-efi-aarch64"},
    {.cpu = IMAGE_AARCH64,
     .name = "raspi3b",
     .program = "qemu-system-aarch64",
     .drive = "sd",
     .memory_mib = 1024,
     .two_lines = true},
    {.cpu = IMAGE_RISCV64,
     .name = "virt",
     .program = "qemu-system-riscv64",
     .drive = "virtio",
     .screen = "bochs-display",
     .uefi = "/usr/lib/u-boot/qemu-riscv64_smode/uboot.elf",
     .uefi_option = "-kernel",
     .uefi_package = "u-boot-qemu"},
};

const struct machine_kind *machine_kind_find(enum image_cpu cpu, const char *name) {
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (kinds[i].cpu == cpu && (name == nullptr || strcmp(kinds[i].name, name) == 0)) {
            return &kinds[i];
        }
    }
    return nullptr;
}

const char *machine_kind_list(enum image_cpu cpu) {
    static char text[64];
    size_t size = 0;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (kinds[i].cpu == cpu) {
            size += format_buffer(text + size, sizeof(text) - size, "%s%s", size > 0 ? ", " : "",
                                  kinds[i].name);
        }
    }
    return text;
}
