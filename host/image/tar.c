/* SPDX-License-Identifier: MIT */
/*
 * The ustar writer, and what it takes to add to an archive. Numbers are octal text; a path of more
 * than 100 bytes is split at a '/' into prefix and name.
 *
 *   offset 0 name[100]  100 mode[8]  108 uid[8]  116 gid[8]  124 size[12]  136 mtime[12]
 *        148 checksum[8]  156 type  257 "ustar\0" "00"  345 prefix[155]  500 (padding to 512)
 */
#include "tar.h"
#include <base/archive.h>
#include <base/checked.h>
#include <base/format.h>
#include <boot/inflate.h>
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

static bool header_fill(struct header *header, const struct tar_file *file,
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

static bool is_replaced(struct text path, const struct tar_file *files, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (text_equal(path, text_of(files[i].path))) {
            return true;
        }
    }
    return false;
}

/* Copies the members that stay, headers and all; *at is where they end. */
static bool copy_base(struct blob base, const struct tar_file *files, size_t count, uint8_t *to,
                      size_t *at, struct image_error *error) {
    struct archive tar;
    struct archive_entry entry;
    enum archive_result result;
    uint64_t from = 0;
    archive_init(&tar, base.bytes, base.size);
    if (tar.format != ARCHIVE_TAR) {
        return image_complain(error, "the initrd is a cpio archive: files can be added to ustar "
                                     "archives only");
    }
    while ((result = archive_next(&tar, &entry)) == ARCHIVE_ENTRY) {
        size_t size = (size_t)(tar.next - from);
        if (!is_replaced(entry.name, files, count)) {
            memcpy(to + *at, (const uint8_t *)base.bytes + from, size);
            *at += align_up(size, BLOCK);
        }
        from = tar.next;
    }
    return result == ARCHIVE_END || result == ARCHIVE_CUT ||
           image_complain(error, "the initrd is damaged at byte %llu",
                          (unsigned long long)entry.offset);
}

static bool put_files(const struct tar_file *files, size_t count, uint8_t *to, size_t *at,
                      struct image_error *error) {
    for (size_t i = 0; i < count; i++) {
        struct header header;
        if (is_replaced(text_of(files[i].path), files + i + 1, count - i - 1)) {
            continue;
        }
        if (!header_fill(&header, &files[i], error)) {
            return false;
        }
        memcpy(to + *at, &header, BLOCK);
        memcpy(to + *at + BLOCK, files[i].content.bytes, files[i].content.size);
        *at += BLOCK + align_up(files[i].content.size, BLOCK);
    }
    return true;
}

bool tar_create(struct blob base, const struct tar_file *files, size_t count, struct blob *out,
                struct image_error *error) {
    size_t most = align_up(base.size, BLOCK) + 2 * BLOCK; /* the end: two empty blocks */
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        most += BLOCK + align_up(files[i].content.size, BLOCK);
    }
    uint8_t *bytes = calloc(1, most);
    if (bytes == nullptr) {
        return image_complain(error, "out of memory");
    }
    if (!copy_base(base, files, count, bytes, &at, error) ||
        !put_files(files, count, bytes, &at, error)) {
        free(bytes);
        return false;
    }
    *out = (struct blob){bytes, at + 2 * BLOCK};
    return true;
}

bool tar_unpack(struct blob *archive, struct image_error *error) {
    struct bytes file = bytes_init(archive->bytes, archive->size);
    struct complaint complaint;
    uint32_t size;
    if (!gzip_is(file)) {
        return true;
    }
    if (!gzip_size(file, &size, &complaint)) {
        return image_complain(error, "%s", complaint.text);
    }
    uint8_t *bytes = malloc((size_t)size + 1);
    if (bytes == nullptr) {
        return image_complain(error, "out of memory");
    }
    if (!gzip_unpack(file, bytes, size, &complaint)) {
        free(bytes);
        return image_complain(error, "%s", complaint.text);
    }
    *archive = (struct blob){bytes, size};
    return true;
}
