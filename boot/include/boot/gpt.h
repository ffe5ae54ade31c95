/* SPDX-License-Identifier: MIT */
/*
 * GUID partition tables: finding the partition to boot from.
 *
 * Source: UEFI specification 2.10, section 5.3 (layout, checksums, attribute bit 2 "legacy BIOS
 * bootable"); BOOTBOOT: the first partition with that bit, else the EFI system partition.
 */
#pragma once
#include <boot/disk.h>

/* Tries the table at the start, then its copy at the disk's last sector. */
[[nodiscard]] bool gpt_find_boot(const struct disk *disk, struct partition *out,
                                 struct complaint *complaint);
