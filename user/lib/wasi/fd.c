/* SPDX-License-Identifier: MIT */
/*
 * fd_*: what can be asked of a descriptor besides its bytes.
 *
 * Which errno comes first matters to programs: an fd that is not open (BADF), then one of a kind
 * that cannot do this at all (SPIPE, ISDIR, BADF), then a missing right (NOTCAPABLE), then
 * arguments.
 */
#include "ask.h"
#include "exports.h"
#include "guest.h"
#include "stat.h"
#include "table.h"

constexpr uint64_t OFFSET_MAX = INT64_MAX;

/* A descriptor with a position. */
static enum wasi_errno find_file(fd_t fd, uint64_t rights, struct descriptor **out) {
    enum wasi_errno error = table_find(fd, out);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if ((*out)->kind == DESCRIPTOR_CONSOLE) {
        return ERRNO_SPIPE;
    }
    if ((*out)->kind == DESCRIPTOR_DIRECTORY) {
        return ERRNO_BADF;
    }
    return table_find_with(fd, rights, out);
}

/* Advice changes no behaviour here; what it says about is checked all the same. */
enum wasi_errno wasi_fd_advise(fd_t fd, uint64_t offset, uint64_t size, uint32_t advice) {
    struct descriptor *descriptor;
    enum wasi_errno error = find_file(fd, RIGHT_FD_ADVISE, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    bool overflows = offset > OFFSET_MAX || size > OFFSET_MAX;
    return advice > ADVICE_LAST || overflows ? ERRNO_INVAL : ERRNO_SUCCESS;
}

enum wasi_errno wasi_fd_allocate(fd_t fd, uint64_t offset, uint64_t size) {
    struct descriptor *descriptor;
    enum wasi_errno error = find_file(fd, RIGHT_FD_ALLOCATE, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if (size == 0 || offset > OFFSET_MAX || size > OFFSET_MAX) {
        return ERRNO_INVAL;
    }
    if (size > OFFSET_MAX - offset) {
        return ERRNO_FBIG;
    }
    return file_numbers(descriptor->handle, FILE_ALLOCATE, offset, size);
}

enum wasi_errno wasi_fd_close(fd_t fd) {
    struct descriptor *descriptor;
    enum wasi_errno error = table_find(fd, &descriptor);
    if (error == ERRNO_SUCCESS) {
        table_close(fd);
    }
    return error;
}

/* What was written to a console is where it stays: there is nothing to wait for. */
static enum wasi_errno sync(fd_t fd, uint64_t right, bool data_only) {
    struct descriptor *descriptor;
    enum wasi_errno error = table_find(fd, &descriptor);
    if (error != ERRNO_SUCCESS || descriptor->kind == DESCRIPTOR_CONSOLE) {
        return error;
    }
    error = table_find_with(fd, right, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    return file_numbers(descriptor->handle, FILE_SYNC, data_only, 0);
}

enum wasi_errno wasi_fd_sync(fd_t fd) {
    return sync(fd, RIGHT_FD_SYNC, false);
}

enum wasi_errno wasi_fd_datasync(fd_t fd) {
    return sync(fd, RIGHT_FD_DATASYNC, true);
}

enum wasi_errno wasi_fd_fdstat_get(fd_t fd, guest_t out) {
    struct descriptor *descriptor;
    enum wasi_errno error = table_find(fd, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    struct wasi_fdstat stat = {.filetype = descriptor->filetype,
                               .flags = descriptor->flags,
                               .rights_base = descriptor->rights_base,
                               .rights_inheriting = descriptor->rights_inheriting};
    return guest_write(out, &stat, sizeof stat) ? ERRNO_SUCCESS : ERRNO_FAULT;
}

/* As on Unix, only APPEND and NONBLOCK can be changed; the others must stay as they are. */
enum wasi_errno wasi_fd_fdstat_set_flags(fd_t fd, uint32_t flags) {
    constexpr uint32_t CHANGEABLE = FDFLAG_APPEND | FDFLAG_NONBLOCK;
    struct descriptor *descriptor;
    enum wasi_errno error = table_find_with(fd, RIGHT_FD_FDSTAT_SET_FLAGS, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if ((flags & ~FDFLAG_ALL) != 0) {
        return ERRNO_INVAL;
    }
    if (((flags ^ descriptor->flags) & ~CHANGEABLE) != 0) {
        return ERRNO_NOTSUP;
    }
    descriptor->flags = (uint16_t)flags;
    return ERRNO_SUCCESS;
}

/* Rights can be given up and never won. */
enum wasi_errno wasi_fd_fdstat_set_rights(fd_t fd, uint64_t base, uint64_t inheriting) {
    struct descriptor *descriptor;
    enum wasi_errno error = table_find(fd, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if ((base & ~descriptor->rights_base) != 0 ||
        (inheriting & ~descriptor->rights_inheriting) != 0) {
        return ERRNO_NOTCAPABLE;
    }
    descriptor->rights_base = base;
    descriptor->rights_inheriting = inheriting;
    return ERRNO_SUCCESS;
}

enum wasi_errno wasi_fd_filestat_get(fd_t fd, guest_t out) {
    struct descriptor *descriptor;
    enum wasi_errno error = table_find_with(fd, RIGHT_FD_FILESTAT_GET, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if (descriptor->kind == DESCRIPTOR_CONSOLE) {
        struct wasi_filestat console = {.filetype = descriptor->filetype, .link_count = 1};
        return guest_write(out, &console, sizeof console) ? ERRNO_SUCCESS : ERRNO_FAULT;
    }
    struct file_stat stat;
    error = file_stat(descriptor->handle, &stat);
    return error == ERRNO_SUCCESS ? stat_write(out, &stat) : error;
}

enum wasi_errno wasi_fd_filestat_set_size(fd_t fd, uint64_t size) {
    struct descriptor *descriptor;
    enum wasi_errno error = table_find(fd, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if (descriptor->kind == DESCRIPTOR_CONSOLE) {
        return ERRNO_INVAL;
    }
    error = find_file(fd, RIGHT_FD_FILESTAT_SET_SIZE, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    return size > OFFSET_MAX ? ERRNO_INVAL
                             : file_numbers(descriptor->handle, FILE_SET_SIZE, size, 0);
}

enum wasi_errno wasi_fd_filestat_set_times(fd_t fd, uint64_t access, uint64_t modification,
                                           uint32_t flags) {
    struct descriptor *descriptor;
    enum wasi_errno error = table_find_with(fd, RIGHT_FD_FILESTAT_SET_TIMES, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    uint64_t file_flags;
    error = stat_time_flags(flags, &file_flags);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    return file_set_times(descriptor->handle, file_flags, access, modification);
}

static enum wasi_errno find_given(fd_t fd, struct descriptor **out) {
    enum wasi_errno error = table_find(fd, out);
    if (error == ERRNO_SUCCESS && (*out)->name == nullptr) {
        error = ERRNO_BADF;
    }
    return error;
}

enum wasi_errno wasi_fd_prestat_get(fd_t fd, guest_t out) {
    struct descriptor *descriptor;
    enum wasi_errno error = find_given(fd, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    struct wasi_prestat prestat = {.tag = 0, .name_size = descriptor->name_size};
    return guest_write(out, &prestat, sizeof prestat) ? ERRNO_SUCCESS : ERRNO_FAULT;
}

/* `size` is the room there is; the name comes without a NUL. */
enum wasi_errno wasi_fd_prestat_dir_name(fd_t fd, guest_t name, uint32_t size) {
    struct descriptor *descriptor;
    enum wasi_errno error = find_given(fd, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if (size < descriptor->name_size) {
        return ERRNO_NAMETOOLONG;
    }
    return guest_write(name, descriptor->name, descriptor->name_size) ? ERRNO_SUCCESS : ERRNO_FAULT;
}

/* Both must be open: a program cannot choose numbers at will, which keeps the table dense. */
enum wasi_errno wasi_fd_renumber(fd_t from, fd_t to) {
    struct descriptor *descriptor;
    enum wasi_errno error = table_find(from, &descriptor);
    if (error == ERRNO_SUCCESS) {
        error = table_find(to, &descriptor);
    }
    if (error == ERRNO_SUCCESS && from != to) {
        table_move(from, to);
    }
    return error;
}

/* Where the offset counts from. */
static enum wasi_errno seek_base(const struct descriptor *descriptor, uint32_t whence,
                                 uint64_t *out) {
    if (whence == WHENCE_SET) {
        *out = 0;
    } else if (whence == WHENCE_CUR) {
        *out = descriptor->position;
    } else {
        struct file_stat stat;
        enum wasi_errno error = file_stat(descriptor->handle, &stat);
        if (error != ERRNO_SUCCESS) {
            return error;
        }
        *out = stat.size;
    }
    return ERRNO_SUCCESS;
}

/* Asking where one is (WHENCE_CUR, 0) needs only the right to tell. */
enum wasi_errno wasi_fd_seek(fd_t fd, int64_t offset, uint32_t whence, guest_t out) {
    bool tells = whence == WHENCE_CUR && offset == 0;
    struct descriptor *descriptor;
    enum wasi_errno error = find_file(fd, tells ? RIGHT_FD_TELL : RIGHT_FD_SEEK, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if (whence > WHENCE_END) {
        return ERRNO_INVAL;
    }
    uint64_t base;
    error = seek_base(descriptor, whence, &base);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    int64_t position;
    if (base > OFFSET_MAX || __builtin_add_overflow((int64_t)base, offset, &position)) {
        return ERRNO_OVERFLOW;
    }
    if (position < 0) {
        return ERRNO_INVAL;
    }
    error = guest_write_u64(out, (uint64_t)position);
    if (error == ERRNO_SUCCESS) {
        descriptor->position = (uint64_t)position;
    }
    return error;
}

enum wasi_errno wasi_fd_tell(fd_t fd, guest_t out) {
    struct descriptor *descriptor;
    enum wasi_errno error = find_file(fd, RIGHT_FD_TELL, &descriptor);
    return error == ERRNO_SUCCESS ? guest_write_u64(out, descriptor->position) : error;
}
