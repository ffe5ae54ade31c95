/* SPDX-License-Identifier: MIT */
/*
 * ustar archives: a header block of 512 bytes, then the file padded to whole blocks, and so on; a
 * block of zeros ends it.
 */
#include <boot/archive.h>
#include <boot/peek.h>

struct header {
    char name[100];
    char mode[8], uid[8], gid[8];
    char size[12];
    char time[12];
    char checksum[8];
    char type;
    char link[100];
    char magic[6];
    char version[2];
    char user[32], group[32], device_major[8], device_minor[8];
    char prefix[155];
    char padding[12];
};
static_assert(sizeof(struct header) == 512);

constexpr uint64_t BLOCK = sizeof(struct header);

static struct text field_text(const char *field, size_t size) {
    struct text text = {field, 0};
    while (text.size < size && field[text.size] != 0) {
        text.size++;
    }
    return text;
}

/* Octal digits, ended by a space, a NUL or the end of the field. */
static bool field_octal(const char *field, size_t size, uint64_t *out) {
    size_t at = 0;
    while (at < size && field[at] == ' ') {
        at++;
    }
    size_t first = at;
    *out = 0;
    for (; at < size && field[at] >= '0' && field[at] <= '7'; at++) {
        *out = *out << 3 | (uint64_t)(field[at] - '0');
    }
    return at > first && (at == size || field[at] == ' ' || field[at] == 0);
}

static bool checksum_right(const struct header *header) {
    const uint8_t *bytes = (const uint8_t *)header;
    uint64_t sum = 0, expected;
    for (size_t i = 0; i < BLOCK; i++) {
        bool own = i >= offsetof(struct header, checksum) && i < offsetof(struct header, type);
        sum += own ? ' ' : bytes[i];
    }
    return field_octal(header->checksum, sizeof header->checksum, &expected) && sum == expected;
}

static bool block_zero(const struct header *header) {
    static const struct header zero;
    return memcmp(header, &zero, sizeof zero) == 0;
}

static void strip(struct text *name) {
    while (true) {
        size_t skip = text_starts_with(*name, text_of("./"))  ? 2
                      : text_starts_with(*name, text_of("/")) ? 1
                                                              : 0;
        if (skip == 0) {
            return;
        }
        *name = (struct text){name->bytes + skip, name->size - skip};
    }
}

/* Is the header's name, prefix '/' name, the one that is looked for (already stripped)? */
static bool name_matches(const struct header *header, struct text wanted) {
    bool posix = memcmp(header->magic,
                        "ustar\0"
                        "00",
                        8) == 0;
    struct text prefix = field_text(header->prefix, posix ? sizeof header->prefix : 0);
    struct text name = field_text(header->name, sizeof header->name);
    if (prefix.size == 0) {
        strip(&name);
        return text_equal(name, wanted);
    }
    strip(&prefix);
    if (prefix.size > 0) {
        if (!text_starts_with(wanted, prefix) || wanted.size <= prefix.size ||
            wanted.bytes[prefix.size] != '/') {
            return false;
        }
        wanted = (struct text){wanted.bytes + prefix.size + 1, wanted.size - prefix.size - 1};
    }
    return text_equal(name, wanted);
}

static bool is_regular(const struct header *header) {
    return header->type == '0' || header->type == 0;
}

bool archive_find(struct bytes archive, struct text name, struct bytes *out,
                  struct complaint *complaint) {
    struct header header;
    uint64_t at = 0, size = 0;
    strip(&name);
    for (; peek(archive, at, &header, BLOCK) && !block_zero(&header);
         at += BLOCK + align_up(size, BLOCK)) {
        if (memcmp(header.magic, "ustar", 5) != 0 || !checksum_right(&header) ||
            !field_octal(header.size, sizeof header.size, &size)) {
            return at == 0 ? complain(complaint, "the initrd is no ustar archive")
                           : complain(complaint, "the initrd is damaged: bad ustar header at %llu",
                                      (unsigned long long)at);
        }
        if (!range_within(at + BLOCK, size, bytes_left(&archive))) {
            return complain(complaint, "the initrd is truncated: the file at %llu ends beyond it",
                            (unsigned long long)at);
        }
        if (is_regular(&header) && name_matches(&header, name)) {
            return peek_part(archive, at + BLOCK, size, out);
        }
    }
    bool ended = range_within(at, BLOCK, bytes_left(&archive));
    return complain(complaint, "no file %.*s in the initrd%s", (int)name.size, name.bytes,
                    ended ? "" : ", which is truncated: it has no end mark");
}
