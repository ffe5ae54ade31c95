/* SPDX-License-Identifier: MIT */
/*
 * Bootable disk images, made in memory and written to a file, and read from one.
 *
 *     sector 0       MBR: code of boot.bin, where the loader lies, hybrid partition table
 *     1 .. 33        GUID partition table (UEFI specification 2.10, chapter 5)
 *     64 .. 191      "loader": loader.bin
 *     2048 .. -34    "boot": FAT16 volume with BOOTBOOT/CONFIG, BOOTBOOT/X86_64 (the initrd) and
 *                    EFI/BOOT/BOOTX64.EFI
 *     -33 .. -1      the table's copy
 *
 * doc/boot.md says why. What is not used stays a hole of the file. The same input makes the same
 * image.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Borrowed bytes. */
struct blob {
    const void *bytes;
    size_t size;
};

struct image {
    struct blob mbr;    /* boot.bin: one sector */
    struct blob loader; /* loader.bin */
    struct blob efi;    /* BOOTX64.EFI */
    struct blob config; /* BOOTBOOT/CONFIG; less than 4096 bytes */
    struct blob initrd; /* an archive, gzipped or not; not looked at */
};

struct image_error {
    char text[256];
};

/* Writes the image beside `path` and gives it that name when it is whole; replaces what is there.
 */
bool image_write(const struct image *image, const char *path, struct image_error *error);

/* Into an open, empty file. */
bool image_write_to(const struct image *image, int file, struct image_error *error);

/* The parts of an image that a file holds, whoever made it. They are malloc'ed one by one; after a
 * failure some of them may be, the others are NULL. */
bool image_read(int file, struct image *out, struct image_error *error);

/* Formats *error and returns false. */
[[gnu::format(printf, 2, 3)]] bool image_complain(struct image_error *error, const char *format,
                                                  ...);
