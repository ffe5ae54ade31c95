/* SPDX-License-Identifier: MIT */
/*
 * Reads the parts of an image back, by the loader's own readers: an image that boots can be read,
 * and of one that does not it is told why. The file is not trusted: no part is larger than it.
 */
#include "image.h"
#include <boot/fat.h>
#include <boot/gpt.h>
#include <boot/layout.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct reader {
    int file;
    struct disk disk;
    struct fat fat;
    struct complaint complaint;
};

static bool read_sectors(void *context, uint64_t sector, uint32_t count, void *to) {
    const struct reader *reader = context;
    size_t size = (size_t)count * DISK_SECTOR_SIZE;
    return pread(reader->file, to, size, (off_t)(sector * DISK_SECTOR_SIZE)) == (ssize_t)size;
}

/* Memory for so many bytes, in whole sectors; at least one. */
static uint8_t *allocate(struct reader *reader, uint64_t size, const char *what) {
    uint64_t sectors = (size + DISK_SECTOR_SIZE - 1) / DISK_SECTOR_SIZE;
    uint8_t *memory = nullptr;
    if (sectors > reader->disk.sector_count) {
        complain(&reader->complaint, "%s is larger than the disk", what);
    } else if ((memory = calloc(sectors + 1, DISK_SECTOR_SIZE)) == nullptr) {
        complain(&reader->complaint, "no memory for %s", what);
    }
    return memory;
}

static bool read_run(struct reader *reader, uint64_t first, uint32_t count, const char *what,
                     struct blob *out) {
    size_t size = (size_t)count * DISK_SECTOR_SIZE;
    uint8_t *bytes = allocate(reader, size, what);
    *out = (struct blob){bytes, size};
    return bytes != nullptr && disk_read(&reader->disk, first, count, bytes, &reader->complaint);
}

/* Sector 0, and the loader where it says. */
static bool read_loader(struct reader *reader, struct image *out) {
    uint32_t first;
    uint16_t count;
    if (!read_run(reader, 0, 1, "the MBR", &out->mbr)) {
        return false;
    }
    memcpy(&first, (const uint8_t *)out->mbr.bytes + LAYOUT_MBR_LOADER_SECTOR, sizeof(first));
    memcpy(&count, (const uint8_t *)out->mbr.bytes + LAYOUT_MBR_LOADER_COUNT, sizeof(count));
    return read_run(reader, first, count, "the loader", &out->parts[IMAGE_X86_64].loader);
}

/* A file of the boot partition; NULL and no complaint when it is not there. */
static bool read_file(struct reader *reader, const char *path, struct blob *out) {
    struct fat_file file;
    if (!fat_find(&reader->fat, text_of(path), &file, &reader->complaint)) {
        return false;
    }
    if (!file.exists) {
        return true;
    }
    uint8_t *bytes = allocate(reader, file.size, path);
    *out = (struct blob){bytes, file.size};
    return bytes != nullptr && fat_read(&reader->fat, &file, path, bytes, &reader->complaint);
}

/* What the readers find a file by: "BOOTRISCV64.EFI" has a short name, too. */
static void shorten(const char *path, char *out) {
    const char *name = strrchr(path, '/') + 1;
    size_t base = strcspn(name, "."), folder = (size_t)(name - path);
    memcpy(out, path, folder);
    if (base <= 8) {
        strcpy(out + folder, name);
        return;
    }
    memcpy(out + folder, name, 6);
    strcpy(out + folder + 6, "~1");
    strcpy(out + folder + 8, name + base);
}

static bool read_part(struct reader *reader, const struct image_cpu_names *names,
                      struct image_part *out) {
    char efi[32];
    shorten(names->efi, efi);
    return read_file(reader, names->initrd, &out->initrd) && read_file(reader, efi, &out->efi) &&
           (names->loader == nullptr || read_file(reader, names->loader, &out->loader));
}

/* Of every CPU; BOOTBOOT/INITRD is for whoever asks, and was made for x86_64. */
static bool read_parts(struct reader *reader, struct image *out) {
    struct image_part *first = &out->parts[IMAGE_X86_64];
    struct blob any = {};
    bool found = false;
    for (size_t i = 0; i < IMAGE_CPUS; i++) {
        if (!read_part(reader, &image_cpus[i], &out->parts[i])) {
            return false;
        }
        found |= out->parts[i].initrd.bytes != nullptr;
    }
    if (!read_file(reader, "BOOTBOOT/INITRD", &any)) {
        free((void *)any.bytes);
        return false;
    }
    if (any.bytes != nullptr) {
        free((void *)first->initrd.bytes);
        first->initrd = any;
    }
    return found || any.bytes != nullptr ||
           complain(&reader->complaint, "no initrd: neither BOOTBOOT/INITRD nor one of a CPU");
}

bool image_read(int file, struct image *out, struct image_error *error) {
    struct reader reader = {.file = file};
    struct partition partition;
    struct stat stat;
    *out = (struct image){};
    if (fstat(file, &stat) != 0 || !S_ISREG(stat.st_mode)) {
        return image_complain(error, "not a regular file");
    }
    reader.disk = (struct disk){.name = "the image",
                                .sector_count = (uint64_t)stat.st_size / DISK_SECTOR_SIZE,
                                .read = read_sectors,
                                .context = &reader};
    return (gpt_find_boot(&reader.disk, &partition, &reader.complaint) &&
            fat_open(&reader.fat, &reader.disk, &partition, &reader.complaint) &&
            read_loader(&reader, out) && read_file(&reader, "BOOTBOOT/CONFIG", &out->config) &&
            read_parts(&reader, out)) ||
           image_complain(error, "%s", reader.complaint.text);
}
