/* SPDX-License-Identifier: MIT */
/*
 * Disks: a sound one, FAT16 or FAT32, with changes that the input says:
 *
 *     [0] bit 0: FAT32; bit 1: the partition tables' checksums are put right
 *     then four bytes a change: where (an entry of `places`), offset u16, value
 *
 * Reading ends after a number of reads that the volume's size bounds, whatever its tables say.
 */
#include "../fixture.h"
#include "fuzz.h"
#include <base/ensure.h>
#include <boot/fat.h>
#include <boot/gpt.h>
#include <stdlib.h>
#include <string.h>

const char fuzz_name[] = "boot/fuzz disk";
const unsigned fuzz_rounds = 3000;

constexpr size_t CHANGES_MAX = 256;
constexpr uint32_t FILE_MAX = 1 << 20;
/* Both partition tables; the directories' sectors; the file's, and a part of the table for each. */
constexpr unsigned READS_MAX =
    2 * (1 + 2 * 256) + 2 * 2 * FAT_DIRECTORY_MAX / 16 + 3 * FILE_MAX / DISK_SECTOR_SIZE;

static struct image images[2];
static unsigned reads;

size_t fuzz_seed(unsigned n, uint8_t to[FUZZ_SEED_MAX]) {
    /* Harmless changes, for mutations to work on: 0xFF and values that are there already. */
    static const uint8_t changes[] = {0, 13, 0, 1,  1, 6,  0, 4,   1, 8,  0, 5, 2, 28, 0, 200,
                                      2, 11, 0, 32, 3, 56, 0, 255, 4, 48, 0, 4, 5, 43, 0, 16};
    if (n >= 4) {
        return 0;
    }
    to[0] = (uint8_t)n;
    memcpy(to + 1, changes, sizeof changes);
    return 1 + sizeof changes;
}

static void create(void) {
    static const uint8_t contents[5000];
    for (unsigned i = 0; i < 2; i++) {
        image_create(&images[i], i == 1);
        image_add(&images[i], "FILE       ", contents, sizeof contents, true);
        image_add(&images[i], "WHOLE      ", contents, sizeof contents, false);
    }
}

static uint8_t *root_of(struct image *image) {
    return image->wide ? image_cluster(image, 2) : image_cluster(image, 2) - 2 * DISK_SECTOR_SIZE;
}

/* A sector that input may change. */
static uint8_t *place_of(struct image *image, unsigned index) {
    uint8_t *const places[] = {
        image->bytes + IMAGE_PARTITION * DISK_SECTOR_SIZE, /* FAT's parameters */
        image_table(image, 0),
        image_cluster(image, image->folder),
        image->bytes + DISK_SECTOR_SIZE,     /* the partition table's header */
        image->bytes + 2 * DISK_SECTOR_SIZE, /* its entries */
        root_of(image),
        image->bytes + (image->sectors - 1) * DISK_SECTOR_SIZE, /* its copy's header */
        image->bytes + (image->sectors - 33) * DISK_SECTOR_SIZE,
    };
    return places[index % (sizeof places / sizeof places[0])];
}

static bool counted_read(void *context, uint64_t sector, uint32_t count, void *to) {
    struct disk disk = image_disk(context);
    ensure(++reads <= READS_MAX);
    return disk.read(disk.context, sector, count, to);
}

static bool file_read(struct fat *fat, const char *path, struct complaint *complaint) {
    struct fat_file file;
    if (!fat_find(fat, text_of(path), &file, complaint)) {
        return false;
    }
    if (!file.exists || file.size > FILE_MAX) {
        return true;
    }
    uint8_t *to = malloc(((size_t)file.size + DISK_SECTOR_SIZE - 1) & ~(size_t)511);
    bool good = fat_read(fat, &file, path, to, complaint);
    free(to);
    return good;
}

static void use(struct image *image) {
    static struct fat fat;
    struct disk disk = image_disk(image);
    struct partition partition;
    struct complaint complaint = {};
    disk.read = counted_read;
    reads = 0;
    bool good = gpt_find_boot(&disk, &partition, &complaint) &&
                fat_open(&fat, &disk, &partition, &complaint) &&
                file_read(&fat, "BOOTBOOT/FILE", &complaint) &&
                file_read(&fat, "BOOTBOOT/WHOLE", &complaint);
    ensure(good || complaint.text[0] != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static uint8_t kept[8][DISK_SECTOR_SIZE];
    if (images[0].bytes == nullptr) {
        create();
    }
    if (size == 0) {
        return 0;
    }
    struct image *image = &images[bytes[0] & 1];
    for (unsigned i = 0; i < 8; i++) {
        memcpy(kept[i], place_of(image, i), DISK_SECTOR_SIZE);
    }
    for (size_t i = 0; i < CHANGES_MAX && (i + 1) * 4 < size; i++) {
        const uint8_t *change = bytes + 1 + i * 4;
        place_of(image, change[0])[(change[1] | change[2] << 8) % DISK_SECTOR_SIZE] = change[3];
    }
    if ((bytes[0] & 2) != 0) {
        image_seal(image);
    }
    use(image);
    for (unsigned i = 0; i < 8; i++) {
        memcpy(place_of(image, i), kept[i], DISK_SECTOR_SIZE);
    }
    return 0;
}
