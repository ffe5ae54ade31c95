/* SPDX-License-Identifier: MIT */
/*
 * FAT volumes.
 *
 *     partition.first                                                   + total sectors
 *     | reserved (BPB) | table | copy of table | root (FAT16) | data: cluster 2, 3, ... |
 *
 * A window of the table is kept, so that following the chain of a large file costs one read per
 * FAT_WINDOW_SECTORS; neighbouring clusters are read in one go.
 */
#include <base/checked.h>
#include <boot/fat.h>

struct [[gnu::packed]] parameters { /* the BPB: sector 0 */
    uint8_t jump[3];
    char system[8];
    uint16_t sector_size;
    uint8_t cluster_sectors;
    uint16_t reserved_sectors;
    uint8_t table_count;
    uint16_t root_entries;
    uint16_t total_sectors_16;
    uint8_t media;
    uint16_t table_sectors_16;
    uint16_t track_sectors;
    uint16_t heads;
    uint32_t hidden_sectors;
    uint32_t total_sectors_32;
    uint32_t table_sectors_32; /* FAT32 from here on */
    uint16_t flags;
    uint16_t version;
    uint32_t root_cluster;
};
static_assert(sizeof(struct parameters) == 48);

struct [[gnu::packed]] directory_entry {
    char name[11];
    uint8_t attributes;
    uint8_t skipped[8];
    uint16_t cluster_high;
    uint16_t time, date;
    uint16_t cluster_low;
    uint32_t size;
};
static_assert(sizeof(struct directory_entry) == 32);

constexpr uint8_t ATTRIBUTE_LABEL = 0x08; /* and long names */
constexpr uint8_t ATTRIBUTE_DIRECTORY = 0x10;
constexpr uint32_t FAT12_CLUSTERS_MAX = 4084;
constexpr uint32_t FAT16_CLUSTERS_MAX = 65524;
constexpr uint32_t FAT32_CLUSTERS_MAX = 0x0FFF'FFF5;
constexpr uint32_t CLUSTER_MASK = 0x0FFF'FFFF;
constexpr uint32_t SECTOR_ENTRIES = DISK_SECTOR_SIZE / sizeof(struct directory_entry);

static bool parameters_plausible(const struct parameters *p) {
    bool power = p->cluster_sectors != 0 && (p->cluster_sectors & (p->cluster_sectors - 1)) == 0;
    return p->sector_size == DISK_SECTOR_SIZE && power && p->reserved_sectors != 0 &&
           p->table_count != 0;
}

/* Lays the volume out; false when its parts do not fit together. */
static bool layout(struct fat *fat, const struct parameters *p, const struct partition *where) {
    uint32_t total = p->total_sectors_16 != 0 ? p->total_sectors_16 : p->total_sectors_32;
    fat->table_sectors = p->table_sectors_16 != 0 ? p->table_sectors_16 : p->table_sectors_32;
    fat->cluster_sectors = p->cluster_sectors;
    fat->root_sectors = (p->root_entries + SECTOR_ENTRIES - 1) / SECTOR_ENTRIES;
    uint64_t tables = (uint64_t)p->table_count * fat->table_sectors;
    uint64_t data = p->reserved_sectors + tables + fat->root_sectors;
    if (total > where->count || data >= total) {
        return false;
    }
    fat->cluster_count = (uint32_t)((total - data) / fat->cluster_sectors);
    fat->table_sector = where->first + p->reserved_sectors;
    fat->root_sector = fat->table_sector + tables;
    fat->data_sector = where->first + data;
    bool wide = fat->cluster_count > FAT16_CLUSTERS_MAX;
    fat->root_cluster = wide ? p->root_cluster : 0;
    uint64_t table_bytes = (fat->cluster_count + UINT64_C(2)) * (wide ? 4 : 2);
    return table_bytes <= (uint64_t)fat->table_sectors * DISK_SECTOR_SIZE &&
           fat->cluster_count <= FAT32_CLUSTERS_MAX && (!wide || p->root_cluster >= 2);
}

