/* SPDX-License-Identifier: MIT */
/*
 * GUID partition tables. A header or an entry array whose checksum is wrong is not looked at.
 *
 * The entry array is read a sector at a time, twice: once for its checksum, once to choose.
 */
#include <base/checked.h>
#include <base/crc32.h>
#include <base/string.h>
#include <boot/gpt.h>

struct header {
    char signature[8];
    uint32_t revision;
    uint32_t header_size;
    uint32_t header_crc;
    uint32_t reserved;
    uint64_t own_sector;
    uint64_t other_sector;
    uint64_t first_usable;
    uint64_t last_usable;
    uint8_t disk_guid[16];
    uint64_t entries_sector;
    uint32_t entry_count;
    uint32_t entry_size;
    uint32_t entries_crc;
    uint32_t padding;
};
static_assert(offsetof(struct header, entries_crc) == 88);

struct entry {
    uint8_t type[16];
    uint8_t guid[16];
    uint64_t first;
    uint64_t last;
    uint64_t attributes;
    uint16_t name[36];
};
static_assert(sizeof(struct entry) == 128);

constexpr uint32_t HEADER_SIZE_MIN = 92;
constexpr uint32_t ENTRIES_MAX = 1024;
constexpr uint64_t ATTRIBUTE_BOOT = UINT64_C(1) << 2;
/* C12A7328-F81F-11D2-BA4B-00A0C93EC93B */
static const uint8_t system_partition[16] = {0x28, 0x73, 0x2A, 0xC1, 0x1F, 0xF8, 0xD2, 0x11,
                                             0xBA, 0x4B, 0x00, 0xA0, 0xC9, 0x3E, 0xC9, 0x3B};

static bool header_crc_right(const uint8_t *sector, const struct header *header) {
    static const uint8_t zero[4] = {};
    constexpr size_t at = offsetof(struct header, header_crc);
    uint32_t crc = crc32_add(0, sector, at);
    crc = crc32_add(crc, zero, sizeof zero);
    crc = crc32_add(crc, sector + at + 4, header->header_size - at - 4);
    return crc == header->header_crc;
}

static bool header_read(const struct disk *disk, uint64_t at, struct header *out,
                        struct complaint *complaint) {
    uint8_t sector[DISK_SECTOR_SIZE];
    if (!disk_read(disk, at, 1, sector, complaint)) {
        return false;
    }
    memcpy(out, sector, sizeof *out);
    if (memcmp(out->signature, "EFI PART", 8) != 0) {
        return complain(complaint, "%s: no GUID partition table at sector %llu", disk->name,
                        (unsigned long long)at);
    }
    if (out->header_size < HEADER_SIZE_MIN || out->header_size > sizeof sector ||
        out->own_sector != at || !header_crc_right(sector, out)) {
        return complain(complaint, "%s: damaged partition table header at sector %llu", disk->name,
                        (unsigned long long)at);
    }
    if (out->entry_size != sizeof(struct entry) || out->entry_count > ENTRIES_MAX) {
        return complain(complaint, "%s: partition table with %u entries of %u bytes", disk->name,
                        out->entry_count, out->entry_size);
    }
    return true;
}

constexpr uint32_t SECTOR_ENTRIES = DISK_SECTOR_SIZE / sizeof(struct entry);

static bool entries_check(const struct disk *disk, const struct header *header,
                          struct complaint *complaint) {
    uint8_t sector[DISK_SECTOR_SIZE];
    uint32_t crc = 0;
    uint32_t left = header->entry_count * (uint32_t)sizeof(struct entry);
    for (uint64_t at = header->entries_sector; left > 0; at++) {
        if (!disk_read(disk, at, 1, sector, complaint)) {
            return false;
        }
        uint32_t size = left < sizeof sector ? left : (uint32_t)sizeof sector;
        crc = crc32_add(crc, sector, size);
        left -= size;
    }
    if (crc != header->entries_crc) {
        return complain(complaint, "%s: damaged partition table entries at sector %llu", disk->name,
                        (unsigned long long)header->entries_sector);
    }
    return true;
}

/* How well an entry fits: 2 is marked as bootable, 1 is the system partition, 0 neither. */
static unsigned entry_rank(const struct entry *entry) {
    static const uint8_t unused[16] = {};
    if (memcmp(entry->type, unused, sizeof unused) == 0) {
        return 0;
    }
    if ((entry->attributes & ATTRIBUTE_BOOT) != 0) {
        return 2;
    }
    return memcmp(entry->type, system_partition, sizeof system_partition) == 0 ? 1 : 0;
}

static bool entry_choose(const struct disk *disk, const struct header *header, struct entry *best,
                         struct complaint *complaint) {
    struct entry entries[SECTOR_ENTRIES];
    unsigned best_rank = 0;
    for (uint32_t i = 0; i < header->entry_count; i++) {
        uint32_t within = i % SECTOR_ENTRIES;
        if (within == 0 &&
            !disk_read(disk, header->entries_sector + i / SECTOR_ENTRIES, 1, entries, complaint)) {
            return false;
        }
        unsigned rank = entry_rank(&entries[within]);
        if (rank > best_rank) {
            best_rank = rank;
            *best = entries[within];
        }
    }
    return best_rank > 0 || complain(complaint,
                                     "%s: no boot partition (none has attribute bit 2 or is an "
                                     "EFI system partition)",
                                     disk->name);
}

static bool table_find(const struct disk *disk, uint64_t at, struct partition *out,
                       struct complaint *complaint) {
    struct header header;
    struct entry entry = {};
    if (!header_read(disk, at, &header, complaint) || !entries_check(disk, &header, complaint) ||
        !entry_choose(disk, &header, &entry, complaint)) {
        return false;
    }
    uint64_t end = disk->sector_count != 0 ? disk->sector_count : UINT64_MAX;
    if (entry.first == 0 || entry.first > entry.last || entry.last >= end) {
        return complain(complaint, "%s: the boot partition (sectors %llu to %llu) is not on it",
                        disk->name, (unsigned long long)entry.first,
                        (unsigned long long)entry.last);
    }
    *out = (struct partition){entry.first, entry.last - entry.first + 1};
    return true;
}

bool gpt_find_boot(const struct disk *disk, struct partition *out, struct complaint *complaint) {
    if (table_find(disk, 1, out, complaint)) {
        return true;
    }
    struct complaint second;
    return disk->sector_count > 2 && table_find(disk, disk->sector_count - 1, out, &second);
}
