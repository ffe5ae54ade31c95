/* SPDX-License-Identifier: MIT */
/*
 * Bootable disk images, made in memory and written to a file, and read from one.
 *
 *     sector 0       MBR: code of boot.bin, where the loader lies, hybrid partition table
 *     1 .. 33        GUID partition table (UEFI specification 2.10, chapter 5)
 *     64 .. 191      "loader": loader.bin
 *     2048 .. -34    "boot": FAT16 volume with BOOTBOOT/CONFIG and, for each CPU that the image is
 *                    for, the files of image_cpus[]
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

enum image_cpu : uint8_t { IMAGE_X86_64, IMAGE_AARCH64, IMAGE_RISCV64, IMAGE_CPUS };

/* What an image holds for a CPU. Each may be empty, and is then left out. */
struct image_part {
    struct blob initrd; /* an archive, gzipped or not; not looked at */
    struct blob efi;
    struct blob loader; /* x86_64: loader.bin, which must be there; aarch64: KERNEL8.IMG */
};

/* Where it lies on the boot partition. */
struct image_cpu_names {
    const char *cpu;
    const char *initrd, *efi;
    const char *loader; /* NULL: not there */
};
extern const struct image_cpu_names image_cpus[IMAGE_CPUS];

/* False: there is no CPU of that name. */
bool image_cpu_find(const char *name, size_t size, enum image_cpu *out);

struct image {
    struct blob mbr;    /* boot.bin: one sector */
    struct blob config; /* BOOTBOOT/CONFIG; less than 4096 bytes */
    struct image_part parts[IMAGE_CPUS];
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
