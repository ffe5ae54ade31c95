/* SPDX-License-Identifier: MIT */
/*
 * ustar. Source: POSIX.1-1988, "ustar interchange format"; numbers are octal text, and a header's
 * checksum counts its own field as blanks.
 *
 *   0 name[100]  124 size[12]  148 checksum[8]  156 type  257 "ustar"  345 prefix[155]    512 bytes
 */
#include "initrd.h"
#include <base/checked.h>

constexpr size_t BLOCK = 512;
constexpr size_t NAME = 0, NAME_SIZE = 100, SIZE = 124, CHECKSUM = 148, TYPE = 156, MAGIC = 257;
constexpr size_t PREFIX = 345, PREFIX_SIZE = 155;

static bool octal(const uint8_t *field, size_t size, uint64_t *out) {
    uint64_t value = 0;
    size_t i = 0;
    for (; i < size && field[i] == ' '; i++) {
    }
    for (; i < size && field[i] >= '0' && field[i] <= '7'; i++) {
        value = value << 3 | (uint64_t)(field[i] - '0');
    }
    *out = value;
    return i == size || field[i] == ' ' || field[i] == 0;
}

static bool header_is_sound(const uint8_t *header) {
    uint64_t expected, sum = 0;
    for (size_t i = 0; i < BLOCK; i++) {
        sum += i >= CHECKSUM && i < CHECKSUM + 8 ? ' ' : header[i];
    }
    return memcmp(header + MAGIC, "ustar", 5) == 0 && octal(header + CHECKSUM, 8, &expected) &&
           sum == expected;
}

static size_t append(char *to, const uint8_t *from, size_t most) {
    size_t size = 0;
    while (size < most && from[size] != 0) {
        to[size] = (char)from[size];
        size++;
    }
    return size;
}

static struct text name_strip(struct text name) {
    for (;;) {
        size_t drop =
            text_starts_with(name, text_of("./")) ? 2 : name.size > 0 && name.bytes[0] == '/';
        if (drop == 0) {
            return name;
        }
        name = (struct text){name.bytes + drop, name.size - drop};
    }
}

static void name_read(const uint8_t *header, struct initrd_file *out) {
    size_t size = append(out->buffer, header + PREFIX, PREFIX_SIZE);
    if (size > 0) {
        out->buffer[size++] = '/';
    }
    size += append(out->buffer + size, header + NAME, NAME_SIZE);
    out->name = name_strip((struct text){out->buffer, size});
}

bool initrd_next(struct bytes *rest, struct initrd_file *out) {
    for (;;) {
        const uint8_t *header = rest->at;
        uint64_t size;
        if (!bytes_skip(rest, BLOCK) || !header_is_sound(header) ||
            !octal(header + SIZE, 12, &size)) {
            return false;
        }
        out->bytes = rest->at;
        out->size = size;
        if (size > bytes_left(rest)) {
            return false;
        }
        size_t padded = align_up(size, BLOCK);
        if (!bytes_skip(rest, padded < bytes_left(rest) ? padded : bytes_left(rest))) {
            return false;
        }
        if (header[TYPE] == '0' || header[TYPE] == 0) {
            name_read(header, out);
            return true;
        }
    }
}

bool initrd_find(struct bytes archive, struct text name, struct initrd_file *out) {
    name = name_strip(name);
    while (initrd_next(&archive, out)) {
        if (text_equal(out->name, name)) {
            return true;
        }
    }
    return false;
}
