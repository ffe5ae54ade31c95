/* SPDX-License-Identifier: MIT */
/* Puts an image together: MBR, GUID partition table, loader, boot partition. */
#include "image.h"
#include "fat.h"
#include <base/checked.h>
#include <base/crc32.h>
#include <base/format.h>
#include <boot/layout.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

constexpr uint64_t SIZE_MAX_BYTES = UINT64_C(2) << 30; /* what FAT16 can fill */
constexpr uint32_t CONFIG_MAX = 4095;

constexpr uint32_t MBR_CODE = 440;
constexpr uint32_t MBR_SIGNATURE = 440;
constexpr uint32_t MBR_PARTITIONS = 446;

constexpr uint32_t TABLE_ENTRIES = 128;
constexpr uint32_t TABLE_ENTRY_SIZE = 128;
constexpr uint32_t TABLE_SECTORS = TABLE_ENTRIES * TABLE_ENTRY_SIZE / SECTOR;

const struct image_cpu_names image_cpus[IMAGE_CPUS] = {
    [IMAGE_X86_64] = {"x86_64", "BOOTBOOT/X86_64", "EFI/BOOT/BOOTX64.EFI", nullptr},
    [IMAGE_AARCH64] = {"aarch64", "BOOTBOOT/AARCH64", "EFI/BOOT/BOOTAA64.EFI", "KERNEL8.IMG"},
    [IMAGE_RISCV64] = {"riscv64", "BOOTBOOT/RISCV64", "EFI/BOOT/BOOTRISCV64.EFI", nullptr},
};

bool image_cpu_find(const char *name, size_t size, enum image_cpu *out) {
    for (size_t i = 0; i < IMAGE_CPUS; i++) {
        if (strlen(image_cpus[i].cpu) == size && memcmp(image_cpus[i].cpu, name, size) == 0) {
            *out = (enum image_cpu)i;
            return true;
        }
    }
    return false;
}

bool image_complain(struct image_error *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return false;
}

struct guid {
    uint8_t bytes[16]; /* as on the disk */
};

/* C12A7328-F81F-11D2-BA4B-00A0C93EC93B: EFI system partition */
static const struct guid type_boot = {{0x28, 0x73, 0x2A, 0xC1, 0x1F, 0xF8, 0xD2, 0x11, 0xBA, 0x4B,
                                       0x00, 0xA0, 0xC9, 0x3E, 0xC9, 0x3B}};
/* 21686148-6449-6E6F-744E-656564454649: BIOS boot partition */
static const struct guid type_loader = {{0x48, 0x61, 0x68, 0x21, 0x49, 0x64, 0x6F, 0x6E, 0x74, 0x4E,
                                         0x65, 0x65, 0x64, 0x45, 0x46, 0x49}};

struct builder {
    const struct image *image;
    int file;
    uint64_t sectors;
    uint64_t seed; /* of what the image holds: makes its GUIDs */
    struct image_error *error;
};

static uint64_t hash(uint64_t seed, struct blob blob) {
    const uint8_t *bytes = blob.bytes;
    for (size_t i = 0; i < blob.size; i++) {
        seed = (seed ^ bytes[i]) * UINT64_C(0x100000001B3); /* FNV-1a */
    }
    return seed;
}

/* Like a random GUID (version 4), but the same for the same image. */
static struct guid make_guid(const struct builder *builder, uint8_t number) {
    struct guid guid;
    uint64_t low = hash(builder->seed, (struct blob){&number, 1});
    uint64_t high = hash(low, (struct blob){&low, sizeof(low)});
    memcpy(guid.bytes, &low, 8);
    memcpy(guid.bytes + 8, &high, 8);
    guid.bytes[7] = (uint8_t)((guid.bytes[7] & 0x0F) | 0x40);
    guid.bytes[8] = (uint8_t)((guid.bytes[8] & 0x3F) | 0x80);
    return guid;
}

static void put_number(uint8_t *to, uint64_t value, size_t size) {
    for (size_t i = 0; i < size; i++, value >>= 8) {
        to[i] = (uint8_t)value;
    }
}

bool image_put(int file, uint64_t sector, const void *bytes, size_t size,
               struct image_error *error) {
    const uint8_t *from = bytes;
    off_t at = (off_t)(sector * SECTOR);
    while (size > 0) {
        ssize_t done = pwrite(file, from, size, at);
        if (done < 0 && errno != EINTR) {
            return image_complain(error, "cannot write the image: %s", strerror(errno));
        }
        if (done > 0) {
            from += done;
            at += done;
            size -= (size_t)done;
        }
    }
    return true;
}

