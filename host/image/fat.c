/* SPDX-License-Identifier: MIT */
/*
 * The FAT16 writer. The volume is new, so every file is one run of clusters and the table is known
 * beforehand:
 *
 *     sector 0           boot sector (BIOS parameter block)
 *     1                  first table, then its copy
 *                        root directory: 512 entries
 *     cluster 2 ...      files, and folders of a cluster each, in the order of the files' paths
 *
 * Source: Microsoft FAT specification 1.03 (fatgen103).
 */
#include "fat.h"
#include <base/checked.h>
#include <stdlib.h>
#include <string.h>

constexpr uint32_t ROOT_ENTRIES = 512;
constexpr uint32_t ENTRY_SIZE = 32;
constexpr uint32_t ROOT_SECTORS = ROOT_ENTRIES * ENTRY_SIZE / SECTOR;
constexpr uint32_t TABLES = 2;
constexpr uint32_t CLUSTERS_MIN = 4085; /* fewer would be FAT12 */
constexpr uint32_t CLUSTERS_MAX = 65524;
constexpr uint32_t CLUSTER_SECTORS_MIN = 4;
constexpr uint32_t CLUSTER_SECTORS_MAX = 64;
constexpr uint32_t FOLDER_ENTRIES = CLUSTER_SECTORS_MIN * SECTOR / ENTRY_SIZE;
constexpr size_t PARTS_MAX = 16; /* files and folders */
constexpr size_t NAME_SIZE = 11; /* 8 and 3, padded with spaces */
constexpr uint16_t END_OF_CHAIN = 0xFFFF;
constexpr size_t LONG_NAME_PART = 13; /* characters of a long name in one entry */
constexpr size_t LONG_NAME_MAX = 2 * LONG_NAME_PART;
constexpr uint8_t ATTRIBUTE_LONG_NAME = 0x0F;
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
    /* The largest clusters waste most: at most one for each part. */
    uint64_t data = bytes / SECTOR + (PARTS_MAX + 1) * CLUSTER_SECTORS_MAX;
    return data + data / 64 + 1 + ROOT_SECTORS + TABLES;
}

static bool put(const struct volume *volume, uint64_t sector, const void *bytes, size_t size,
                struct image_error *error) {
    return image_put(volume->file, volume->first + sector, bytes, size, error);
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
    memcpy(to, name, NAME_SIZE);
    to[11] = attribute;
    put16(to + 16, DATE);
    put16(to + 18, DATE);
    put16(to + 24, DATE);
    put16(to + 26, cluster);
    put32(to + 28, size);
}

/* ---- files and folders ---- */

struct tree {
    struct volume *volume;
    const struct fat_file *files;
    size_t count;
    struct image_error *error;
};

static const char name_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

/* The first name of a path: eleven characters, and how many entries its long form takes. */
struct name {
    char packed[NAME_SIZE];
    size_t size; /* of the path */
    size_t long_entries;
};

/* False: it is no name of these characters with an extension of at most three. Of a base of more
 * than eight, six and "~1" are kept. */
static bool take_name(const char *path, struct name *out) {
    size_t base = strspn(path, name_characters), extension = 0;
    out->size = base;
    if (path[base] == '.') {
        extension = strspn(path + base + 1, name_characters);
        out->size = base + 1 + extension;
    }
    if (base == 0 || extension > 3 || out->size > LONG_NAME_MAX ||
        (path[out->size] != '/' && path[out->size] != 0)) {
        return false;
    }
    memset(out->packed, ' ', NAME_SIZE);
    memcpy(out->packed, path, base <= 8 ? base : 6);
    memcpy(out->packed + 8, path + base + 1, extension);
    if (base > 8) {
        memcpy(out->packed + 6, "~1", 2);
    }
    out->long_entries = base <= 8 ? 0 : (out->size + LONG_NAME_PART - 1) / LONG_NAME_PART;
    return true;
}

static uint8_t name_checksum(const char *packed) {
    uint8_t sum = 0;
    for (size_t i = 0; i < NAME_SIZE; i++) {
        sum = (uint8_t)((sum << 7 | sum >> 1) + (uint8_t)packed[i]);
    }
    return sum;
}

/* The entries of the long form, which come before the name's own, the last part first; after the
 * name's end one zero, then ones. */
static void put_long_name(uint8_t *entry, const char *path, const struct name *name) {
    static const uint8_t places[LONG_NAME_PART] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
    for (size_t part = name->long_entries; part-- > 0; entry += ENTRY_SIZE) {
        bool is_last = part + 1 == name->long_entries;
        entry[0] = (uint8_t)((part + 1) | (is_last ? 0x40 : 0));
        entry[11] = ATTRIBUTE_LONG_NAME;
        entry[13] = name_checksum(name->packed);
        for (size_t i = 0; i < LONG_NAME_PART; i++) {
            size_t at = part * LONG_NAME_PART + i;
            put16(entry + places[i], at < name->size    ? (uint8_t)path[at]
                                     : at == name->size ? 0
                                                        : 0xFFFF);
        }
    }
}

