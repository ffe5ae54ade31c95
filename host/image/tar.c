/* SPDX-License-Identifier: MIT */
/*
 * The ustar writer. Numbers are octal text; a path of more than 100 bytes is split at a '/' into
 * prefix and name.
 *
 *   offset 0 name[100]  100 mode[8]  108 uid[8]  116 gid[8]  124 size[12]  136 mtime[12]
 *        148 checksum[8]  156 type  257 "ustar\0" "00"  345 prefix[155]  500 (padding to 512)
 */
#include "tar.h"
#include <base/checked.h>
#include <base/format.h>
#include <stdlib.h>
#include <string.h>

constexpr size_t BLOCK = 512;
constexpr size_t NAME = 100;
constexpr size_t PREFIX = 155;
constexpr uint64_t SIZE_MAX_OCTAL = UINT64_C(1) << 33;

struct header {
    char name[NAME];
    char mode[8], uid[8], gid[8];
    char size[12], time[12];
    char checksum[8];
    char type;
    char link[100];
    char magic[6], version[2];
    char user[32], group[32];
    char device[2][8];
    char prefix[PREFIX];
    char padding[12];
};
static_assert(sizeof(struct header) == BLOCK);

/* Where the name starts when the path does not fit into it alone; 0 when it fits, path size when
 * it cannot be split. */
static size_t split(const char *path, size_t size) {
    if (size <= NAME) {
        return 0;
    }
    for (size_t i = size - NAME - 1; i <= PREFIX && i < size; i++) {
        if (path[i] == '/') {
            return i + 1;
        }
    }
    return size;
}

static void octal(char *to, size_t capacity, uint64_t value) {
    for (size_t i = capacity - 1; i > 0; i--, value >>= 3) {
        to[i - 1] = (char)('0' + (value & 7));
    }
    to[capacity - 1] = 0;
}

static void checksum(struct header *header) {
    const uint8_t *bytes = (const uint8_t *)header;
    uint32_t sum = 0;
    memset(header->checksum, ' ', sizeof(header->checksum));
    for (size_t i = 0; i < sizeof(*header); i++) {
        sum += bytes[i];
    }
    octal(header->checksum, sizeof(header->checksum) - 1, sum);
}

static bool header_fill(struct header *header, const struct image_file *file,
                        struct image_error *error) {
    size_t size = strlen(file->path);
    size_t name = split(file->path, size);
    if (size == 0 || file->path[0] == '/') {
        return image_complain(error, "\"%s\": not a path of an initrd", file->path);
    }
    if (name == size || file->content.size >= SIZE_MAX_OCTAL) {
        return image_complain(error, "%s: too long for an initrd", file->path);
    }
    memset(header, 0, sizeof(*header));
    memcpy(header->name, file->path + name, size - name);
    memcpy(header->prefix, file->path, name == 0 ? 0 : name - 1);
    octal(header->mode, sizeof(header->mode), 0444);
    octal(header->uid, sizeof(header->uid), 0);
    octal(header->gid, sizeof(header->gid), 0);
    octal(header->size, sizeof(header->size), file->content.size);
    octal(header->time, sizeof(header->time), 0);
    header->type = '0';
    memcpy(header->magic, "ustar", 6);
    memcpy(header->version, "00", 2);
    checksum(header);
    return true;
}

bool tar_create(const struct image_file *files, size_t count, struct blob *out,
                struct image_error *error) {
    size_t total = 2 * BLOCK; /* the end: two empty blocks */
    for (size_t i = 0; i < count; i++) {
        total += BLOCK + align_up(files[i].content.size, BLOCK);
    }
    uint8_t *bytes = calloc(1, total);
    size_t at = 0;
    if (bytes == nullptr) {
        return image_complain(error, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        struct header header;
        if (!header_fill(&header, &files[i], error)) {
            free(bytes);
            return false;
        }
        memcpy(bytes + at, &header, BLOCK);
        memcpy(bytes + at + BLOCK, files[i].content.bytes, files[i].content.size);
        at += BLOCK + align_up(files[i].content.size, BLOCK);
    }
    *out = (struct blob){bytes, total};
    return true;
}
