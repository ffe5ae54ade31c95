/* SPDX-License-Identifier: MIT */
/*
 * Disks by UEFI's block I/O protocol: whole disks only, their partitions we find ourselves. A
 * buffer that the device does not like the address of is read by way of another.
 */
#include "efi.h"
#include <base/format.h>
#include <boot/firmware.h>

static const struct efi_guid block_guid = {
    0x964E'5B21, 0x6459, 0x11D2, {0x8E, 0x39, 0x00, 0xA0, 0xC9, 0x69, 0x72, 0x3B}};

constexpr uint32_t CHUNK_SECTORS = 128, DIRECT_SECTORS = 8192;
static uint64_t bounce;

static bool read_blocks(struct efi_block *block, uint64_t sector, uint32_t count, void *to) {
    return block->read(block, block->media->id, sector, (size_t)count * DISK_SECTOR_SIZE, to) == 0;
}

static bool read_bounced(struct efi_block *block, uint64_t sector, uint32_t count, void *to) {
    if (bounce == 0 && !firmware_allocate(CHUNK_SECTORS * DISK_SECTOR_SIZE, &bounce)) {
        return false;
    }
    void *through = (void *)(uintptr_t)bounce;
    bool good = read_blocks(block, sector, count, through);
    if (good) {
        memcpy(to, through, (size_t)count * DISK_SECTOR_SIZE);
    }
    return good;
}

static bool read(void *context, uint64_t sector, uint32_t count, void *to) {
    struct efi_block *block = context;
    uint8_t *out = to;
    uint32_t alignment = block->media->alignment;
    bool direct = alignment <= 1 || (uintptr_t)to % alignment == 0;
    while (count > 0) {
        uint32_t most = direct ? DIRECT_SECTORS : CHUNK_SECTORS;
        uint32_t chunk = count < most ? count : most;
        if (!(direct ? read_blocks : read_bounced)(block, sector, chunk, out)) {
            return false;
        }
        out += (size_t)chunk * DISK_SECTOR_SIZE;
        sector += chunk;
        count -= chunk;
    }
    return true;
}

/* The block device behind a handle, when it is a whole disk with sectors of 512 bytes. */
static struct efi_block *disk_open(efi_handle handle) {
    void *block;
    if (efi_system->boot->handle_protocol(handle, &block_guid, &block) != 0) {
        return nullptr;
    }
    const struct efi_media *media = ((struct efi_block *)block)->media;
    bool usable =
        media->present && !media->logical_partition && media->block_size == DISK_SECTOR_SIZE;
    return usable ? block : nullptr;
}

bool firmware_disk(size_t index, struct disk *out) {
    static efi_handle *handles;
    static size_t count;
    if (handles == nullptr && efi_system->boot->locate_handles(EFI_SEARCH_PROTOCOL, &block_guid,
                                                               nullptr, &count, &handles) != 0) {
        return false;
    }
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        struct efi_block *block = disk_open(handles[i]);
        if (block != nullptr && at++ == index) {
            *out = (struct disk){
                .sector_count = block->media->last_block + 1,
                .read = read,
                .context = block,
            };
            format_buffer(out->name, sizeof out->name, "disk %zu", index);
            return true;
        }
    }
    return false;
}
