/* SPDX-License-Identifier: MIT */
/*
 * What the loader's tests share: disk images, archives and kernels made in memory, a firmware that
 * boots from them, and seeded random numbers for mutations.
 */
#pragma once
#include <base/bytes.h>
#include <boot/disk.h>
#include <boot/firmware.h>

/* xorshift64*: the same seed gives the same numbers. */
struct random {
    uint64_t state;
};
uint32_t random_below(struct random *random, uint32_t limit);
/* Changes up to `most` bytes of [bytes, bytes + size). */
void random_mutate(struct random *random, uint8_t *bytes, size_t size, unsigned most);

/* A disk with a GUID partition table and one FAT volume in its first partition. */
struct image {
    uint8_t *bytes;
    uint64_t sectors;
    bool wide; /* FAT32 */
    uint32_t cluster_count;
    uint32_t table_sectors;
    uint32_t next_cluster; /* the first one not given out */
    uint32_t folder;       /* cluster of BOOTBOOT */
    uint32_t folder_entries;
};

constexpr uint32_t IMAGE_PARTITION = 2048; /* first sector of the volume */
constexpr uint32_t IMAGE_RESERVED = 8;     /* sectors before the FAT */

void image_create(struct image *image, bool wide);
void image_destroy(struct image *image);
/* Adds a file to the folder BOOTBOOT: clusters in falling order, so that no two are neighbours the
 * right way round, when `scattered`. `name` has 11 characters. */
void image_add(struct image *image, const char *name, const void *bytes, size_t size,
               bool scattered);
/* Puts the checksums of both partition tables right. */
void image_seal(struct image *image);
/* Where things are in image->bytes. */
uint8_t *image_table(struct image *image, uint32_t cluster);
uint8_t *image_cluster(struct image *image, uint32_t cluster);
struct disk image_disk(struct image *image);

/* Appends a file to a ustar archive; finish() ends it. The caller frees archive->bytes. */
struct buffer {
    uint8_t *bytes;
    size_t size;
};
void archive_add(struct buffer *archive, const char *name, const void *bytes, size_t size);
void archive_checksum(uint8_t *header);
void archive_finish(struct buffer *archive);

/* A kernel's ELF file: one segment, `code` and some .bss. The caller frees it. */
struct buffer elf_create(uint64_t address, const void *code, size_t size, uint64_t memory_size);

/* The same as a PE32+ file: `code` in a section, .bss in another, a third that is not loaded, and
 * five symbols from PE_SYMBOLS_AT on, of which the first two are unused. */
struct buffer pe_create(uint64_t address, const void *code, size_t size, uint64_t memory_size);
constexpr size_t PE_HEADERS_AT = 64, PE_SECTIONS_AT = 64 + 24 + 112, PE_SYMBOLS_AT = 512;

/* The test's firmware. */
struct machine {
    struct image *image; /* its only disk; null: none */
    uint64_t memory_left;
    struct framebuffer framebuffer;
    uint16_t cores;
    char printed[4096];
};
extern struct machine machine;
/* Frees what was allocated. */
void machine_reset(void);
/* What the tables say about an address: where it leads to, 0 when it is not mapped. */
uint64_t machine_translate(uint64_t root, uint64_t address);
