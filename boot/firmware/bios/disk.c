/* SPDX-License-Identifier: MIT */
/*
 * Disks by int 13h. The BIOS reads into the bounce buffer below 1 MiB, from where we copy; one call
 * reads at most 127 sectors.
 *
 * Source: "BIOS Enhanced Disk Drive Specification" 3.0: functions 41h, 42h, 48h.
 */
#include "bios.h"
#include <base/format.h>
#include <boot/firmware.h>

constexpr uint8_t FIRST_DRIVE = 0x80, LAST_DRIVE = 0x8F;
constexpr uint32_t SECTORS_MAX = 127;
constexpr unsigned TRIES = 4;

struct [[gnu::packed]] packet {
    uint8_t size, zero;
    uint16_t count;
    uint16_t offset, segment;
    uint64_t sector;
};
static_assert(sizeof(struct packet) == 16);

struct [[gnu::packed]] parameters {
    uint16_t size, flags;
    uint32_t cylinders, heads, track_sectors;
    uint64_t sectors;
    uint16_t sector_size;
};
static_assert(sizeof(struct parameters) == 26);

static struct packet packet;
static struct parameters parameters;

static bool call(uint8_t function, uint8_t drive, const void *operand) {
    struct bios_registers registers = {
        .eax = (uint32_t)function << 8,
        .ebx = 0x55AA,
        .edx = drive,
        .esi = bios_offset(operand),
        .ds = bios_segment(operand),
    };
    bios_call(0x13, &registers);
    bool present = function != 0x41 || (registers.ebx & 0xFFFF) == 0xAA55;
    return (registers.flags & BIOS_CARRY) == 0 && present;
}

static bool read_chunk(uint8_t drive, uint64_t sector, uint32_t count, void *to) {
    for (unsigned i = 0; i < TRIES; i++) {
        packet = (struct packet){sizeof packet, 0, (uint16_t)count, 0, BIOS_BOUNCE >> 4, sector};
        if (call(0x42, drive, &packet)) {
            memcpy(to, (const void *)BIOS_BOUNCE, (size_t)count * DISK_SECTOR_SIZE);
            return true;
        }
        (void)call(0x00, drive, &packet);
    }
    return false;
}

/* The context is the drive's number. */
static bool read(void *context, uint64_t sector, uint32_t count, void *to) {
    uint8_t drive = (uint8_t)(uintptr_t)context;
    uint8_t *out = to;
    while (count > 0) {
        uint32_t chunk = count < SECTORS_MAX ? count : SECTORS_MAX;
        if (!read_chunk(drive, sector, chunk, out)) {
            return false;
        }
        out += (size_t)chunk * DISK_SECTOR_SIZE;
        sector += chunk;
        count -= chunk;
    }
    return true;
}

/* Is this a disk that can be read by sector number and has sectors of 512 bytes? */
static bool drive_try(uint8_t drive, struct disk *out) {
    if (!call(0x41, drive, &packet)) {
        return false;
    }
    parameters = (struct parameters){.size = sizeof parameters};
    bool told = call(0x48, drive, &parameters);
    if (told && parameters.sector_size != DISK_SECTOR_SIZE) {
        return false;
    }
    *out = (struct disk){
        .sector_count = told ? parameters.sectors : 0,
        .read = read,
        .context = (void *)(uintptr_t)drive,
    };
    format_buffer(out->name, sizeof out->name, "disk 0x%x", drive);
    return true;
}

/* The drive that boot.bin came from first, then all in the BIOS's order. */
bool firmware_disk(size_t index, struct disk *out) {
    size_t at = 0;
    if (bios_drive != 0xFF && drive_try(bios_drive, out) && at++ == index) {
        return true;
    }
    for (unsigned drive = FIRST_DRIVE; drive <= LAST_DRIVE; drive++) {
        if (drive != bios_drive && drive_try((uint8_t)drive, out) && at++ == index) {
            return true;
        }
    }
    return false;
}