bool fat_open(struct fat *fat, const struct disk *disk, const struct partition *partition,
              struct complaint *complaint) {
    uint8_t sector[DISK_SECTOR_SIZE];
    struct parameters parameters;
    fat->disk = disk;
    fat->window_count = 0;
    if (!disk_read(disk, partition->first, 1, sector, complaint)) {
        return false;
    }
    memcpy(&parameters, sector, sizeof parameters);
    if (sector[510] != 0x55 || sector[511] != 0xAA || !parameters_plausible(&parameters)) {
        return complain(complaint, "%s: no FAT file system on the boot partition (sector %llu)",
                        disk->name, (unsigned long long)partition->first);
    }
    if (!layout(fat, &parameters, partition)) {
        return complain(complaint, "%s: damaged FAT parameters at sector %llu", disk->name,
                        (unsigned long long)partition->first);
    }
    if (fat->cluster_count <= FAT12_CLUSTERS_MAX) {
        return complain(complaint, "%s: the boot partition is FAT12; FAT16 or FAT32 is needed",
                        disk->name);
    }
    return true;
}

/* Brings sector `index` of the table into the window. */
static bool window_move(struct fat *fat, uint32_t index, struct complaint *complaint) {
    if (index >= fat->window_first && index - fat->window_first < fat->window_count) {
        return true;
    }
    uint32_t left = fat->table_sectors - index;
    uint32_t count = left < FAT_WINDOW_SECTORS ? left : FAT_WINDOW_SECTORS;
    fat->window_count = 0;
    if (!disk_read(fat->disk, fat->table_sector + index, count, fat->window, complaint)) {
        return false;
    }
    fat->window_first = index;
    fat->window_count = count;
    return true;
}

static bool cluster_valid(const struct fat *fat, uint32_t cluster) {
    return cluster >= 2 && cluster - 2 < fat->cluster_count;
}

/* What follows a valid cluster: *next may be anything, an end mark too. */
static bool cluster_next(struct fat *fat, uint32_t cluster, uint32_t *next,
                         struct complaint *complaint) {
    uint32_t width = fat->root_cluster != 0 ? 4 : 2;
    uint32_t offset = cluster * width;
    if (!window_move(fat, offset / DISK_SECTOR_SIZE, complaint)) {
        return false;
    }
    uint32_t value = 0;
    memcpy(&value, fat->window + (offset - fat->window_first * DISK_SECTOR_SIZE), width);
    *next = value & CLUSTER_MASK;
    return true;
}

static uint64_t cluster_sector(const struct fat *fat, uint32_t cluster) {
    return fat->data_sector + (uint64_t)(cluster - 2) * fat->cluster_sectors;
}

/* A walk through a directory: sector by sector, in its fixed place or along its chain. */
struct walk {
    bool fixed;
    uint32_t cluster;
    uint32_t index; /* sectors passed so far */
    struct directory_entry entries[SECTOR_ENTRIES];
};

/* Reads the next sector; *more is false at the end of the directory. */
static bool walk_next(struct fat *fat, struct walk *walk, bool *more, struct complaint *complaint) {
    uint32_t within = walk->index % fat->cluster_sectors;
    if (!walk->fixed && within == 0 && walk->index != 0 &&
        !cluster_next(fat, walk->cluster, &walk->cluster, complaint)) {
        return false;
    }
    *more = walk->fixed ? walk->index < fat->root_sectors
                        : cluster_valid(fat, walk->cluster) &&
                              walk->index < FAT_DIRECTORY_MAX / SECTOR_ENTRIES;
    if (!*more) {
        return true;
    }
    uint64_t sector =
        walk->fixed ? fat->root_sector + walk->index : cluster_sector(fat, walk->cluster) + within;
    walk->index++;
    return disk_read(fat->disk, sector, 1, walk->entries, complaint);
}

/* "CONFIG" as the directory holds it: eight and three characters, padded. */
static bool name_pack(struct text name, char out[11]) {
    struct text rest = name;
    struct text stem = text_split(&rest, '.');
    if (stem.size == 0 || stem.size > 8 || rest.size > 3) {
        return false;
    }
    memset(out, ' ', 11);
    memcpy(out, stem.bytes, stem.size);
    memcpy(out + 8, rest.bytes, rest.size);
    return true;
}

