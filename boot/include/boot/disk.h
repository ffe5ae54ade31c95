/* SPDX-License-Identifier: MIT */
/* A disk as the loader sees it: numbered sectors of DISK_SECTOR_SIZE bytes that can be read. */
#pragma once
#include <boot/complaint.h>
#include <stdint.h>

constexpr uint32_t DISK_SECTOR_SIZE = 512;

struct disk {
    char name[24];
    uint64_t sector_count; /* 0: the firmware does not say */
    /* Reads `count` sectors from `sector` on; false when the disk fails. */
    bool (*read)(void *context, uint64_t sector, uint32_t count, void *to);
    void *context;
};

/* A run of sectors of a disk. */
struct partition {
    uint64_t first;
    uint64_t count;
};

[[nodiscard]] bool disk_read(const struct disk *disk, uint64_t sector, uint32_t count, void *to,
                             struct complaint *complaint);
