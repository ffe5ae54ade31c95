/* SPDX-License-Identifier: MIT */
/* Finding a file in an initrd, and saying what is wrong with an archive. */
#include <base/tar.h>
#include <boot/archive.h>

static struct tar tar; /* too large for the loader's stack */

bool archive_find(struct bytes archive, struct text name, struct bytes *out,
                  struct complaint *complaint) {
    struct tar_entry entry;
    tar_init(&tar, archive.at, bytes_left(&archive));
    enum tar_result result = tar_find(&tar, name, &entry);
    unsigned long long at = entry.offset;
    switch (result) {
    case TAR_ENTRY:
        *out = bytes_init(entry.data, (size_t)entry.size);
        return true;
    case TAR_DAMAGED:
        return at == 0 ? complain(complaint, "the initrd is no ustar archive")
                       : complain(complaint, "the initrd is damaged: bad ustar header at %llu", at);
    case TAR_TRUNCATED:
        return complain(complaint, "the initrd is truncated: the file at %llu ends beyond it", at);
    default:
        return complain(complaint, "no file %.*s in the initrd%s", (int)name.size, name.bytes,
                        result == TAR_END ? "" : ", which is truncated: it has no end mark");
    }
}
