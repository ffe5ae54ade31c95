/* SPDX-License-Identifier: MIT */
/* Partition tables and FAT volumes: whole, damaged on purpose, and mutated at random. */
#include "fixture.h"
#include <boot/fat.h>
#include <boot/gpt.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

static struct complaint complaint;
static struct fat fat;

static bool complains(const char *part) {
    return strstr(complaint.text, part) != nullptr;
}

/* Damages both copies of a table the same way and puts the checksums right. */
static void entry_poke(struct image *image, size_t at, uint8_t value) {
    image->bytes[2 * DISK_SECTOR_SIZE + at] = value;
    image_seal(image);
}

static void test_gpt(void) {
    struct image image;
    struct partition partition;
    image_create(&image, false);
    struct disk disk = image_disk(&image);
    CHECK(gpt_find_boot(&disk, &partition, &complaint));
    CHECK(partition.first == IMAGE_PARTITION);

    image.bytes[DISK_SECTOR_SIZE + 60] ^= 1; /* header: the copy at the end is used */
    CHECK(gpt_find_boot(&disk, &partition, &complaint));
    image.bytes[(image.sectors - 1) * DISK_SECTOR_SIZE] ^= 1;
    CHECK(!gpt_find_boot(&disk, &partition, &complaint) && complains("damaged partition table"));

    image_seal(&image);
    image.bytes[3 * DISK_SECTOR_SIZE] ^= 1; /* an entry */
    CHECK(gpt_find_boot(&disk, &partition, &complaint));
    image.bytes[(image.sectors - 2) * DISK_SECTOR_SIZE] ^= 1;
    CHECK(!gpt_find_boot(&disk, &partition, &complaint) && complains("damaged partition table e"));

    image.bytes[3 * DISK_SECTOR_SIZE] ^= 1;
    entry_poke(&image, 48, 0); /* not marked, but the system partition */
    CHECK(gpt_find_boot(&disk, &partition, &complaint));
    entry_poke(&image, 0, 0); /* some other type */
    CHECK(!gpt_find_boot(&disk, &partition, &complaint) && complains("no boot partition"));
    entry_poke(&image, 48, 4);
    CHECK(gpt_find_boot(&disk, &partition, &complaint));
    entry_poke(&image, 40 + 7, 0x80); /* ends beyond the disk */
    CHECK(!gpt_find_boot(&disk, &partition, &complaint) && complains("not on it"));
    image_destroy(&image);
}

static void test_no_table(void) {
    struct image image = {.bytes = calloc(64, DISK_SECTOR_SIZE), .sectors = 64};
    struct disk disk = image_disk(&image);
    struct partition partition;
    CHECK(!gpt_find_boot(&disk, &partition, &complaint) && complains("no GUID partition table"));
    image_destroy(&image);
}

static bool volume_open(struct image *image, struct disk *disk) {
    struct partition partition;
    *disk = image_disk(image);
    return gpt_find_boot(disk, &partition, &complaint) &&
           fat_open(&fat, disk, &partition, &complaint);
}

static bool file_is(const char *path, const uint8_t *contents, size_t size) {
    struct fat_file file;
    if (!fat_find(&fat, text_of(path), &file, &complaint) || !file.exists || file.size != size) {
        return false;
    }
    uint8_t *bytes = malloc((size + DISK_SECTOR_SIZE) & ~(size_t)(DISK_SECTOR_SIZE - 1));
    bool read = fat_read(&fat, &file, path, bytes, &complaint);
    bool same = read && memcmp(bytes, contents, size) == 0;
    free(bytes);
    return same;
}

static bool missing(const char *path) {
    struct fat_file file;
    return fat_find(&fat, text_of(path), &file, &complaint) && !file.exists;
}

