/* SPDX-License-Identifier: MIT */
/*
 * Reading ustar archives.
 *
 * Source: POSIX.1-2017 pax, "ustar Interchange Format" and "pax Header Block"; the GNU tar manual
 * for long names ('L', 'K') and base-256 numbers. The bytes may be hostile: nothing outside them is
 * touched, and what is wrong is told by the offset of its header.
 */
#pragma once
#include <abi/status.h>
#include <base/string.h>
#include <proto/file.h>

enum tar_kind : uint8_t {
    TAR_FILE,
    TAR_HARD_LINK,
    TAR_SYMLINK,
    TAR_DIRECTORY,
    TAR_OTHER, /* a device or fifo */
};

struct tar_entry {
    uint64_t offset; /* of its header */
    enum tar_kind kind;
    struct text name;   /* until the next entry is read */
    struct text target; /* of a link; the same */
    const uint8_t *data;
    uint64_t size;
    uint64_t modification_s;
};

struct tar {
    const uint8_t *bytes;
    uint64_t size;
    uint64_t next; /* offset of the next header */
    char name[FILE_PATH_MAX];
    char target[FILE_PATH_MAX];
};

void tar_init(struct tar *tar, const void *bytes, size_t size);

/* The next entry. *end: there is none. ERR_CORRUPT: out->offset says where. */
status_t tar_next(struct tar *tar, struct tar_entry *out, bool *end);
