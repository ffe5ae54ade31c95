/* SPDX-License-Identifier: MIT */
/*
 * The FAT16 writer. The volume is new, so every file is one run of clusters and the table is known
 * beforehand:
 *
 *     sector 0           boot sector (BIOS parameter block)
 *     1                  first table, then its copy
 *                        root directory: 512 entries, one of them the folder
 *     cluster 2          the folder
 *     cluster 3 ...      the files, one after another
 *
 * Source: Microsoft FAT specification 1.03 (fatgen103).
 */
#include "fat.h"
#include <base/checked.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

constexpr uint32_t ROOT_ENTRIES = 512;
constexpr uint32_t ENTRY_SIZE = 32;
constexpr uint32_t ROOT_SECTORS = ROOT_ENTRIES * ENTRY_SIZE / SECTOR;
constexpr uint32_t TABLES = 2;
constexpr uint32_t CLUSTERS_MIN = 4085; /* fewer would be FAT12 */
constexpr uint32_t CLUSTERS_MAX = 65524;
constexpr uint32_t CLUSTER_SECTORS_MIN = 4;
constexpr uint32_t CLUSTER_SECTORS_MAX = 64;
constexpr uint32_t FILES_MAX = CLUSTER_SECTORS_MIN * SECTOR / ENTRY_SIZE - 2;
constexpr uint16_t END_OF_CHAIN = 0xFFFF;
constexpr uint8_t ATTRIBUTE_FOLDER = 0x10;
constexpr uint8_t ATTRIBUTE_ARCHIVE = 0x20;
constexpr uint16_t DATE = 1 << 5 | 1; /* 1980-01-01 */

struct volume {
    int file;
    uint64_t first; /* of the volume, in sectors of the file */
    uint64_t count;
    uint32_t cluster_sectors;
    uint32_t cluster_count;
    uint32_t table_sectors;
    uint32_t used; /* clusters, of which the first is number 2 */
    uint16_t *table;
};

