/* SPDX-License-Identifier: MIT */
/*
 * The reader of ustar archives.
 *
 *   offset   0 name 100   100 mode 8   108 uid 8   116 gid 8   124 size 12   136 mtime 12
 *          148 checksum 8   156 type   157 target 100   257 "ustar"   263 version 2
 *          265 names of user and group 64   329 device 16   345 prefix 155   (500)
 *
 * The data follows at the next multiple of 512. An archive ends with a block of zeros, or with its
 * bytes.
 */
#include "formats.h"
#include <base/checked.h>

constexpr uint32_t BLOCK = 512;
constexpr uint32_t NAME_AT = 0, NAME_SIZE = 100;
constexpr uint32_t SIZE_AT = 124, TIME_AT = 136, NUMBER_SIZE = 12;
constexpr uint32_t CHECKSUM_AT = 148, CHECKSUM_SIZE = 8;
constexpr uint32_t TYPE_AT = 156;
constexpr uint32_t TARGET_AT = 157, TARGET_SIZE = 100;
constexpr uint32_t MAGIC_AT = 257;
constexpr uint32_t PREFIX_AT = 345, PREFIX_SIZE = 155;

static struct text field(const uint8_t *header, uint32_t at, uint32_t size) {
    struct text text = {(const char *)header + at, 0};
    while (text.size < size && text.bytes[text.size] != '\0') {
        text.size++;
    }
    return text;
}

/* GNU's form for large numbers: the top bit set, then big-endian binary. */
static bool read_binary(const uint8_t *bytes, uint32_t size, uint64_t *out) {
    uint64_t value = bytes[0] & 0x7f;
    for (uint32_t i = 1; i < size; i++) {
        if (value >> 56 != 0) {
            return false;
        }
        value = value << 8 | bytes[i];
    }
    *out = value;
    return true;
}

/* Octal digits, with spaces before and a space or NUL behind. */
static bool read_number(const uint8_t *header, uint32_t at, uint32_t size, uint64_t *out) {
    const uint8_t *bytes = header + at;
    if ((bytes[0] & 0x80) != 0) {
        return read_binary(bytes, size, out);
    }
    uint32_t i = 0;
    while (i < size && bytes[i] == ' ') {
        i++;
    }
    uint64_t value = 0;
    for (; i < size && bytes[i] >= '0' && bytes[i] <= '7'; i++) {
        value = value * 8 + (bytes[i] - '0');
    }
    *out = value;
    return i == size || bytes[i] == ' ' || bytes[i] == '\0';
}

/* The sum of the header's bytes, its own field taken as spaces. */
static bool checksum_holds(const uint8_t *header) {
    uint64_t told, sum = 0;
    for (uint32_t i = 0; i < BLOCK; i++) {
        bool own = i >= CHECKSUM_AT && i < CHECKSUM_AT + CHECKSUM_SIZE;
        sum += own ? ' ' : header[i];
    }
    return read_number(header, CHECKSUM_AT, CHECKSUM_SIZE, &told) && told == sum;
}

static bool is_zero(const uint8_t *header) {
    uint32_t i = 0;
    while (i < BLOCK && header[i] == 0) {
        i++;
    }
    return i == BLOCK;
}

static bool copy(struct text *to, char *buffer, struct text text) {
    if (text.size > ARCHIVE_PATH_MAX) {
        return false;
    }
    memcpy(buffer, text.bytes, text.size);
    *to = (struct text){buffer, text.size};
    return true;
}

/* One block of header, and the data behind it. */
struct member {
    const uint8_t *header;
    const uint8_t *data;
    uint64_t size;
    char type;
};

/* Links and directories have no data, whatever their size says. */
static bool has_data(char type) {
    return type < '1' || type > '6';
}

static enum archive_result read_member(struct archive *archive, struct member *out) {
    if (!range_within(archive->next, BLOCK, archive->size)) {
        return ARCHIVE_CUT;
    }
    const uint8_t *header = archive->bytes + archive->next;
    if (is_zero(header)) {
        return ARCHIVE_END;
    }
    *out = (struct member){.header = header, .type = (char)header[TYPE_AT]};
    if (memcmp(header + MAGIC_AT, "ustar", 5) != 0 || !checksum_holds(header) ||
        !read_number(header, SIZE_AT, NUMBER_SIZE, &out->size)) {
        return ARCHIVE_DAMAGED;
    }
    if (!has_data(out->type)) {
        out->size = 0;
    }
    uint64_t start = archive->next + BLOCK;
    if (!range_within(start, out->size, archive->size)) {
        return ARCHIVE_TRUNCATED;
    }
    out->data = archive->bytes + start;
    uint64_t padded = align_up(out->size, BLOCK);
    /* The last member may lack its padding. */
    archive->next = range_within(start, padded, archive->size) ? start + padded : archive->size;
    return ARCHIVE_ENTRY;
}

