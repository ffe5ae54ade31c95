/* SPDX-License-Identifier: MIT */
/* Reads from a disk never go beyond its end, as far as the firmware says where that is. */
#include <base/checked.h>
#include <boot/disk.h>

bool disk_read(const struct disk *disk, uint64_t sector, uint32_t count, void *to,
               struct complaint *complaint) {
    if (disk->sector_count != 0 && !range_within(sector, count, disk->sector_count)) {
        return complain(complaint, "%s: sector %llu lies beyond its end (%llu sectors)", disk->name,
                        (unsigned long long)sector + count - 1,
                        (unsigned long long)disk->sector_count);
    }
    if (!disk->read(disk->context, sector, count, to)) {
        return complain(complaint, "%s: cannot read %u sectors at %llu", disk->name, count,
                        (unsigned long long)sector);
    }
    return true;
}