static void put16(uint8_t *to, uint32_t value) {
    to[0] = (uint8_t)value;
    to[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *to, uint32_t value) {
    put16(to, value);
    put16(to + 2, value >> 16);
}

/* Text without the NUL. */
static void put_text(uint8_t *to, const char *text) {
    for (size_t i = 0; text[i] != 0; i++) {
        to[i] = (uint8_t)text[i];
    }
}

/* Chooses the smallest clusters with which the volume is FAT16. */
static bool lay_out(struct volume *volume) {
    for (uint32_t size = CLUSTER_SECTORS_MIN; size <= CLUSTER_SECTORS_MAX; size *= 2) {
        uint64_t table = ((volume->count / size + 2) * 2 + SECTOR - 1) / SECTOR;
        uint64_t fixed = 1 + TABLES * table + ROOT_SECTORS;
        uint64_t clusters = volume->count > fixed ? (volume->count - fixed) / size : 0;
        if (clusters >= CLUSTERS_MIN && clusters <= CLUSTERS_MAX) {
            volume->cluster_sectors = size;
            volume->cluster_count = (uint32_t)clusters;
            volume->table_sectors = (uint32_t)table;
            return true;
        }
    }
    return false;
}

uint64_t fat_sectors_for(uint64_t bytes) {
    /* The largest clusters waste most: for each of FILES_MAX files and the folder at most one. */
    uint64_t data = bytes / SECTOR + (FILES_MAX + 2) * CLUSTER_SECTORS_MAX;
    return data + data / 64 + 1 + ROOT_SECTORS + TABLES;
}

static bool put(const struct volume *volume, uint64_t sector, const void *bytes, size_t size,
                struct image_error *error) {
    const uint8_t *from = bytes;
    off_t at = (off_t)((volume->first + sector) * SECTOR);
    while (size > 0) {
        ssize_t done = pwrite(volume->file, from, size, at);
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

static uint64_t cluster_sector(const struct volume *volume, uint32_t cluster) {
    uint64_t data = 1 + TABLES * (uint64_t)volume->table_sectors + ROOT_SECTORS;
    return data + (uint64_t)(cluster - 2) * volume->cluster_sectors;
}

static bool put_boot_sector(const struct volume *volume, struct image_error *error) {
    uint8_t sector[SECTOR] = {0xEB, 0x3C, 0x90}; /* a jump to the code, which only stops */
    put_text(sector + 3, "COPPER  ");
    put16(sector + 11, SECTOR);
    sector[13] = (uint8_t)volume->cluster_sectors;
    put16(sector + 14, 1); /* reserved */
    sector[16] = TABLES;
    put16(sector + 17, ROOT_ENTRIES);
    sector[21] = 0xF8; /* a fixed disk */
    put16(sector + 22, volume->table_sectors);
    put16(sector + 24, 63); /* sectors a track and heads, for those who still ask */
    put16(sector + 26, 255);
    put32(sector + 28, (uint32_t)volume->first);
    put32(sector + 32, (uint32_t)volume->count);
    sector[36] = 0x80;
    sector[38] = 0x29; /* what follows is there */
    put32(sector + 39, 0x43555052);
    put_text(sector + 43, "NO NAME    FAT16   ");
    put_text(sector + 62, "\xF4\xEB\xFD"); /* hlt; jmp back */
    put16(sector + 510, 0xAA55);
    return put(volume, 0, sector, sizeof(sector), error);
}

/* Takes so many clusters as one chain; the first of them, or 0 when the volume is full. */
static uint32_t take(struct volume *volume, uint64_t size) {
    uint64_t bytes = (uint64_t)volume->cluster_sectors * SECTOR;
    uint64_t count = (size + bytes - 1) / bytes;
    uint32_t start = volume->used + 2;
    if (count == 0 || count > volume->cluster_count - volume->used) {
        return 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        volume->table[start + i] = (uint16_t)(i + 1 < count ? start + i + 1 : END_OF_CHAIN);
    }
    volume->used += (uint32_t)count;
    return start;
}

static void put_entry(uint8_t *to, const char *name, uint8_t attribute, uint32_t cluster,
                      uint32_t size) {
    memset(to, ' ', 11);
    put_text(to, name);
    to[11] = attribute;
    put16(to + 16, DATE);
    put16(to + 18, DATE);
    put16(to + 24, DATE);
    put16(to + 26, cluster);
    put32(to + 28, size);
}

static bool is_name(const char *name) {
    size_t size = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return size >= 1 && size <= 8 && name[size] == 0;
}

static bool put_file(struct volume *volume, const struct fat_file *file, uint8_t *entry,
                     struct image_error *error) {
    size_t size = file->content.size;
    uint32_t cluster = take(volume, size);
    if (!is_name(file->name) || size > UINT32_MAX || (cluster == 0 && size > 0)) {
        return image_complain(error, "%s does not fit into the boot partition", file->name);
    }
    put_entry(entry, file->name, ATTRIBUTE_ARCHIVE, cluster, (uint32_t)size);
    return size == 0 ||
           put(volume, cluster_sector(volume, cluster), file->content.bytes, size, error);
}

static bool put_folder(struct volume *volume, const char *name, const struct fat_file *files,
                       size_t count, struct image_error *error) {
    uint8_t entries[(FILES_MAX + 2) * ENTRY_SIZE] = {0};
    uint8_t root[ENTRY_SIZE] = {0};
    if (count > FILES_MAX || !is_name(name)) {
        return image_complain(error, "too many files for the folder %s", name);
    }
    uint32_t cluster = take(volume, sizeof(entries));
    put_entry(entries, ".", ATTRIBUTE_FOLDER, cluster, 0);
    put_entry(entries + ENTRY_SIZE, "..", ATTRIBUTE_FOLDER, 0, 0);
    for (size_t i = 0; i < count; i++) {
        if (!put_file(volume, &files[i], entries + (i + 2) * ENTRY_SIZE, error)) {
            return false;
        }
    }
    put_entry(root, name, ATTRIBUTE_FOLDER, cluster, 0);
    return put(volume, cluster_sector(volume, cluster), entries, sizeof(entries), error) &&
           put(volume, 1 + TABLES * (uint64_t)volume->table_sectors, root, sizeof(root), error);
}

static bool put_tables(const struct volume *volume, struct image_error *error) {
    size_t size = (size_t)(volume->used + 2) * sizeof(*volume->table);
    return put(volume, 1, volume->table, size, error) &&
           put(volume, 1 + (uint64_t)volume->table_sectors, volume->table, size, error);
}

bool fat_write(int file, uint64_t first, uint64_t count, const char *folder,
               const struct fat_file *files, size_t file_count, struct image_error *error) {
    struct volume volume = {.file = file, .first = first, .count = count};
    if (first > UINT32_MAX || count > UINT32_MAX || !lay_out(&volume)) {
        return image_complain(error, "no FAT16 volume has %llu sectors", (unsigned long long)count);
    }
    volume.table = calloc((size_t)volume.cluster_count + 2, sizeof(*volume.table));
    if (volume.table == nullptr) {
        return image_complain(error, "out of memory");
    }
    volume.table[0] = 0xFFF8;
    volume.table[1] = 0xFFFF;
    bool good = put_boot_sector(&volume, error) &&
                put_folder(&volume, folder, files, file_count, error) && put_tables(&volume, error);
    free(volume.table);
    return good;
}