static void test_files(bool wide) {
    static uint8_t contents[300'000];
    struct image image;
    struct disk disk;
    struct random random = {3};
    for (size_t i = 0; i < sizeof contents; i++) {
        contents[i] = (uint8_t)random_below(&random, 256);
    }
    image_create(&image, wide);
    image_add(&image, "WHOLE   BIN", contents, sizeof contents, false);
    image_add(&image, "PIECES     ", contents, 70'001, true);
    image_add(&image, "EMPTY      ", contents, 0, false);
    CHECK(volume_open(&image, &disk));
    CHECK(file_is("BOOTBOOT/WHOLE.BIN", contents, sizeof contents));
    CHECK(file_is("BOOTBOOT/PIECES", contents, 70'001));
    CHECK(file_is("BOOTBOOT/EMPTY", contents, 0));
    CHECK(missing("BOOTBOOT/NONE") && missing("WHOLE.BIN") && missing("BOOTBOOT"));
    CHECK(missing("BOOTBOOT/PIECES/X") && missing("COPPER") && missing(""));
    CHECK(missing("BOOTBOOT/NAMETOOLONG"));
    image_destroy(&image);
}

static void test_chains(bool wide) {
    static const uint8_t contents[5000];
    struct image image;
    struct disk disk;
    image_create(&image, wide);
    uint32_t first = image.next_cluster;
    image_add(&image, "FILE       ", contents, sizeof contents, false);
    CHECK(volume_open(&image, &disk) && file_is("BOOTBOOT/FILE", contents, sizeof contents));
    memset(image_table(&image, first + 3), 0, wide ? 4 : 2); /* the chain breaks off */
    CHECK(volume_open(&image, &disk) && !file_is("BOOTBOOT/FILE", contents, sizeof contents));
    CHECK(complains("truncated"));
    memcpy(image_table(&image, first + 3), &first, wide ? 4 : 2); /* a loop: read, not for ever */
    CHECK(volume_open(&image, &disk) && file_is("BOOTBOOT/FILE", contents, sizeof contents));
    memcpy(image_table(&image, image.folder), &image.folder, wide ? 4 : 2);
    memset(image_cluster(&image, image.folder), 'x', DISK_SECTOR_SIZE); /* a folder without end */
    CHECK(volume_open(&image, &disk) && missing("BOOTBOOT/FILE"));
    image_destroy(&image);
}

static void test_parameters(void) {
    static const struct {
        uint16_t at;
        uint8_t value;
        const char *complaint;
    } cases[] = {
        {12, 4, "no FAT file system"},
        {13, 0, "no FAT file system"},
        {13, 3, "no FAT file system"},
        {510, 0, "no FAT file system"},
        {16, 0, "no FAT file system"},
        {14, 0, "no FAT file system"},
        {22, 1, "damaged FAT"},
        {35, 1, "damaged FAT"},
        {13, 8, "FAT12"},
        {33, 1, "FAT12"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct image image;
        struct disk disk;
        image_create(&image, false);
        image.bytes[IMAGE_PARTITION * DISK_SECTOR_SIZE + cases[i].at] = cases[i].value;
        CHECK(!volume_open(&image, &disk));
        CHECK(complains(cases[i].complaint));
        image_destroy(&image);
    }
}

/* One mutated volume: whatever it says, reading ends and stays within bounds. */
static void mutation(struct random *random, struct image *image, const uint8_t *good,
                     size_t good_size) {
    uint8_t *start = image->bytes + IMAGE_PARTITION * DISK_SECTOR_SIZE;
    struct disk disk;
    switch (random_below(random, 4)) {
    case 0:
        random_mutate(random, start, 64, 3);
        break;
    case 1:
        random_mutate(random, image_table(image, 0), 64, 6);
        break;
    case 2:
        random_mutate(random, image_cluster(image, image->folder), 128, 4);
        break;
    default:
        random_mutate(random, image->bytes + DISK_SECTOR_SIZE, 2 * DISK_SECTOR_SIZE, 3);
        if (random_below(random, 2) == 0) {
            image_seal(image);
        }
    }
    struct fat_file file;
    if (volume_open(image, &disk) && fat_find(&fat, text_of("BOOTBOOT/FILE"), &file, &complaint) &&
        file.exists && file.size <= 1 << 20) {
        uint8_t *bytes = malloc(((size_t)file.size + DISK_SECTOR_SIZE) & ~(size_t)511);
        bool whole = fat_read(&fat, &file, "FILE", bytes, &complaint);
        CHECK(whole || complaint.text[0] != 0);
        free(bytes);
    }
    memcpy(image->bytes, good, good_size);
}

static void test_mutations(bool wide, int rounds) {
    static const uint8_t contents[5000];
    struct random random = {wide ? 11 : 12};
    struct image image;
    image_create(&image, wide);
    image_add(&image, "FILE       ", contents, sizeof contents, true);
    image_seal(&image);
    /* What is ever changed lies in the first part, and in the last sectors that seal() rewrites. */
    size_t size = (size_t)(image_cluster(&image, 64) - image.bytes);
    uint8_t *good = memcpy(malloc(size), image.bytes, size);
    for (int i = 0; i < rounds; i++) {
        mutation(&random, &image, good, size);
        image_seal(&image);
    }
    free(good);
    image_destroy(&image);
}

int main(void) {
    test_gpt();
    test_no_table();
    test_files(false);
    test_files(true);
    test_chains(false);
    test_chains(true);
    test_parameters();
    test_mutations(false, 2000);
    test_mutations(true, 500);
    return check_finish("boot/disk");
}
