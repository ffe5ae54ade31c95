/* SPDX-License-Identifier: MIT */
/*
 * Operations on the entries of a directory. What is made, removed or renamed is named by the
 * directory that holds it and one name, never by a path that Linux would resolve by itself.
 */
#include "call.h"
#include "status.h"
#include <base/checked.h>
#include <base/format.h>
#include <base/string.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <user/system.h>

static status_t place_of(const struct open_file *directory, const char *path, struct place *out) {
    return path_status(place_open(directory->file, path, out));
}

/* As getdents64(2) writes it. */
struct linux_entry {
    uint64_t inode;
    int64_t offset;
    uint16_t size;
    uint8_t type;
    char name[];
};

/* Appends one entry to the reply; false when it does not fit. Names that are not UTF-8 have no
 * spelling in the protocol and are passed over. */
static bool entry_add(struct call *call, const struct linux_entry *from, size_t capacity) {
    size_t size = strlen(from->name);
    struct file_entry entry = {(uint64_t)from->offset, from->inode,
                               kind_of_mode((mode_t)DTTOIF(from->type)), (uint32_t)size};
    size_t padded = align_up(size, 8);
    if (!utf8_valid((const uint8_t *)from->name, size)) {
        return true;
    }
    if (!range_within(call->reply->payload_size, sizeof(entry) + padded, capacity)) {
        return false;
    }
    uint8_t *to = (uint8_t *)call->reply->payload + call->reply->payload_size;
    memset(to, 0, sizeof(entry) + padded);
    memcpy(to, &entry, sizeof(entry));
    memcpy(to + sizeof(entry), from->name, size);
    call->reply->payload_size += (uint32_t)(sizeof(entry) + padded);
    call->reply->words[0]++;
    return true;
}

status_t file_list(struct call *call) {
    _Alignas(8) char buffer[8192];
    int directory = call->file->file;
    uint64_t capacity = call->request->words[1];
    capacity = capacity < MESSAGE_PAYLOAD_MAX ? capacity : MESSAGE_PAYLOAD_MAX;
    if (capacity < sizeof(struct file_entry) + FILE_NAME_MAX + 1) {
        return ERR_INVALID;
    }
    if (lseek(directory, (off_t)call->request->words[0], SEEK_SET) < 0) {
        return status_of_errno(errno);
    }
    /* A block of which nothing could be listed is not the end. */
    while (call->reply->words[0] == 0) {
        ssize_t size = getdents64(directory, (void *)buffer, sizeof(buffer));
        if (size <= 0) {
            return size == 0 ? OK : status_of_errno(errno);
        }
        for (ssize_t at = 0; at < size;) {
            const struct linux_entry *entry = (const struct linux_entry *)(buffer + at);
            if (!entry_add(call, entry, capacity)) {
                return OK;
            }
            at += entry->size;
        }
    }
    return OK;
}

status_t file_make_directory(struct call *call) {
    struct place place;
    status_t status = place_of(call->file, call->paths[0], &place);
    if (status == OK) {
        status = result_status(mkdirat(place.parent, place.name, 0777));
        place_close(&place);
    }
    return status;
}

status_t file_remove_directory(struct call *call) {
    struct place place;
    status_t status = place_of(call->file, call->paths[0], &place);
    if (status == OK) {
        status = result_status(unlinkat(place.parent, place.name, AT_REMOVEDIR));
        place_close(&place);
    }
    return status;
}

static bool is_directory(const struct place *place) {
    struct stat stat;
    return fstatat(place->parent, place->name, &stat, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(stat.st_mode);
}

/* "name/" of something that is no directory. A name that is not there is left to the call. */
static bool wants_directory(const struct place *place) {
    return place->directory && !is_directory(place) &&
           faccessat(place->parent, place->name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

status_t file_unlink(struct call *call) {
    struct place place;
    status_t status = place_of(call->file, call->paths[0], &place);
    if (status != OK) {
        return status;
    }
    if (is_directory(&place)) {
        status = ERR_IS_DIRECTORY;
    } else if (wants_directory(&place)) {
        status = ERR_NOT_DIRECTORY;
    } else {
        status = result_status(unlinkat(place.parent, place.name, 0));
    }
    place_close(&place);
    return status;
}

status_t file_readlink(struct call *call) {
    struct place place;
    status_t status = place_of(call->file, call->paths[0], &place);
    if (status != OK) {
        return status;
    }
    ssize_t size = readlinkat(place.parent, place.name, call->reply->payload, FILE_PATH_MAX);
    if (size < 0) {
        status = status_of_errno(errno);
    } else {
        call->reply->payload_size = (uint32_t)size;
    }
    place_close(&place);
    return status;
}

status_t file_symlink(struct call *call) {
    struct place place;
    if (call->paths[0][0] == '/') {
        return ERR_DENIED;
    }
    status_t status = place_of(call->file, call->paths[1], &place);
    if (status == OK) {
        status = place.directory
                     ? ERR_NOT_FOUND
                     : result_status(symlinkat(call->paths[0], place.parent, place.name));
        place_close(&place);
    }
    return status;
}

/* ---- with two places ---- */

/* The directory that the second path is meant in: that of a handle sent along, or the same. */
static status_t other_directory(const struct call *call, struct open_file **out) {
    uint64_t badge = call->request->badge;
    if (call->request->handle_count > 0) {
        status_t status = system_handle_badge(call->request->handles[0], &badge);
        if (status != OK) {
            return status;
        }
    }
    *out = open_file_find(badge);
    if (*out == nullptr || (*out)->kind != FILE_KIND_DIRECTORY) {
        return ERR_NOT_DIRECTORY;
    }
    return ((*out)->rights & FILE_RIGHT_WRITE) != 0 ? OK : ERR_DENIED;
}

static status_t rename_places(const struct call *call, struct place *from, struct place *to) {
    from->directory |= to->directory;
    if (wants_directory(from)) {
        return ERR_NOT_DIRECTORY;
    }
    return result_status(renameat(from->parent, from->name, to->parent, to->name));
}

static status_t link_places(const struct call *call, struct place *from, struct place *to) {
    char path[64];
    if (to->directory || wants_directory(from)) {
        return to->directory ? ERR_NOT_FOUND : ERR_NOT_DIRECTORY;
    }
    if ((call->request->words[0] & FILE_FOLLOW) == 0) {
        return result_status(linkat(from->parent, from->name, to->parent, to->name, 0));
    }
    int file = beneath_open(call->file->file, call->paths[0], O_PATH, 0);
    if (file < 0) {
        return path_status(file);
    }
    (void)format_buffer(path, sizeof(path), "/proc/self/fd/%d", file);
    status_t status =
        result_status(linkat(AT_FDCWD, path, to->parent, to->name, AT_SYMLINK_FOLLOW));
    close(file);
    return status;
}

static status_t with_places(struct call *call,
                            status_t (*then)(const struct call *, struct place *, struct place *)) {
    struct open_file *other;
    struct place from, to;
    status_t status = other_directory(call, &other);
    if (status != OK) {
        return status;
    }
    status = place_of(call->file, call->paths[0], &from);
    if (status != OK) {
        return status;
    }
    status = place_of(other, call->paths[1], &to);
    if (status == OK) {
        status = then(call, &from, &to);
        place_close(&to);
    }
    place_close(&from);
    return status;
}

status_t file_rename(struct call *call) {
    return with_places(call, rename_places);
}

status_t file_link(struct call *call) {
    return with_places(call, link_places);
}