static bool put(const struct builder *builder, uint64_t sector, const void *bytes, size_t size) {
    return image_put(builder->file, sector, bytes, size, builder->error);
}

/* ---- master boot record ---- */

static void put_mbr_partition(uint8_t *mbr, uint32_t index, uint8_t status, uint8_t type,
                              uint64_t first, uint64_t count) {
    uint8_t *to = mbr + MBR_PARTITIONS + 16 * index;
    to[0] = status;
    memset(to + 1, 0xFF, 7); /* beyond what cylinders, heads and sectors can say */
    to[4] = type;
    put_number(to + 8, first, 4);
    put_number(to + 12, count, 4);
}

static bool put_mbr(const struct builder *builder) {
    const struct image *image = builder->image;
    uint8_t mbr[SECTOR] = {0};
    uint32_t count = (uint32_t)((image->parts[IMAGE_X86_64].loader.size + SECTOR - 1) / SECTOR);
    memcpy(mbr, image->mbr.bytes, MBR_CODE);
    struct guid guid = make_guid(builder, 0);
    memcpy(mbr + MBR_SIGNATURE, &guid, 4);
    put_number(mbr + LAYOUT_MBR_LOADER_SECTOR, LAYOUT_LOADER_FIRST, 4);
    put_number(mbr + LAYOUT_MBR_LOADER_COUNT, count, 2);
    put_mbr_partition(mbr, 0, 0x80, 0x0E, LAYOUT_BOOT_FIRST,
                      builder->sectors - LAYOUT_BOOT_FIRST - 33);
    put_mbr_partition(mbr, 1, 0, 0xEE, 1, LAYOUT_BOOT_FIRST - 1);
    put_number(mbr + 510, 0xAA55, 2);
    return put(builder, 0, mbr, sizeof(mbr));
}

/* ---- GUID partition table ---- */

static void put_partition(const struct builder *builder, uint8_t *table, uint8_t index,
                          const struct guid *type, uint64_t first, uint64_t last,
                          uint64_t attributes, const char *name) {
    uint8_t *to = table + index * TABLE_ENTRY_SIZE;
    struct guid guid = make_guid(builder, (uint8_t)(index + 1));
    memcpy(to, type, sizeof(*type));
    memcpy(to + 16, &guid, sizeof(guid));
    put_number(to + 32, first, 8);
    put_number(to + 40, last, 8);
    put_number(to + 48, attributes, 8);
    for (size_t i = 0; name[i] != 0; i++) {
        put_number(to + 56 + 2 * i, (uint8_t)name[i], 2);
    }
}

static bool put_table_header(const struct builder *builder, const uint8_t *table, uint64_t here,
                             uint64_t other, uint64_t entries) {
    uint8_t header[SECTOR] = {0};
    struct guid guid = make_guid(builder, 0);
    put_number(header, UINT64_C(0x5452415020494645), 8); /* "EFI PART" */
    put_number(header + 8, 0x10000, 4);                  /* revision */
    put_number(header + 12, 92, 4);                      /* size of the header */
    put_number(header + 24, here, 8);
    put_number(header + 32, other, 8);
    put_number(header + 40, 2 + TABLE_SECTORS, 8);
    put_number(header + 48, builder->sectors - 2 - TABLE_SECTORS, 8);
    memcpy(header + 56, &guid, sizeof(guid));
    put_number(header + 72, entries, 8);
    put_number(header + 80, TABLE_ENTRIES, 4);
    put_number(header + 84, TABLE_ENTRY_SIZE, 4);
    put_number(header + 88, crc32_add(0, table, TABLE_ENTRIES * TABLE_ENTRY_SIZE), 4);
    put_number(header + 16, crc32_add(0, header, 92), 4);
    return put(builder, here, header, sizeof(header));
}

static bool put_table(const struct builder *builder) {
    uint8_t table[TABLE_ENTRIES * TABLE_ENTRY_SIZE] = {0};
    uint64_t last = builder->sectors - 1;
    put_partition(builder, table, 0, &type_boot, LAYOUT_BOOT_FIRST, builder->sectors - 34, 1 << 2,
                  "boot");
    put_partition(builder, table, 1, &type_loader, LAYOUT_LOADER_FIRST, LAYOUT_LOADER_LAST, 0,
                  "loader");
    return put(builder, 2, table, sizeof(table)) &&
           put(builder, last - TABLE_SECTORS, table, sizeof(table)) &&
           put_table_header(builder, table, 1, last, 2) &&
           put_table_header(builder, table, last, 1, last - TABLE_SECTORS);
}

