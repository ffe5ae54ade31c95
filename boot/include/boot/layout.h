/* SPDX-License-Identifier: MIT */
/*
 * Where things are on a disk image. host/image makes images like this; the loader relies on the
 * first three lines of LAYOUT_* only (all else it reads from the partition table).
 *
 *     sector 0       MBR: boot.bin, [0x1B0] u32 first sector and [0x1B4] u16 sectors of the loader,
 *                    [0x1BE] entry 1: active, type 0x0E, the boot partition (for firmware that
 *                    knows only MBRs); entry 2: type 0xEE over sectors 1 to the boot partition
 *     1 .. 33        GUID partition table
 *     64 .. 191      "loader": BIOS boot partition, loader.bin
 *     2048 .. -34    "boot": EFI system partition, attribute bit 2, FAT16: BOOTBOOT/CONFIG; per CPU
 *                    BOOTBOOT/X86_64 (the initrd), EFI/BOOT/BOOTX64.EFI and the like; KERNEL8.IMG
 *     -33 .. -1      the table's copy
 *
 * The size is a power of two (SD cards of QEMU's want that).
 */
#pragma once
#include <stdint.h>

constexpr uint32_t LAYOUT_MBR_LOADER_SECTOR = 0x1B0; /* u32 in sector 0 */
constexpr uint32_t LAYOUT_MBR_LOADER_COUNT = 0x1B4;  /* u16 in sector 0 */
constexpr uint32_t LAYOUT_LOADER_SECTORS_MAX = 127;  /* what one BIOS call reads */

constexpr uint32_t LAYOUT_LOADER_FIRST = 64;
constexpr uint32_t LAYOUT_LOADER_LAST = 191;
constexpr uint32_t LAYOUT_BOOT_FIRST = 2048;
constexpr uint64_t LAYOUT_SIZE_MIN = UINT64_C(64) << 20;
