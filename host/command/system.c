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
static const uint8_t loader[] = {
#embed LOADER_FILE
};
static const uint8_t efi[] = {
#embed EFI_FILE
};
static const uint8_t kernel[] = {
#embed KERNEL_FILE
};
static const uint8_t wasi_snapshot_preview1[] = {
#embed ADAPTER_FILE
};

const struct blob system_mbr = {mbr, sizeof(mbr)};
const struct blob system_loader = {loader, sizeof(loader)};
const struct blob system_efi = {efi, sizeof(efi)};

static const struct tar_file system_files[] = {
    {"sys/core", {kernel, sizeof(kernel)}},
    {"sys/wasi_snapshot_preview1.wasm", {wasi_snapshot_preview1, sizeof(wasi_snapshot_preview1)}},
};

bool system_initrd(const struct tar_file *files, size_t count, struct blob *out,
                   struct image_error *error) {
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
