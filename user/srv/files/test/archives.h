/* SPDX-License-Identifier: MIT */
/* Writes archives for tests: of ustar a header per entry, with a checksum; of cpio newc. */
#pragma once
#include <base/ensure.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct archive_writer {
    uint8_t bytes[16 * 1024];
    size_t size;
};

/* The checksum of the header at `at`, written into it. */
static inline void archive_seal(struct archive_writer *archive, size_t at) {
    uint8_t *header = archive->bytes + at;
    memset(header + 148, ' ', 8);
    unsigned sum = 0;
    for (unsigned i = 0; i < 512; i++) {
        sum += header[i];
    }
    snprintf((char *)header + 148, 8, "%06o", sum);
}

/* Returns the offset of the header. */
static inline size_t archive_add(struct archive_writer *archive, char type, const char *name,
                                 const char *target, const char *data) {
    size_t at = archive->size, size = strlen(data);
    ensure(at + 512 + ((size + 511) & ~(size_t)511) <= sizeof archive->bytes);
    uint8_t *header = archive->bytes + at;
    memset(header, 0, 512);
    memcpy(header, name, strlen(name) < 100 ? strlen(name) : 100);
    memcpy(header + 157, target, strlen(target));
    snprintf((char *)header + 100, 8, "%07o", 0644);
    snprintf((char *)header + 124, 12, "%011o", (unsigned)size);
    snprintf((char *)header + 136, 12, "%011o", 1'000'000);
    header[156] = (uint8_t)type;
    memcpy(header + 257,
           "ustar\0"
           "00",
           8);
    archive_seal(archive, at);
    memset(header + 512, 0, (size + 511) & ~(size_t)511);
    memcpy(header + 512, data, size);
    archive->size += 512 + ((size + 511) & ~(size_t)511);
    return at;
}

/* An entry of a cpio archive in newc: the mode's upper digits say what it is. */
static inline void archive_add_cpio(struct archive_writer *archive, unsigned mode, unsigned inode,
                                    unsigned links, const char *name, const char *data) {
    char header[111];
    unsigned name_size = (unsigned)strlen(name) + 1, size = (unsigned)strlen(data);
    ensure(archive->size + sizeof header + name_size + size + 8 <= sizeof archive->bytes);
    snprintf(header, sizeof header, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
             inode, mode, 0, 0, links, 1'000'000, size, 0, 0, 0, 0, name_size, 0);
    uint8_t *to = archive->bytes + archive->size;
    memcpy(to, header, 110);
    memcpy(to + 110, name, name_size);
    size_t at = (110 + name_size + 3) & ~(size_t)3;
    memcpy(to + at, data, size);
    archive->size += (at + size + 3) & ~(size_t)3;
}