static bool put_file(const struct tree *tree, const struct fat_file *file, const char *name,
                     uint8_t *entry) {
    size_t size = file->content.size;
    uint32_t cluster = take(tree->volume, size);
    if (size > UINT32_MAX || (cluster == 0 && size > 0)) {
        return image_complain(tree->error, "%s does not fit into the boot partition", file->path);
    }
    put_entry(entry, name, ATTRIBUTE_ARCHIVE, cluster, (uint32_t)size);
    return size == 0 || put(tree->volume, cluster_sector(tree->volume, cluster),
                            file->content.bytes, size, tree->error);
}

/* Is a file of the tree before this one in the same folder? `size` counts the folder's path with
 * its '/'. */
static bool is_known(const struct tree *tree, const struct fat_file *file, size_t size) {
    for (const struct fat_file *before = tree->files; before < file; before++) {
        if (strncmp(before->path, file->path, size) == 0) {
            return true;
        }
    }
    return false;
}

static bool put_folder(const struct tree *tree, const struct fat_file *file, size_t path_size,
                       const char *name, uint32_t parent, uint8_t *entry);

/* Entries of the files and folders in the folder whose path is the first `path_size` characters of
 * `first`'s, that of the first file below it. */
static bool put_entries(const struct tree *tree, const struct fat_file *first, size_t path_size,
                        uint32_t cluster, uint8_t *entry, const uint8_t *end) {
    for (const struct fat_file *file = first; file < tree->files + tree->count; file++) {
        struct name name;
        if (strncmp(file->path, first->path, path_size) != 0) {
            continue;
        }
        if (!take_name(file->path + path_size, &name) ||
            (size_t)(end - entry) < (name.long_entries + 1) * ENTRY_SIZE) {
            return image_complain(tree->error, "%s cannot be on the boot partition", file->path);
        }
        size_t size = path_size + name.size;
        bool folder = file->path[size] == '/';
        if (folder && is_known(tree, file, size + 1)) {
            continue;
        }
        put_long_name(entry, file->path + path_size, &name);
        entry += name.long_entries * ENTRY_SIZE;
        if (!(folder ? put_folder(tree, file, size + 1, name.packed, cluster, entry)
                     : put_file(tree, file, name.packed, entry))) {
            return false;
        }
        entry += ENTRY_SIZE;
    }
    return true;
}

static bool put_folder(const struct tree *tree, const struct fat_file *file, size_t path_size,
                       const char *name, uint32_t parent, uint8_t *entry) {
    uint8_t entries[FOLDER_ENTRIES * ENTRY_SIZE] = {0};
    uint32_t cluster = take(tree->volume, sizeof(entries));
    if (cluster == 0) {
        return image_complain(tree->error, "%s does not fit into the boot partition", file->path);
    }
    put_entry(entry, name, ATTRIBUTE_FOLDER, cluster, 0);
    put_entry(entries, ".          ", ATTRIBUTE_FOLDER, cluster, 0);
    put_entry(entries + ENTRY_SIZE, "..         ", ATTRIBUTE_FOLDER, parent, 0);
    return put_entries(tree, file, path_size, cluster, entries + 2 * ENTRY_SIZE,
                       entries + sizeof(entries)) &&
           put(tree->volume, cluster_sector(tree->volume, cluster), entries, sizeof(entries),
               tree->error);
}

/* The root is no chain of clusters; its parent's number is 0, as its own is in folders below. */
static bool put_root(const struct tree *tree) {
    uint8_t entries[FOLDER_ENTRIES * ENTRY_SIZE] = {0};
    return put_entries(tree, tree->files, 0, 0, entries, entries + sizeof(entries)) &&
           put(tree->volume, 1 + TABLES * (uint64_t)tree->volume->table_sectors, entries,
               sizeof(entries), tree->error);
}

static bool put_tables(const struct volume *volume, struct image_error *error) {
    size_t size = (size_t)(volume->used + 2) * sizeof(*volume->table);
    return put(volume, 1, volume->table, size, error) &&
           put(volume, 1 + (uint64_t)volume->table_sectors, volume->table, size, error);
}

bool fat_write(int file, uint64_t first, uint64_t count, const struct fat_file *files,
               size_t file_count, struct image_error *error) {
    struct volume volume = {.file = file, .first = first, .count = count};
    const struct tree tree = {&volume, files, file_count, error};
    if (first > UINT32_MAX || count > UINT32_MAX || !lay_out(&volume)) {
        return image_complain(error, "no FAT16 volume has %llu sectors", (unsigned long long)count);
    }
    volume.table = calloc((size_t)volume.cluster_count + 2, sizeof(*volume.table));
    if (volume.table == nullptr) {
        return image_complain(error, "out of memory");
    }
    volume.table[0] = 0xFFF8;
    volume.table[1] = 0xFFFF;
    bool good = put_boot_sector(&volume, error) && put_root(&tree) && put_tables(&volume, error);
    free(volume.table);
    return good;
}
