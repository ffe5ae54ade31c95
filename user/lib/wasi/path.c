/* SPDX-License-Identifier: MIT */
/*
 * path_*: what is asked of a path below a directory.
 *
 * A path is copied into `payload` and checked once (length, no NUL, UTF-8); that it does not leave
 * its directory is the server's business, who alone can know. A descriptor that is no directory is
 * NOTDIR, one without the right NOTCAPABLE.
 */
#include "path.h"
#include "ask.h"
#include "exports.h"
#include "guest.h"
#include "stat.h"
#include <base/string.h>
#include <user/system.h>

enum wasi_errno path_directory(fd_t fd, uint64_t rights, struct descriptor **out) {
    enum wasi_errno error = table_find(fd, out);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if ((*out)->kind != DESCRIPTOR_DIRECTORY) {
        return ERRNO_NOTDIR;
    }
    return table_find_with(fd, rights, out);
}

enum wasi_errno path_read(uint32_t at, guest_t path, uint32_t size) {
    if (size == 0) {
        return ERRNO_NOENT;
    }
    if (size > FILE_PATH_MAX) {
        return ERRNO_NAMETOOLONG;
    }
    if (!guest_read(payload + at, path, size)) {
        return ERRNO_FAULT;
    }
    for (uint32_t i = 0; i < size; i++) {
        if (payload[at + i] == '\0') {
            return ERRNO_INVAL;
        }
    }
    return utf8_valid(payload + at, size) ? ERRNO_SUCCESS : ERRNO_ILSEQ;
}

/* Requests that only name a path. */
static enum wasi_errno path_request(fd_t fd, uint64_t right, uint32_t operation, guest_t path,
                                    uint32_t size) {
    struct descriptor *descriptor;
    enum wasi_errno error = path_directory(fd, right, &descriptor);
    if (error == ERRNO_SUCCESS) {
        error = path_read(0, path, size);
    }
    return error == ERRNO_SUCCESS ? file_path(descriptor->handle, operation, size) : error;
}

enum wasi_errno wasi_path_create_directory(fd_t fd, guest_t path, uint32_t path_size) {
    return path_request(fd, RIGHT_PATH_CREATE_DIRECTORY, FILE_MAKE_DIRECTORY, path, path_size);
}

enum wasi_errno wasi_path_remove_directory(fd_t fd, guest_t path, uint32_t path_size) {
    return path_request(fd, RIGHT_PATH_REMOVE_DIRECTORY, FILE_REMOVE_DIRECTORY, path, path_size);
}

enum wasi_errno wasi_path_unlink_file(fd_t fd, guest_t path, uint32_t path_size) {
    return path_request(fd, RIGHT_PATH_UNLINK_FILE, FILE_UNLINK, path, path_size);
}

enum wasi_errno wasi_path_filestat_get(fd_t fd, uint32_t lookup, guest_t path, uint32_t path_size,
                                       guest_t out) {
    struct descriptor *descriptor;
    enum wasi_errno error = path_directory(fd, RIGHT_PATH_FILESTAT_GET, &descriptor);
    if (error == ERRNO_SUCCESS) {
        error = path_read(0, path, path_size);
    }
    struct file_stat stat;
    if (error == ERRNO_SUCCESS) {
        bool follow = (lookup & LOOKUP_SYMLINK_FOLLOW) != 0;
        error = file_stat_at(descriptor->handle, follow, path_size, &stat);
    }
    return error == ERRNO_SUCCESS ? stat_write(out, &stat) : error;
}

enum wasi_errno wasi_path_filestat_set_times(fd_t fd, uint32_t lookup, guest_t path,
                                             uint32_t path_size, uint64_t access,
                                             uint64_t modification, uint32_t flags) {
    struct descriptor *descriptor;
    uint64_t file_flags = 0;
    enum wasi_errno error = path_directory(fd, RIGHT_PATH_FILESTAT_SET_TIMES, &descriptor);
    if (error == ERRNO_SUCCESS) {
        error = stat_time_flags(flags, &file_flags);
    }
    if (error == ERRNO_SUCCESS) {
        error = path_read(0, path, path_size);
    }
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    file_flags |= (lookup & LOOKUP_SYMLINK_FOLLOW) != 0 ? FILE_FOLLOW : 0;
    return file_set_times_at(descriptor->handle, file_flags, access, modification, path_size);
}

