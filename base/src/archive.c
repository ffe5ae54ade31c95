/* SPDX-License-Identifier: MIT */
/* What all formats of archives have in common: names are compared without what stands before them,
 * files are found, and files of several names get their data. */
#include "formats.h"

void archive_init(struct archive *archive, const void *bytes, size_t size) {
    archive->bytes = bytes;
    archive->size = size;
    archive->next = 0;
    archive->format = cpio_is(bytes, size) ? ARCHIVE_CPIO : ARCHIVE_TAR;
}

static struct text name_strip(struct text name) {
    for (;;) {
        size_t skip =
            text_starts_with(name, text_of("./")) ? 2 : name.size > 0 && name.bytes[0] == '/';
        if (skip == 0) {
            return name;
        }
        name = (struct text){name.bytes + skip, name.size - skip};
    }
}

enum archive_result archive_next(struct archive *archive, struct archive_entry *out) {
    *out = (struct archive_entry){.offset = archive->next};
    enum archive_result result =
        archive->format == ARCHIVE_CPIO ? cpio_next(archive, out) : tar_next(archive, out);
    out->name = name_strip(out->name);
    return result;
}

bool archive_entry_intact(const struct archive_entry *entry) {
    uint32_t sum = 0;
    for (uint64_t i = 0; entry->summed && i < entry->size; i++) {
        sum += entry->data[i];
    }
    return sum == entry->sum;
}

/* The data of a file that has several names comes with the last of them: goes on until there is
 * some. When none comes the file is empty. */
static enum archive_result data_find(struct archive *archive, struct archive_entry *found) {
    struct archive_entry entry;
    enum archive_result result = ARCHIVE_ENTRY;
    while (found->shared && found->size == 0 && result == ARCHIVE_ENTRY) {
        result = archive_next(archive, &entry);
        if (result == ARCHIVE_ENTRY && entry.shared && entry.file == found->file) {
            found->data = entry.data;
            found->size = entry.size;
            found->sum = entry.sum;
        }
    }
    return result == ARCHIVE_TRUNCATED || result == ARCHIVE_DAMAGED ? result : ARCHIVE_ENTRY;
}

enum archive_result archive_find(struct archive *archive, struct text name,
                                 struct archive_entry *out) {
    name = name_strip(name);
    enum archive_result result;
    do {
        result = archive_next(archive, out);
    } while (result == ARCHIVE_ENTRY &&
             !(out->kind == ARCHIVE_FILE && text_equal(out->name, name)));
    if (result == ARCHIVE_ENTRY) {
        result = data_find(archive, out);
    }
    return result == ARCHIVE_ENTRY && !archive_entry_intact(out) ? ARCHIVE_DAMAGED : result;
}