static struct fat_file file_of(const struct fat *fat, const struct directory_entry *entry) {
    uint32_t high = fat->root_cluster != 0 ? entry->cluster_high : 0;
    return (struct fat_file){
        .exists = true,
        .is_directory = (entry->attributes & ATTRIBUTE_DIRECTORY) != 0,
        .cluster = (high << 16 | entry->cluster_low) & CLUSTER_MASK,
        .size = entry->size,
    };
}

/* Looks for one name; out->exists tells. *end becomes true at the mark after the last entry. */
static void sector_search(const struct fat *fat, const struct walk *walk, const char name[11],
                          struct fat_file *out, bool *end) {
    for (size_t i = 0; i < SECTOR_ENTRIES && !out->exists && !*end; i++) {
        const struct directory_entry *entry = &walk->entries[i];
        *end = entry->name[0] == 0;
        bool plain = (entry->attributes & ATTRIBUTE_LABEL) == 0;
        if (plain && memcmp(entry->name, name, 11) == 0) {
            *out = file_of(fat, entry);
        }
    }
}

/* Cluster 0 is the fixed root directory. */
static bool directory_find(struct fat *fat, uint32_t cluster, struct text name,
                           struct fat_file *out, struct complaint *complaint) {
    char packed[11];
    struct walk walk = {.fixed = cluster == 0, .cluster = cluster};
    bool more = true, end = false;
    *out = (struct fat_file){};
    if (!name_pack(name, packed)) {
        return true;
    }
    while (!out->exists && !end) {
        if (!walk_next(fat, &walk, &more, complaint)) {
            return false;
        }
        if (!more) {
            return true;
        }
        sector_search(fat, &walk, packed, out, &end);
    }
    return true;
}

bool fat_find(struct fat *fat, struct text path, struct fat_file *out,
              struct complaint *complaint) {
    uint32_t cluster = fat->root_cluster;
    do {
        struct text name = text_split(&path, '/');
        if (!directory_find(fat, cluster, name, out, complaint)) {
            return false;
        }
        if (path.size > 0 && out->exists && (!out->is_directory || out->cluster == 0)) {
            *out = (struct fat_file){};
        }
        cluster = out->cluster;
    } while (path.size > 0 && out->exists);
    out->exists = out->exists && !out->is_directory;
    return true;
}

/* The longest run of neighbouring clusters from `first` on, at most `limit`; *next follows it. */
static bool run_measure(struct fat *fat, uint32_t first, uint32_t limit, uint32_t *length,
                        uint32_t *next, struct complaint *complaint) {
    *length = 0;
    *next = first;
    do {
        if (!cluster_next(fat, *next, next, complaint)) {
            return false;
        }
        ++*length;
    } while (*length < limit && *next == first + *length && cluster_valid(fat, *next));
    return true;
}

bool fat_read(struct fat *fat, const struct fat_file *file, const char *name, void *to,
              struct complaint *complaint) {
    uint8_t *out = to;
    uint32_t left = file->size / DISK_SECTOR_SIZE + (file->size % DISK_SECTOR_SIZE != 0);
    uint32_t cluster = file->cluster;
    while (left > 0) {
        uint32_t length, next;
        if (!cluster_valid(fat, cluster)) {
            return complain(complaint,
                            "%s: %s is truncated: its cluster chain ends %llu bytes early",
                            fat->disk->name, name, (unsigned long long)left * DISK_SECTOR_SIZE);
        }
        uint32_t limit = (left + fat->cluster_sectors - 1) / fat->cluster_sectors;
        if (!run_measure(fat, cluster, limit, &length, &next, complaint)) {
            return false;
        }
        uint64_t whole = (uint64_t)length * fat->cluster_sectors;
        uint32_t count = whole < left ? (uint32_t)whole : left;
        if (!disk_read(fat->disk, cluster_sector(fat, cluster), count, out, complaint)) {
            return false;
        }
        out += (size_t)count * DISK_SECTOR_SIZE;
        left -= count;
        cluster = next;
    }
    return true;
}
