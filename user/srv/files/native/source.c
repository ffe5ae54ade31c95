/* SPDX-License-Identifier: MIT */
/* See source.h. Places are addresses. */
#include "../source.h"
#include "../tree.h"
#include <user/files.h>

static struct archive archive;

void source_open(void) {
}

const uint8_t *source_read(uint64_t place, uint32_t *size, uint8_t *buffer) {
    return (const uint8_t *)(uintptr_t)place;
}

/* All that is still to come. */
static status_t add_rest(uint64_t *fault) {
    for (;;) {
        struct archive_entry entry;
        enum archive_result result = archive_next(&archive, &entry);
        if (result == ARCHIVE_END || result == ARCHIVE_CUT) {
            return OK;
        }
        bool good = result == ARCHIVE_ENTRY && archive_entry_intact(&entry);
        status_t status = good ? archive_entry_add(&entry, (uintptr_t)entry.data) : ERR_CORRUPT;
        if (status != OK) {
            *fault = entry.offset;
            return status;
        }
    }
}

status_t files_archive_add(const void *bytes, size_t size, uint64_t *fault) {
    *fault = 0;
    if (tree_root() == nullptr) {
        return ERR_NO_SPACE;
    }
    archive_init(&archive, bytes, size);
    status_t status = add_rest(fault);
    archive_entries_end();
    return status;
}