/* Names of the header, unless a member before it gave longer ones. */
static bool read_names(struct archive *archive, const struct member *member,
                       struct archive_entry *out) {
    if (out->target.size == 0 &&
        !copy(&out->target, archive->target, field(member->header, TARGET_AT, TARGET_SIZE))) {
        return false;
    }
    if (out->name.size > 0) {
        return true;
    }
    /* GNU's own format keeps other things where the prefix is, and says so by a space. */
    bool posix = member->header[MAGIC_AT + 5] == '\0';
    struct text prefix = field(member->header, PREFIX_AT, posix ? PREFIX_SIZE : 0);
    struct text name = field(member->header, NAME_AT, NAME_SIZE);
    uint32_t size = 0;
    if (prefix.size > 0) {
        memcpy(archive->name, prefix.bytes, prefix.size);
        size = (uint32_t)prefix.size;
        archive->name[size++] = '/';
    }
    memcpy(archive->name + size, name.bytes, name.size);
    out->name = (struct text){archive->name, size + name.size};
    return out->name.size > 0;
}

static struct text without_nul(const struct member *member) {
    struct text text = {(const char *)member->data, 0};
    while (text.size < member->size && text.bytes[text.size] != '\0') {
        text.size++;
    }
    return text;
}

/* One record of a pax header: "LENGTH KEY=VALUE\n", the length counting all of it. */
static bool take_record(struct text *rest, struct text *key, struct text *value) {
    uint64_t length;
    struct text all = *rest;
    if (!text_to_u64(text_split(&all, ' '), &length) || length > rest->size) {
        return false;
    }
    size_t digits = rest->size - all.size;
    if (length <= digits || rest->bytes[length - 1] != '\n') {
        return false;
    }
    *value = (struct text){all.bytes, (size_t)length - digits - 1};
    *key = text_split(value, '=');
    rest->bytes += length;
    rest->size -= (size_t)length;
    return true;
}

static bool read_pax(struct archive *archive, const struct member *member,
                     struct archive_entry *out) {
    struct text rest = {(const char *)member->data, (size_t)member->size};
    while (rest.size > 0) {
        struct text key, value;
        if (!take_record(&rest, &key, &value)) {
            return false;
        }
        if (text_equal(key, text_of("path")) && !copy(&out->name, archive->name, value)) {
            return false;
        }
        if (text_equal(key, text_of("linkpath")) && !copy(&out->target, archive->target, value)) {
            return false;
        }
        if (text_equal(key, text_of("size"))) {
            return false; /* only for files beyond 8 GiB, which no initrd holds */
        }
    }
    return true;
}

/* A member that tells about the next one? *good: it was well-formed. */
static bool read_extension(struct archive *archive, const struct member *member,
                           struct archive_entry *out, bool *good) {
    *good = true;
    switch (member->type) {
    case 'L':
        *good = copy(&out->name, archive->name, without_nul(member));
        return true;
    case 'K':
        *good = copy(&out->target, archive->target, without_nul(member));
        return true;
    case 'x':
        *good = read_pax(archive, member, out);
        return true;
    case 'g': /* defaults for all that follows: nothing that matters here */
        return true;
    default:
        return false;
    }
}

static enum archive_kind kind_of(char type) {
    switch (type) {
    case '\0':
    case '0':
    case '7':
        return ARCHIVE_FILE;
    case '1':
        return ARCHIVE_HARD_LINK;
    case '2':
        return ARCHIVE_SYMLINK;
    case '5':
        return ARCHIVE_DIRECTORY;
    default:
        return ARCHIVE_OTHER;
    }
}

/* The entry of a member that is no extension. */
static bool read_entry(struct archive *archive, const struct member *member,
                       struct archive_entry *out) {
    out->kind = kind_of(member->type);
    out->data = member->data;
    out->size = member->size;
    if (!read_names(archive, member, out) ||
        !read_number(member->header, TIME_AT, NUMBER_SIZE, &out->modification_s)) {
        return false;
    }
    return true;
}

enum archive_result tar_next(struct archive *archive, struct archive_entry *out) {
    for (;;) {
        struct member member;
        bool good;
        out->offset = archive->next;
        enum archive_result result = read_member(archive, &member);
        if (result != ARCHIVE_ENTRY) {
            return result;
        }
        if (!read_extension(archive, &member, out, &good)) {
            return read_entry(archive, &member, out) ? ARCHIVE_ENTRY : ARCHIVE_DAMAGED;
        }
        if (!good) {
            return ARCHIVE_DAMAGED;
        }
    }
}
