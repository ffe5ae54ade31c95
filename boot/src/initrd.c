/* SPDX-License-Identifier: MIT */
/* Checking an initrd, finding files in it, and saying what is wrong with it and where. */
#include <base/archive.h>
#include <boot/initrd.h>

static struct archive archive; /* too large for the loader's stack */

static const char *format_name(void) {
    return archive.format == ARCHIVE_CPIO ? "cpio" : "ustar";
}

/* For what is wrong at the offset `at`. */
static bool refuse(enum archive_result result, unsigned long long at, struct complaint *complaint) {
    if (result == ARCHIVE_TRUNCATED) {
        return complain(complaint,
                        "the initrd is truncated: its %s entry at byte %llu ends beyond it",
                        format_name(), at);
    }
    if (at == 0 && archive.format == ARCHIVE_TAR) {
        return complain(complaint, "the initrd is neither a ustar nor a cpio archive");
    }
    return complain(complaint, "the initrd is damaged: bad %s entry at byte %llu", format_name(),
                    at);
}

bool initrd_check(struct bytes initrd, struct complaint *complaint) {
    struct archive_entry entry;
    enum archive_result result;
    archive_init(&archive, initrd.at, bytes_left(&initrd));
    while ((result = archive_next(&archive, &entry)) == ARCHIVE_ENTRY) {
        if (!archive_entry_intact(&entry)) {
            return refuse(ARCHIVE_DAMAGED, entry.offset, complaint);
        }
    }
    return result == ARCHIVE_END || result == ARCHIVE_CUT ||
           refuse(result, entry.offset, complaint);
}

bool initrd_find(struct bytes initrd, struct text name, struct bytes *out,
                 struct complaint *complaint) {
    struct archive_entry entry;
    archive_init(&archive, initrd.at, bytes_left(&initrd));
    enum archive_result result = archive_find(&archive, name, &entry);
    switch (result) {
    case ARCHIVE_ENTRY:
        *out = bytes_init(entry.data, (size_t)entry.size);
        return true;
    case ARCHIVE_END:
    case ARCHIVE_CUT:
        return complain(complaint, "no file %.*s in the initrd%s", (int)name.size, name.bytes,
                        result == ARCHIVE_END ? "" : ", which is truncated: it has no end mark");
    default:
        return refuse(result, entry.offset, complaint);
    }
}
