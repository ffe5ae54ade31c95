/* SPDX-License-Identifier: MIT */
/* The files of the system, embedded. Their names are given by the build. */
#include "system.h"
#include "command.h"
#include <base/checked.h>
#include <kernel/program.h>
#include <stdlib.h>

static const uint8_t mbr[] = {
#embed MBR_FILE
};
static const uint8_t kernel_x86_64[] = {
#embed KERNEL_x86_64_FILE suffix(, )
    0};
static const uint8_t loader_x86_64[] = {
#embed LOADER_x86_64_FILE suffix(, )
    0};
static const uint8_t efi_x86_64[] = {
#embed EFI_x86_64_FILE suffix(, )
    0};
static const uint8_t kernel_aarch64[] = {
#embed KERNEL_aarch64_FILE suffix(, )
    0};
static const uint8_t loader_aarch64[] = {
#embed LOADER_aarch64_FILE suffix(, )
    0};
static const uint8_t efi_aarch64[] = {
#embed EFI_aarch64_FILE suffix(, )
    0};
static const uint8_t kernel_riscv64[] = {
#embed KERNEL_riscv64_FILE suffix(, )
    0};
static const uint8_t loader_riscv64[] = {
#embed LOADER_riscv64_FILE suffix(, )
    0};
static const uint8_t efi_riscv64[] = {
#embed EFI_riscv64_FILE suffix(, )
    0};
static const uint8_t wasi_snapshot_preview1[] = {
#embed ADAPTER_FILE
};

const struct blob system_mbr = {mbr, sizeof(mbr)};

/* Each file is followed by a zero, so that one that was not built is no empty array. */
#define EMBEDDED(name) {name, sizeof(name) - 1}

static const struct system_part {
    struct blob kernel, loader, efi;
} system_parts[IMAGE_CPUS] = {
    [IMAGE_X86_64] = {EMBEDDED(kernel_x86_64), EMBEDDED(loader_x86_64), EMBEDDED(efi_x86_64)},
    [IMAGE_AARCH64] = {EMBEDDED(kernel_aarch64), EMBEDDED(loader_aarch64), EMBEDDED(efi_aarch64)},
    [IMAGE_RISCV64] = {EMBEDDED(kernel_riscv64), EMBEDDED(loader_riscv64), EMBEDDED(efi_riscv64)},
};

struct image_part system_part(enum image_cpu cpu) {
    const struct system_part *part = &system_parts[cpu];
    return (struct image_part){.efi = part->efi, .loader = part->loader};
}

bool system_has(enum image_cpu cpu) {
    return system_parts[cpu].kernel.size > 0;
}

bool system_initrd(enum image_cpu cpu, const struct tar_file *files, size_t count, struct blob *out,
                   struct image_error *error) {
    const struct tar_file system_files[] = {
        {"sys/core", system_parts[cpu].kernel},
        {"sys/wasi_snapshot_preview1.wasm",
         {wasi_snapshot_preview1, sizeof(wasi_snapshot_preview1)}},
    };
    struct blob system;
    if (!tar_create((struct blob){"", 0}, system_files, COUNT_OF(system_files), &system, error)) {
        return false;
    }
    bool good = tar_create(system, files, count, out, error);
    free((void *)system.bytes);
    return good;
}

static const struct program_adapter adapter_table[] = {
    {"wasi_snapshot_preview1", wasi_snapshot_preview1, sizeof(wasi_snapshot_preview1)},
};
const struct program_adapter *const adapters = adapter_table;
const size_t adapter_count = COUNT_OF(adapter_table);
