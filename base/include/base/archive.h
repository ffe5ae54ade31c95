/* SPDX-License-Identifier: MIT */
/*
 * Reading archives: what an initrd is. The loader, the kernel, the file server and `copper image`
 * use it. The format is told from the first bytes: cpio by its magic, anything else is read as
 * ustar.
 *
 * Sources: POSIX.1-2017 pax, "ustar Interchange Format", "pax Header Block" and "cpio Interchange
 * Format"; the GNU tar manual for long names ('L', 'K') and base-256 numbers; cpio(5) for the
 * formats newc (070701), crc (070702) and odc (070707). The bytes may be hostile: nothing outside
 * them is touched, and what is wrong is told by the offset of its header.
 */
#pragma once
#include <base/string.h>

enum archive_format : uint8_t { ARCHIVE_TAR, ARCHIVE_CPIO };

enum archive_kind : uint8_t {
    ARCHIVE_FILE,
    ARCHIVE_HARD_LINK, /* of tar: `target` names an entry before it */
    ARCHIVE_SYMLINK,
    ARCHIVE_DIRECTORY,
    ARCHIVE_OTHER, /* a device or fifo */
};

struct archive_entry {
    uint64_t offset; /* of its header */
    enum archive_kind kind;
    struct text name;   /* without "./" or "/" before it; until the next entry is read */
    struct text target; /* of a link; the same */
    const uint8_t *data;
    uint64_t size;
    uint64_t modification_s;
    bool shared;   /* cpio: a file with several names. Its data may come with a later one */
    uint64_t file; /* which file that is: equal for all its names */
    bool summed;   /* does the format hold a sum of the data? */
    uint32_t sum;  /* of its bytes, modulo 2^32 */
};

constexpr uint32_t ARCHIVE_PATH_MAX = 4096; /* bytes of a name */

struct archive {
    const uint8_t *bytes;
    uint64_t size;
    uint64_t next; /* offset of the next header */
    enum archive_format format;
    char name[ARCHIVE_PATH_MAX];
    char target[ARCHIVE_PATH_MAX];
};

enum archive_result : uint8_t {
    ARCHIVE_ENTRY,
    ARCHIVE_END,       /* its end mark: the archive is whole */
    ARCHIVE_CUT,       /* the bytes end where a header should be */
    ARCHIVE_DAMAGED,   /* no sound header at out->offset, or a wrong sum of the file there */
    ARCHIVE_TRUNCATED, /* the file at out->offset ends beyond the bytes */
};

void archive_init(struct archive *archive, const void *bytes, size_t size);

/* The next entry. After anything but ARCHIVE_ENTRY there is no further one. */
enum archive_result archive_next(struct archive *archive, struct archive_entry *out);

/* From where `archive` stands to the next regular file of that name ("./" and "/" before it do not
 * count), with its data, which has the right sum. ARCHIVE_ENTRY: found; else how the archive ended.
 * After this the archive stands anywhere. */
enum archive_result archive_find(struct archive *archive, struct text name,
                                 struct archive_entry *out);

/* Is the data what the archive says it is? True when it says nothing. */
bool archive_entry_intact(const struct archive_entry *entry);
