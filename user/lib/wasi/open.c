/* SPDX-License-Identifier: MIT */
/*
 * path_open: the one call that makes descriptors.
 *
 * Rights are as the specification has them: what the new descriptor may do, and pass on, must lie
 * within what its directory passes on; what its kind cannot do is left out. Of all rights the
 * server is told only whether bytes are to be read or written.
 */
#include "ask.h"
#include "exports.h"
#include "guest.h"
#include "path.h"
#include <user/system.h>

struct opening {
    uint32_t lookup, oflags, fdflags;
    uint64_t base, inheriting;
};

static enum wasi_errno check_flags(const struct opening *opening) {
    constexpr uint32_t MAKES_DIRECTORY = OFLAG_CREAT | OFLAG_DIRECTORY;
    if ((opening->lookup & ~LOOKUP_SYMLINK_FOLLOW) != 0 || (opening->oflags & ~OFLAG_ALL) != 0 ||
        (opening->fdflags & ~FDFLAG_ALL) != 0 ||
        (opening->oflags & MAKES_DIRECTORY) == MAKES_DIRECTORY) {
        return ERRNO_INVAL;
    }
    return ERRNO_SUCCESS;
}

/* The rights that the directory itself must have. */
static uint64_t rights_needed(const struct opening *opening) {
    return RIGHT_PATH_OPEN | ((opening->oflags & OFLAG_CREAT) != 0 ? RIGHT_PATH_CREATE_FILE : 0) |
           ((opening->oflags & OFLAG_TRUNC) != 0 ? RIGHT_PATH_FILESTAT_SET_SIZE : 0);
}

/* And those that it must pass on. */
static uint64_t rights_passed_on(const struct opening *opening) {
    return opening->base | opening->inheriting |
           ((opening->fdflags & FDFLAG_DSYNC) != 0 ? RIGHT_FD_DATASYNC : 0) |
           ((opening->fdflags & (FDFLAG_SYNC | FDFLAG_RSYNC)) != 0 ? RIGHT_FD_SYNC : 0);
}

static uint64_t server_flags(const struct opening *opening) {
    return ((opening->oflags & OFLAG_CREAT) != 0 ? FILE_OPEN_CREATE : 0) |
           ((opening->oflags & OFLAG_EXCL) != 0 ? FILE_OPEN_EXCLUSIVE : 0) |
           ((opening->oflags & OFLAG_TRUNC) != 0 ? FILE_OPEN_TRUNCATE : 0) |
           ((opening->oflags & OFLAG_DIRECTORY) != 0 ? FILE_OPEN_DIRECTORY : 0) |
           ((opening->lookup & LOOKUP_SYMLINK_FOLLOW) != 0 ? FILE_OPEN_FOLLOW : 0);
}

/* A directory is asked for with all that its parent can pass on: what may be done in it is decided
 * here, by rights, and a write right it lacks is for the server to tell. */
static uint64_t server_rights(const struct opening *opening) {
    constexpr uint64_t WRITES = RIGHT_FD_WRITE | RIGHT_FD_ALLOCATE | RIGHT_FD_FILESTAT_SET_SIZE;
    bool writes =
        (opening->base & WRITES) != 0 || (opening->oflags & (OFLAG_TRUNC | OFLAG_DIRECTORY)) != 0;
    bool reads = (opening->base & (RIGHT_FD_READ | RIGHT_FD_READDIR)) != 0 ||
                 (opening->oflags & OFLAG_DIRECTORY) != 0;
    return (reads ? FILE_RIGHT_READ : 0) | (writes ? FILE_RIGHT_WRITE : 0);
}

static void fill(struct descriptor *descriptor, const struct opening *opening,
                 const struct file_opened *opened) {
    bool directory = opened->kind == FILE_KIND_DIRECTORY;
    *descriptor = (struct descriptor){.kind = directory ? DESCRIPTOR_DIRECTORY : DESCRIPTOR_FILE,
                                      .filetype = filetype_of(opened->kind),
                                      .flags = (uint16_t)opening->fdflags,
                                      .handle = opened->handle,
                                      .rights_base = opening->base &
                                                     (directory ? RIGHTS_DIRECTORY : RIGHTS_FILE),
                                      .rights_inheriting = directory ? opening->inheriting : 0};
}

/* The path lies in payload. What turns out to be a directory is opened again as one: it was asked
 * for with the rights of a file. */
static enum wasi_errno open_any(handle_t directory, struct opening *opening, guest_t path,
                                uint32_t path_size, struct file_opened *out) {
    enum wasi_errno error =
        file_open(directory, server_flags(opening), server_rights(opening), path_size, out);
    if (error != ERRNO_SUCCESS || out->kind != FILE_KIND_DIRECTORY ||
        (opening->oflags & OFLAG_DIRECTORY) != 0) {
        return error;
    }
    (void)system_handle_close(out->handle);
    opening->oflags = OFLAG_DIRECTORY;
    error = path_read(0, path, path_size);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    return file_open(directory, server_flags(opening), server_rights(opening), path_size, out);
}

/* Whoever wants to write bytes does not mean a directory. */
static enum wasi_errno check_kind(const struct opening *opening, const struct file_opened *opened) {
    bool writes = (opening->base & RIGHT_FD_WRITE) != 0;
    return writes && opened->kind == FILE_KIND_DIRECTORY ? ERRNO_ISDIR : ERRNO_SUCCESS;
}

/* The path lies in payload. */
static enum wasi_errno open_below(handle_t directory, struct opening *opening, guest_t path,
                                  uint32_t path_size, guest_t out) {
    fd_t fd;
    struct descriptor *descriptor;
    enum wasi_errno error = table_reserve(0, &fd, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    struct file_opened opened;
    error = open_any(directory, opening, path, path_size, &opened);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    error = check_kind(opening, &opened);
    if (error == ERRNO_SUCCESS) {
        error = guest_write_u32(out, fd);
    }
    if (error != ERRNO_SUCCESS) {
        (void)system_handle_close(opened.handle);
        return error;
    }
    fill(descriptor, opening, &opened);
    return ERRNO_SUCCESS;
}

enum wasi_errno wasi_path_open(fd_t fd, uint32_t lookup, guest_t path, uint32_t path_size,
                               uint32_t oflags, uint64_t base, uint64_t inheriting,
                               uint32_t fdflags, guest_t out) {
    struct opening opening = {lookup, oflags, fdflags, base & RIGHT_ALL, inheriting & RIGHT_ALL};
    struct descriptor *directory;
    enum wasi_errno error = path_directory(fd, rights_needed(&opening), &directory);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    error = check_flags(&opening);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if ((rights_passed_on(&opening) & ~directory->rights_inheriting) != 0) {
        return ERRNO_NOTCAPABLE;
    }
    error = path_read(0, path, path_size);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    return open_below(directory->handle, &opening, path, path_size, out);
}
