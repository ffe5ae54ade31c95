/* SPDX-License-Identifier: MIT */
/* Where the initrd lies is the loader's word, so it is checked: all of it must be memory. */
#include "initrd.h"
#include <abi/bootinfo.h>
#include <base/archive.h>
#include <base/checked.h>
#include <kernel/memory.h>

bool initrd_map(struct bytes *out) {
    const struct bootinfo *info = (const struct bootinfo *)BOOTINFO_ADDRESS;
    const void *bytes = nullptr;
    if (info->initrd_size > 0 &&
        range_within(info->initrd_address, info->initrd_size, memory_layout()->direct_size)) {
        bytes = memory_map_physical(info->initrd_address, info->initrd_size, MMU_READ);
    }
    *out = bytes_init(bytes, bytes != nullptr ? info->initrd_size : 0);
    return bytes != nullptr;
}

bool initrd_file_find(struct bytes initrd, struct text path, struct bytes *out) {
    static struct archive archive; /* too large for a kernel stack */
    struct archive_entry file;
    archive_init(&archive, initrd.at, bytes_left(&initrd));
    if (archive_find(&archive, path, &file) != ARCHIVE_ENTRY) {
        return false;
    }
    *out = bytes_init(file.data, file.size);
    return true;
}