/* Requests of two paths, each below a directory of its own: the second directory goes along as a
 * handle when it is another one. */
struct two_paths {
    uint32_t operation;
    uint64_t flags;
    fd_t old_fd, new_fd;
    uint64_t old_right, new_right;
    guest_t old_path, new_path;
    uint32_t old_size, new_size;
};

static enum wasi_errno two_paths_request(const struct two_paths *paths) {
    struct descriptor *old, *new;
    enum wasi_errno error = path_directory(paths->old_fd, paths->old_right, &old);
    if (error == ERRNO_SUCCESS) {
        error = path_directory(paths->new_fd, paths->new_right, &new);
    }
    if (error == ERRNO_SUCCESS) {
        error = path_read(0, paths->old_path, paths->old_size);
    }
    if (error == ERRNO_SUCCESS) {
        error = path_read(paths->old_size, paths->new_path, paths->new_size);
    }
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    handle_t other = paths->old_fd == paths->new_fd ? HANDLE_NONE : new->handle;
    return file_two_paths(old->handle, paths->operation, paths->flags, other, paths->old_size,
                          paths->new_size);
}

enum wasi_errno wasi_path_rename(fd_t old_fd, guest_t old_path, uint32_t old_size, fd_t new_fd,
                                 guest_t new_path, uint32_t new_size) {
    struct two_paths paths = {.operation = FILE_RENAME,
                              .old_fd = old_fd,
                              .new_fd = new_fd,
                              .old_right = RIGHT_PATH_RENAME_SOURCE,
                              .new_right = RIGHT_PATH_RENAME_TARGET,
                              .old_path = old_path,
                              .new_path = new_path,
                              .old_size = old_size,
                              .new_size = new_size};
    return two_paths_request(&paths);
}

enum wasi_errno wasi_path_link(fd_t old_fd, uint32_t lookup, guest_t old_path, uint32_t old_size,
                               fd_t new_fd, guest_t new_path, uint32_t new_size) {
    struct two_paths paths = {.operation = FILE_LINK,
                              .flags = (lookup & LOOKUP_SYMLINK_FOLLOW) != 0 ? FILE_FOLLOW : 0,
                              .old_fd = old_fd,
                              .new_fd = new_fd,
                              .old_right = RIGHT_PATH_LINK_SOURCE,
                              .new_right = RIGHT_PATH_LINK_TARGET,
                              .old_path = old_path,
                              .new_path = new_path,
                              .old_size = old_size,
                              .new_size = new_size};
    return two_paths_request(&paths);
}

/* The target is kept as it is; an absolute one could only lead out of the directory, so it is
 * refused here already. */
enum wasi_errno wasi_path_symlink(guest_t target, uint32_t target_size, fd_t fd, guest_t path,
                                  uint32_t path_size) {
    struct descriptor *descriptor;
    enum wasi_errno error = path_directory(fd, RIGHT_PATH_SYMLINK, &descriptor);
    if (error == ERRNO_SUCCESS) {
        error = path_read(0, target, target_size);
    }
    if (error == ERRNO_SUCCESS && payload[0] == '/') {
        error = ERRNO_PERM;
    }
    if (error == ERRNO_SUCCESS) {
        error = path_read(target_size, path, path_size);
    }
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    return file_two_paths(descriptor->handle, FILE_SYMLINK, 0, HANDLE_NONE, target_size, path_size);
}

/* As much of the target as there is room for, as readlink() does. */
enum wasi_errno wasi_path_readlink(fd_t fd, guest_t path, uint32_t path_size, guest_t to,
                                   uint32_t size, guest_t out) {
    struct descriptor *descriptor;
    enum wasi_errno error = path_directory(fd, RIGHT_PATH_READLINK, &descriptor);
    if (error == ERRNO_SUCCESS) {
        error = path_read(0, path, path_size);
    }
    uint32_t target_size;
    if (error == ERRNO_SUCCESS) {
        error = file_readlink(descriptor->handle, path_size, &target_size);
    }
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    uint32_t fits = target_size < size ? target_size : size;
    return guest_write(to, payload, fits) ? guest_write_u32(out, fits) : ERRNO_FAULT;
}
