/* SPDX-License-Identifier: MIT */
/* Operations on what is open: its bytes, its size, its times. */
#include "call.h"
#include "status.h"
#include <base/checked.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <user/system.h>

static uint64_t time_ns(struct timespec time) {
    return time.tv_sec < 0 ? 0 : (uint64_t)time.tv_sec * NS_PER_SECOND + (uint64_t)time.tv_nsec;
}

static status_t answer_stat(struct call *call, int file) {
    struct stat stat;
    if (fstatat(file, "", &stat, AT_EMPTY_PATH) != 0) {
        return status_of_errno(errno);
    }
    struct file_stat answer = {
        .device = stat.st_dev,
        .inode = stat.st_ino,
        .link_count = stat.st_nlink,
        .size = (uint64_t)stat.st_size,
        .access_time_ns = time_ns(stat.st_atim),
        .modification_time_ns = time_ns(stat.st_mtim),
        .change_time_ns = time_ns(stat.st_ctim),
        .kind = kind_of_mode(stat.st_mode),
    };
    memcpy(call->reply->payload, &answer, sizeof(answer));
    call->reply->payload_size = sizeof(answer);
    return OK;
}

static int open_flags(uint64_t flags, uint64_t rights) {
    int result = O_NONBLOCK | O_NOCTTY; /* never wait for the other end of a pipe */
    result |= (flags & FILE_OPEN_CREATE) != 0 ? O_CREAT : 0;
    result |= (flags & FILE_OPEN_EXCLUSIVE) != 0 ? O_EXCL : 0;
    result |= (flags & FILE_OPEN_TRUNCATE) != 0 ? O_TRUNC : 0;
    result |= (flags & FILE_OPEN_FOLLOW) != 0 ? 0 : O_NOFOLLOW;
    if ((flags & FILE_OPEN_DIRECTORY) != 0) {
        return result | O_DIRECTORY | O_RDONLY;
    }
    if ((rights & FILE_RIGHT_WRITE) == 0) {
        return result | O_RDONLY;
    }
    return result | ((rights & FILE_RIGHT_READ) != 0 ? O_RDWR : O_WRONLY);
}

static status_t open_check(const struct call *call, uint64_t flags, uint64_t rights) {
    constexpr uint64_t known = FILE_OPEN_CREATE | FILE_OPEN_EXCLUSIVE | FILE_OPEN_TRUNCATE |
                               FILE_OPEN_DIRECTORY | FILE_OPEN_FOLLOW;
    bool changes = (flags & (FILE_OPEN_CREATE | FILE_OPEN_TRUNCATE)) != 0;
    bool directory = (flags & FILE_OPEN_DIRECTORY) != 0;
    if ((flags & ~known) != 0 || (rights & ~RIGHTS) != 0 || (directory && changes)) {
        return ERR_INVALID;
    }
    uint64_t missing = (rights | (changes ? FILE_RIGHT_WRITE : 0)) & ~call->file->rights;
    return missing != 0 && !directory ? ERR_DENIED : OK;
}

status_t file_open(struct call *call) {
    uint64_t flags = call->request->words[0], rights = call->request->words[1], badge;
    status_t status = open_check(call, flags, rights);
    if (status != OK) {
        return status;
    }
    int file = beneath_open(call->file->file, call->paths[0], open_flags(flags, rights), 0666);
    if (file < 0) {
        return file == -ENXIO ? ERR_NOT_SUPPORTED : path_status(file);
    }
    (void)fcntl(file, F_SETFL, fcntl(file, F_GETFL) & ~O_NONBLOCK);
    rights &= call->file->rights;
    bool changes = (call->file->rights & FILE_RIGHT_WRITE) != 0;
    status = open_file_add(file, rights, changes, &badge);
    if (status != OK) {
        return status;
    }
    /* The table may have moved: call->file is not used from here on. */
    call->reply->words[0] = open_file_find(badge)->kind;
    call->reply->words[1] = rights;
    status = system_handle_mint(badge, &call->reply->handles[0]);
    if (status != OK) {
        open_file_remove(badge);
        return status;
    }
    call->reply->handle_count = 1;
    return OK;
}

status_t file_read(struct call *call) {
    uint64_t offset = call->request->words[0];
    uint64_t size = call->request->words[1];
    size = size < MESSAGE_PAYLOAD_MAX ? size : MESSAGE_PAYLOAD_MAX;
    if (offset > INT64_MAX) {
        return ERR_INVALID;
    }
    ssize_t got = pread(call->file->file, call->reply->payload, size, (off_t)offset);
    if (got < 0 && errno == ESPIPE) {
        got = read(call->file->file, call->reply->payload, size);
    }
    if (got < 0) {
        return status_of_errno(errno);
    }
    call->reply->payload_size = (uint32_t)got;
    return OK;
}

