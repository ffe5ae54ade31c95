/* SPDX-License-Identifier: MIT */
/*
 * The table of open files. Free entries make a list; a badge is an entry's number plus 1, so that 0
 * is none. An entry lives until the last handle with its badge is gone.
 */
#include "call.h"
#include "files.h"
#include "status.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

constexpr uint32_t IN_USE = UINT32_MAX;
constexpr uint32_t LAST = UINT32_MAX - 1;

static struct open_file *table;
static uint32_t table_size, first_free = LAST;

static bool table_grow(void) {
    uint32_t size = table_size == 0 ? 16 : table_size * 2;
    struct open_file *grown = realloc(table, size * sizeof(*grown));
    if (grown == nullptr) {
        return false;
    }
    for (uint32_t i = table_size; i < size; i++) {
        grown[i] = (struct open_file){.file = -1, .free = i + 1 < size ? i + 1 : first_free};
    }
    first_free = table_size;
    table = grown;
    table_size = size;
    return true;
}

enum file_kind kind_of_mode(mode_t mode) {
    switch (mode & S_IFMT) {
    case S_IFREG:
        return FILE_KIND_REGULAR;
    case S_IFDIR:
        return FILE_KIND_DIRECTORY;
    case S_IFLNK:
        return FILE_KIND_SYMLINK;
    case S_IFCHR:
        return FILE_KIND_CHARACTER;
    case S_IFBLK:
        return FILE_KIND_BLOCK;
    case S_IFSOCK:
        return FILE_KIND_SOCKET;
    case S_IFIFO:
        return FILE_KIND_FIFO;
    default:
        return FILE_KIND_UNKNOWN;
    }
}

/* Takes the descriptor, also when it fails. */
status_t open_file_add(int file, uint64_t rights, bool changes, uint64_t *badge) {
    struct stat stat;
    if (fstat(file, &stat) != 0 || (first_free == LAST && !table_grow())) {
        close(file);
        return ERR_NO_MEMORY;
    }
    uint32_t index = first_free;
    first_free = table[index].free;
    table[index] = (struct open_file){file, IN_USE, rights, changes, kind_of_mode(stat.st_mode)};
    *badge = (uint64_t)index + 1;
    return OK;
}

/* The entry of a badge; NULL when it is none. */
struct open_file *open_file_find(uint64_t badge) {
    bool within = badge >= 1 && badge <= table_size;
    return within && table[badge - 1].free == IN_USE ? &table[badge - 1] : nullptr;
}

void open_file_remove(uint64_t badge) {
    struct open_file *file = open_file_find(badge);
    if (file != nullptr) {
        close(file->file);
        *file = (struct open_file){.file = -1, .free = first_free};
        first_free = (uint32_t)(badge - 1);
    }
}

status_t files_root_add(const char *path, uint64_t *badge) {
    int file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return file < 0 ? status_of_errno(errno) : open_file_add(file, RIGHTS, true, badge);
}

/* Of a path: leading out is not permitted; other calls mean another file system by EXDEV. */
status_t path_status(int error) {
    return error == -EXDEV ? ERR_DENIED : status_of_errno(error);
}

status_t result_status(int result) {
    return result < 0 ? status_of_errno(errno) : OK;
}
