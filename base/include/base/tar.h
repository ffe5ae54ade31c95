/* SPDX-License-Identifier: MIT */
/*
 * Reading ustar archives: what an initrd is. The loader, the kernel and the file server use it.
 *
 * Source: POSIX.1-2017 pax, "ustar Interchange Format" and "pax Header Block"; the GNU tar manual
 * for long names ('L', 'K') and base-256 numbers. The bytes may be hostile: nothing outside them is
 * touched, and what is wrong is told by the offset of its header.
 */
#pragma once
#include <base/string.h>

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
    struct text name;   /* without "./" or "/" before it; until the next entry is read */
    struct text target; /* of a link; the same */
    const uint8_t *data;
    uint64_t size;
    uint64_t modification_s;
};

constexpr uint32_t TAR_PATH_MAX = 4096; /* bytes of a name */

struct tar {
    const uint8_t *bytes;
    uint64_t size;
    uint64_t next; /* offset of the next header */
    char name[TAR_PATH_MAX];
    char target[TAR_PATH_MAX];
};

enum tar_result : uint8_t {
    TAR_ENTRY,
    TAR_END,       /* a block of zeros: the archive is whole */
    TAR_CUT,       /* the bytes end where a header should be */
    TAR_DAMAGED,   /* no sound header at out->offset */
    TAR_TRUNCATED, /* the file at out->offset ends beyond the bytes */
};

void tar_init(struct tar *tar, const void *bytes, size_t size);

/* The next entry. After anything but TAR_ENTRY there is no further one. */
enum tar_result tar_next(struct tar *tar, struct tar_entry *out);

/* From where `tar` stands to the next regular file of that name ("./" and "/" before it do not
 * count). TAR_ENTRY: found; else how the archive ended. */
enum tar_result tar_find(struct tar *tar, struct text name, struct tar_entry *out);