/* pwritev2(2), which not every C library has. */
static ssize_t write_at_end(int file, const struct iovec *bytes) {
    constexpr int WRITE_APPEND = 0x10; /* RWF_APPEND of <linux/fs.h> */
    return syscall(SYS_pwritev2, file, bytes, 1, 0, 0, WRITE_APPEND);
}

/* At the end of the file, wherever that is by now. Kernels before 4.16, and emulators of user
 * programs, cannot be told so for one write: there the file is opened for appending meanwhile. */
static ssize_t append(int file, const struct iovec *bytes) {
    ssize_t put = write_at_end(file, bytes);
    int flags = put < 0 && (errno == EOPNOTSUPP || errno == ENOSYS) ? fcntl(file, F_GETFL) : -1;
    if (flags >= 0 && fcntl(file, F_SETFL, flags | O_APPEND) == 0) {
        put = writev(file, bytes, 1);
        int error = errno;
        (void)fcntl(file, F_SETFL, flags);
        errno = error;
    }
    return put;
}

status_t file_write(struct call *call) {
    const struct message *request = call->request;
    bool appends = request->words[1] == 1;
    if (request->words[1] > 1 || request->words[0] > INT64_MAX) {
        return ERR_INVALID;
    }
    struct iovec bytes = {request->payload, request->payload_size};
    off_t offset = (off_t)request->words[0];
    ssize_t put =
        appends ? append(call->file->file, &bytes) : pwritev(call->file->file, &bytes, 1, offset);
    if (put < 0 && errno == ESPIPE) {
        put = writev(call->file->file, &bytes, 1);
    }
    if (put < 0) {
        return status_of_errno(errno);
    }
    off_t end = appends ? lseek(call->file->file, 0, SEEK_END) : offset + put;
    call->reply->words[0] = (uint64_t)put;
    call->reply->words[1] = end < 0 ? 0 : (uint64_t)end;
    return OK;
}

status_t file_stat(struct call *call) {
    return answer_stat(call, call->file->file);
}

status_t file_set_size(struct call *call) {
    uint64_t size = call->request->words[0];
    return size > INT64_MAX ? ERR_INVALID : result_status(ftruncate(call->file->file, (off_t)size));
}

status_t file_sync(struct call *call) {
    int result =
        call->request->words[0] == 1 ? fdatasync(call->file->file) : fsync(call->file->file);
    /* What cannot be synchronised (a pipe) has nothing to lose. */
    return result < 0 && errno == EINVAL ? OK : result_status(result);
}

status_t file_allocate(struct call *call) {
    uint64_t offset = call->request->words[0], size = call->request->words[1];
    if (size == 0 || !range_within(offset, size, INT64_MAX)) {
        return ERR_INVALID;
    }
    return status_of_errno(posix_fallocate(call->file->file, (off_t)offset, (off_t)size));
}

/* ---- times ---- */

static bool time_take(uint64_t bits, uint64_t set, uint64_t now, uint64_t value,
                      struct timespec *out) {
    out->tv_sec = (time_t)(value / NS_PER_SECOND);
    out->tv_nsec = (long)(value % NS_PER_SECOND);
    if ((bits & now) != 0) {
        out->tv_nsec = UTIME_NOW;
    } else if ((bits & set) == 0) {
        out->tv_nsec = UTIME_OMIT;
    }
    return (bits & set) == 0 || (bits & now) == 0;
}

static status_t times_set(const struct call *call, int file) {
    const uint64_t *words = call->request->words;
    struct timespec times[2];
    bool good = time_take(words[0], FILE_TIME_ACCESS, FILE_TIME_ACCESS_NOW, words[1], &times[0]);
    good = time_take(words[0], FILE_TIME_MODIFICATION, FILE_TIME_MODIFICATION_NOW, words[2],
                     &times[1]) &&
           good;
    return good ? result_status(utimensat(file, "", times, AT_EMPTY_PATH)) : ERR_INVALID;
}

status_t file_set_times(struct call *call) {
    return call->file->changes ? times_set(call, call->file->file) : ERR_DENIED;
}

static status_t with_path(struct call *call, status_t (*then)(struct call *, int)) {
    bool follow = (call->request->words[0] & FILE_FOLLOW) != 0;
    int file =
        beneath_open(call->file->file, call->paths[0], O_PATH | (follow ? 0 : O_NOFOLLOW), 0);
    if (file < 0) {
        return path_status(file);
    }
    status_t status = then(call, file);
    close(file);
    return status;
}

status_t file_stat_at(struct call *call) {
    return with_path(call, answer_stat);
}

static status_t times_set_at(struct call *call, int file) {
    return times_set(call, file);
}

status_t file_set_times_at(struct call *call) {
    return with_path(call, times_set_at);
}
