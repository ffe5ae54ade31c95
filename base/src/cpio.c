/* SPDX-License-Identifier: MIT */
/*
 * The reader of cpio archives. A header is text; the name follows it, ends in NUL and counts it.
 *
 *   newc, crc   magic 6  inode 8  mode 8  user 8  group 8  links 8  mtime 8  size 8  device 8 + 8
 *   (hex)       (of a device 8 + 8)  name's size 8  sum 8            (110)
 *   odc         magic 6  device 6  inode 6  mode 6  user 6  group 6  links 6  (of a device 6)
 *   (octal)     mtime 11  name's size 6  size 11                     (76)
 *
 * In newc and crc name and data are padded so that each ends at a multiple of 4; in odc nothing is.
 * The entry "TRAILER!!!" is the end. In newc and crc a file with several names has its data with
 * the last of them and a size of 0 elsewhere; in odc each has all of it, and inodes are cut down to
 * 18 bits, so they tell nothing.
 */
#include "formats.h"
#include <base/checked.h>

struct field {
    uint8_t at, size;
};

/* Where things are in a header. */
struct layout {
    uint8_t header_size, alignment, digit_bits;
    struct field inode, mode, links, time, size, major, minor, name_size;
};

static const struct layout newc = {
    .header_size = 110,
    .alignment = 4,
    .digit_bits = 4,
    .inode = {6, 8},
    .mode = {14, 8},
    .links = {38, 8},
    .time = {46, 8},
    .size = {54, 8},
    .major = {62, 8},
    .minor = {70, 8},
    .name_size = {94, 8},
};
static const struct layout odc = {
    .header_size = 76,
    .alignment = 1,
    .digit_bits = 3,
    .inode = {12, 6},
    .mode = {18, 6},
    .links = {36, 6},
    .time = {48, 11},
    .size = {65, 11},
    .major = {6, 6},
    .minor = {6, 6},
    .name_size = {59, 6},
};
constexpr struct field CHECK = {102, 8}; /* of newc and crc */

constexpr uint32_t MAGIC_SIZE = 6;
constexpr uint32_t KIND_MASK = 0170000, KIND_FILE = 0100000, KIND_DIRECTORY = 0040000,
                   KIND_SYMLINK = 0120000;

bool cpio_is(const uint8_t *bytes, uint64_t size) {
    return size >= MAGIC_SIZE && memcmp(bytes, "07070", 5) == 0 &&
           (bytes[5] == '1' || bytes[5] == '2' || bytes[5] == '7');
}

static unsigned digit_of(uint8_t c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : UINT8_MAX;
}

/* Digits only: 11 octal ones are the most, so that nothing overflows. */
static bool read_number(const uint8_t *header, struct field field, unsigned bits, uint64_t *out) {
    uint64_t value = 0;
    for (unsigned i = 0; i < field.size; i++) {
        unsigned digit = digit_of(header[field.at + i]);
        if (digit >> bits != 0) {
            return false;
        }
        value = value << bits | digit;
    }
    *out = value;
    return true;
}

struct numbers {
    uint64_t inode, mode, links, time, size, major, minor, name_size;
};

static bool read_numbers(const uint8_t *header, const struct layout *layout, struct numbers *out) {
    const unsigned bits = layout->digit_bits;
    return read_number(header, layout->inode, bits, &out->inode) &&
           read_number(header, layout->mode, bits, &out->mode) &&
           read_number(header, layout->links, bits, &out->links) &&
           read_number(header, layout->time, bits, &out->time) &&
           read_number(header, layout->size, bits, &out->size) &&
           read_number(header, layout->major, bits, &out->major) &&
           read_number(header, layout->minor, bits, &out->minor) &&
           read_number(header, layout->name_size, bits, &out->name_size);
}

static enum archive_kind kind_of(uint64_t mode) {
    switch (mode & KIND_MASK) {
    case KIND_FILE:
        return ARCHIVE_FILE;
    case KIND_DIRECTORY:
        return ARCHIVE_DIRECTORY;
    case KIND_SYMLINK:
        return ARCHIVE_SYMLINK;
    default:
        return ARCHIVE_OTHER;
    }
}

/* The name behind the header: it has its NUL at the end and nowhere else. */
static bool read_name(const uint8_t *at, uint64_t size, struct text *out) {
    if (size < 2 || size > ARCHIVE_PATH_MAX) {
        return false;
    }
    *out = (struct text){(const char *)at, 0};
    while (out->size < size && at[out->size] != '\0') {
        out->size++;
    }
    return out->size == size - 1;
}

/* What newc and crc say beyond the numbers that all have. */
static bool read_extras(const uint8_t *header, const struct numbers *numbers,
                        struct archive_entry *out) {
    uint64_t sum;
    if (!read_number(header, CHECK, newc.digit_bits, &sum)) {
        return false;
    }
    out->summed = header[MAGIC_SIZE - 1] == '2' && out->kind == ARCHIVE_FILE;
    out->sum = out->summed ? (uint32_t)sum : 0;
    out->shared = numbers->links > 1 && out->kind == ARCHIVE_FILE;
    out->file = numbers->inode << 32 | ((numbers->major << 20 ^ numbers->minor) & UINT32_MAX);
    return true;
}

/* A symbolic link's data is its target. */
static bool read_target(struct archive_entry *entry) {
    if (entry->kind == ARCHIVE_SYMLINK) {
        entry->target = (struct text){(const char *)entry->data, (size_t)entry->size};
        entry->size = 0;
    }
    return entry->target.size <= ARCHIVE_PATH_MAX;
}

/* What follows the header: name and data, each with its padding. The last may lack it. */
static enum archive_result read_rest(struct archive *archive, const struct layout *layout,
                                     const struct numbers *numbers, struct archive_entry *out) {
    uint64_t name = archive->next + layout->header_size;
    uint64_t data = align_up(name + numbers->name_size, layout->alignment);
    if (!range_within(name, numbers->name_size, archive->size) ||
        !range_within(data, numbers->size, archive->size)) {
        return ARCHIVE_TRUNCATED;
    }
    if (!read_name(archive->bytes + name, numbers->name_size, &out->name)) {
        return ARCHIVE_DAMAGED;
    }
    out->data = archive->bytes + data;
    out->size = numbers->size;
    uint64_t next = align_up(data + numbers->size, layout->alignment);
    archive->next = next < archive->size ? next : archive->size;
    if (text_equal(out->name, text_of("TRAILER!!!"))) {
        return ARCHIVE_END;
    }
    return read_target(out) ? ARCHIVE_ENTRY : ARCHIVE_DAMAGED;
}

enum archive_result cpio_next(struct archive *archive, struct archive_entry *out) {
    struct numbers numbers;
    uint64_t left = archive->size - archive->next;
    const uint8_t *header = archive->bytes + archive->next;
    if (left < MAGIC_SIZE) {
        return ARCHIVE_CUT;
    }
    if (!cpio_is(header, left)) {
        return ARCHIVE_DAMAGED;
    }
    bool old = header[MAGIC_SIZE - 1] == '7';
    const struct layout *layout = old ? &odc : &newc;
    if (left < layout->header_size) {
        return ARCHIVE_CUT;
    }
    if (!read_numbers(header, layout, &numbers)) {
        return ARCHIVE_DAMAGED;
    }
    out->kind = kind_of(numbers.mode);
    out->modification_s = numbers.time;
    if (!old && !read_extras(header, &numbers, out)) {
        return ARCHIVE_DAMAGED;
    }
    return read_rest(archive, layout, &numbers, out);
}
