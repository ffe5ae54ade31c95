/* SPDX-License-Identifier: MIT */
/* One static array: pages of it that are never used cost nothing, since memory is demand-zero. */
#include "table.h"
#include "birth.h"
#include <user/system.h>

static struct descriptor descriptors[DESCRIPTORS_MAX];
static fd_t lowest_free; /* nothing below is free */
static fd_t end;         /* nothing from here on was ever used */

enum wasi_errno table_find(fd_t fd, struct descriptor **out) {
    birth_read();
    if (fd >= DESCRIPTORS_MAX || descriptors[fd].kind == DESCRIPTOR_FREE) {
        return ERRNO_BADF;
    }
    *out = &descriptors[fd];
    return ERRNO_SUCCESS;
}

enum wasi_errno table_find_with(fd_t fd, uint64_t rights, struct descriptor **out) {
    enum wasi_errno error = table_find(fd, out);
    if (error == ERRNO_SUCCESS && (rights & ~(*out)->rights_base) != 0) {
        error = ERRNO_NOTCAPABLE;
    }
    return error;
}

enum wasi_errno table_reserve(fd_t lowest, fd_t *fd, struct descriptor **out) {
    fd_t candidate = lowest > lowest_free ? lowest : lowest_free;
    for (; candidate < DESCRIPTORS_MAX; candidate++) {
        if (descriptors[candidate].kind == DESCRIPTOR_FREE) {
            if (lowest <= lowest_free) {
                lowest_free = candidate;
            }
            end = candidate < end ? end : candidate + 1;
            *fd = candidate;
            *out = &descriptors[candidate];
            return ERRNO_SUCCESS;
        }
    }
    return ERRNO_MFILE;
}

struct descriptor *table_find_handle(handle_t handle) {
    for (fd_t fd = 0; fd < end; fd++) {
        if (descriptors[fd].kind != DESCRIPTOR_FREE && descriptors[fd].handle == handle) {
            return &descriptors[fd];
        }
    }
    return nullptr;
}

static void set_free(fd_t fd) {
    descriptors[fd] = (struct descriptor){.kind = DESCRIPTOR_FREE};
    if (fd < lowest_free) {
        lowest_free = fd;
    }
}

void table_close(fd_t fd) {
    (void)system_handle_close(descriptors[fd].handle);
    set_free(fd);
}

void table_move(fd_t from, fd_t to) {
    (void)system_handle_close(descriptors[to].handle);
    descriptors[to] = descriptors[from];
    set_free(from);
}

enum wasi_filetype filetype_of(uint32_t kind) {
    static const enum wasi_filetype types[] = {
        [FILE_KIND_UNKNOWN] = FILETYPE_UNKNOWN,
        [FILE_KIND_REGULAR] = FILETYPE_REGULAR_FILE,
        [FILE_KIND_DIRECTORY] = FILETYPE_DIRECTORY,
        [FILE_KIND_SYMLINK] = FILETYPE_SYMBOLIC_LINK,
        [FILE_KIND_CHARACTER] = FILETYPE_CHARACTER_DEVICE,
        [FILE_KIND_BLOCK] = FILETYPE_BLOCK_DEVICE,
        [FILE_KIND_SOCKET] = FILETYPE_SOCKET_STREAM,
        [FILE_KIND_FIFO] = FILETYPE_UNKNOWN,
    };
    return kind < sizeof types / sizeof types[0] ? types[kind] : FILETYPE_UNKNOWN;
}
