/* SPDX-License-Identifier: MIT */
/*
 * FAT16 and FAT32 volumes, read only, by 8.3 names.
 *
 * Source: Microsoft FAT specification 1.03 (fatgen103). Sectors of 512 bytes. FAT12 is refused.
 * What the volume says is not trusted: cluster chains are followed for at most as many clusters as
 * the file's size asks for, and directories for at most FAT_DIRECTORY_MAX entries.
 */
#pragma once
#include <base/string.h>
#include <boot/disk.h>

constexpr uint32_t FAT_WINDOW_SECTORS = 64;
constexpr uint32_t FAT_DIRECTORY_MAX = 65536;

struct fat {
    const struct disk *disk;
    uint64_t table_sector; /* absolute, like all sectors here */
    uint32_t table_sectors;
    uint64_t root_sector; /* FAT16: the root directory's fixed place */
    uint32_t root_sectors;
    uint32_t root_cluster; /* FAT32; 0 on FAT16 */
    uint64_t data_sector;
    uint32_t cluster_sectors;
    uint32_t cluster_count;
    uint32_t window_first; /* the part of the table that `window` holds, in its sectors */
    uint32_t window_count;
    uint8_t window[FAT_WINDOW_SECTORS * DISK_SECTOR_SIZE];
};

struct fat_file {
    bool exists;
    bool is_directory;
    uint32_t cluster;
    uint32_t size;
};

/* `fat` keeps `disk`, which must outlive it. */
[[nodiscard]] bool fat_open(struct fat *fat, const struct disk *disk,
                            const struct partition *partition, struct complaint *complaint);

/* Path: upper-case 8.3 names separated by '/'. False: the volume is damaged or cannot be read. A
 * file that is not there is no fault: out->exists says so. */
[[nodiscard]] bool fat_find(struct fat *fat, struct text path, struct fat_file *out,
                            struct complaint *complaint);

/* Reads the whole file; `to` has room for its size rounded up to sectors. `name` is for messages.
 */
[[nodiscard]] bool fat_read(struct fat *fat, const struct fat_file *file, const char *name,
                            void *to, struct complaint *complaint);
