/* SPDX-License-Identifier: MIT */
/*
 * fd_readdir: what FILE_LIST answers, as WASI entries. Cookies are the server's. Entries are
 * rewritten in place, since ours are never longer than the server's:
 *
 *   file protocol   | struct file_entry 24 | name, padded to 8 |
 *   WASI            | struct wasi_dirent 24 | name |
 *
 * The last entry may be cut off by the end of the program's buffer: a full buffer tells it to ask
 * again from the last whole one.
 */
#include "ask.h"
#include "exports.h"
#include "guest.h"
#include "table.h"
#include <base/string.h>

constexpr uint32_t LIST_LEAST = 288; /* what the protocol wants to be asked for at least */

/* The part of the program's buffer that is not yet filled. */
struct room {
    guest_t at;
    uint32_t left;
};

static enum wasi_errno put(struct room *room, const void *bytes, uint32_t size) {
    if (size > room->left) {
        size = room->left;
    }
    if (!guest_write(room->at, bytes, size)) {
        return ERRNO_FAULT;
    }
    room->at += size;
    room->left -= size;
    return ERRNO_SUCCESS;
}

/* Rewrites the entries in payload; *out is their size now. *cookie becomes that of the last one. */
static enum wasi_errno convert(uint32_t count, uint32_t size, uint64_t *cookie, uint32_t *out) {
    uint32_t from = 0, to = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct file_entry entry;
        if (size - from < sizeof entry) {
            return ERRNO_IO;
        }
        memcpy(&entry, payload + from, sizeof entry);
        from += (uint32_t)sizeof entry;
        if (entry.name_size > size - from) {
            return ERRNO_IO;
        }
        struct wasi_dirent dirent = {.next = entry.cookie,
                                     .inode = entry.inode,
                                     .name_size = entry.name_size,
                                     .filetype = filetype_of(entry.kind)};
        memcpy(payload + to, &dirent, sizeof dirent);
        to += (uint32_t)sizeof dirent;
        memmove(payload + to, payload + from, entry.name_size);
        to += entry.name_size;
        *cookie = entry.cookie;
        uint32_t padded = (entry.name_size + 7) & ~7u;
        from += padded < size - from ? padded : size - from;
    }
    *out = to;
    return ERRNO_SUCCESS;
}

static enum wasi_errno put_entries(struct room *room, handle_t directory, uint64_t cookie) {
    while (room->left > 0) {
        uint32_t count, size;
        uint32_t most = room->left < LIST_LEAST ? LIST_LEAST : room->left;
        enum wasi_errno error = file_list(directory, cookie, most, &count, &size);
        if (error != ERRNO_SUCCESS || count == 0) {
            return error;
        }
        error = convert(count, size, &cookie, &size);
        if (error == ERRNO_SUCCESS) {
            error = put(room, payload, size);
        }
        if (error != ERRNO_SUCCESS) {
            return error;
        }
    }
    return ERRNO_SUCCESS;
}

enum wasi_errno wasi_fd_readdir(fd_t fd, guest_t to, uint32_t size, uint64_t cookie, guest_t out) {
    struct descriptor *descriptor;
    enum wasi_errno error = table_find(fd, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if (descriptor->kind != DESCRIPTOR_DIRECTORY) {
        return ERRNO_NOTDIR;
    }
    error = table_find_with(fd, RIGHT_FD_READDIR, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    struct room room = {to, size};
    error = put_entries(&room, descriptor->handle, cookie);
    return error == ERRNO_SUCCESS ? guest_write_u32(out, size - room.left) : error;
}