/* ---- the whole ---- */

static bool check(const struct image *image, struct image_error *error) {
    if (image->mbr.size != SECTOR) {
        return image_complain(error, "boot.bin must have %u bytes", SECTOR);
    }
    size_t loader = image->parts[IMAGE_X86_64].loader.size;
    if (loader == 0 || loader > LAYOUT_LOADER_SECTORS_MAX * SECTOR) {
        return image_complain(error, "loader.bin must have 1 to %u bytes",
                              LAYOUT_LOADER_SECTORS_MAX * SECTOR);
    }
    if (image->config.size > CONFIG_MAX) {
        return image_complain(error, "CONFIG has %zu bytes; loaders take at most %u",
                              image->config.size, CONFIG_MAX);
    }
    return true;
}

/* A power of two, as some card readers want. */
static bool choose_size(struct builder *builder, uint64_t content) {
    uint64_t need = (LAYOUT_BOOT_FIRST + 33 + fat_sectors_for(content)) * SECTOR;
    uint64_t size = LAYOUT_SIZE_MIN;
    while (size < need) {
        size *= 2;
    }
    builder->sectors = size / SECTOR;
    if (size > SIZE_MAX_BYTES) {
        return image_complain(builder->error, "an image of %llu MiB is too big",
                              (unsigned long long)size >> 20);
    }
    return ftruncate(builder->file, (off_t)size) == 0 ||
           image_complain(builder->error, "cannot write the image: %s", strerror(errno));
}

static void add_file(struct fat_file *files, size_t *count, const char *path, struct blob content) {
    if (path != nullptr && content.size > 0) {
        files[(*count)++] = (struct fat_file){path, content};
    }
}

static bool put_boot_partition(const struct builder *builder) {
    struct fat_file files[1 + 3 * IMAGE_CPUS] = {{"BOOTBOOT/CONFIG", builder->image->config}};
    size_t count = 1;
    for (size_t i = 0; i < IMAGE_CPUS; i++) {
        const struct image_part *part = &builder->image->parts[i];
        const struct image_cpu_names *names = &image_cpus[i];
        add_file(files, &count, names->initrd, part->initrd);
        add_file(files, &count, names->efi, part->efi);
        add_file(files, &count, names->loader, part->loader);
    }
    return fat_write(builder->file, LAYOUT_BOOT_FIRST, builder->sectors - LAYOUT_BOOT_FIRST - 33,
                     files, count, builder->error);
}

static uint64_t content_size(const struct image *image) {
    uint64_t size = image->config.size;
    for (size_t i = 0; i < IMAGE_CPUS; i++) {
        const struct image_part *part = &image->parts[i];
        size += part->initrd.size + part->efi.size + part->loader.size;
    }
    return size;
}

static uint64_t seed_of(const struct image *image) {
    uint64_t seed = hash(UINT64_C(0xCBF29CE484222325), image->config);
    for (size_t i = 0; i < IMAGE_CPUS; i++) {
        seed = hash(seed, image->parts[i].initrd);
    }
    return seed;
}

bool image_write_to(const struct image *image, int file, struct image_error *error) {
    struct builder builder = {.image = image, .file = file, .error = error};
    const struct blob *loader = &image->parts[IMAGE_X86_64].loader;
    if (!check(image, error) || !choose_size(&builder, content_size(image))) {
        return false;
    }
    builder.seed = seed_of(image);
    return put_mbr(&builder) && put(&builder, LAYOUT_LOADER_FIRST, loader->bytes, loader->size) &&
           put_table(&builder) && put_boot_partition(&builder);
}

bool image_write(const struct image *image, const char *path, struct image_error *error) {
    char name[4096];
    size_t size = format_buffer(name, sizeof(name), "%s.XXXXXX", path);
    int file = size < sizeof(name) ? mkostemp(name, O_CLOEXEC) : -1;
    if (file < 0) {
        return image_complain(error, "cannot make a file beside %s: %s", path, strerror(errno));
    }
    bool good = image_write_to(image, file, error);
    mode_t mask = umask(0);
    umask(mask);
    if (good && (fchmod(file, 0666 & ~mask) != 0 || rename(name, path) != 0)) {
        good = image_complain(error, "cannot write %s: %s", path, strerror(errno));
    }
    if (!good) {
        unlink(name);
    }
    close(file);
    return good;
}
