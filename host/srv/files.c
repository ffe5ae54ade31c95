/* SPDX-License-Identifier: MIT */
/*
 * The file server over Linux. A badge is the number of an open file below; the kernel stamps it, so
 * a client names only what it was given or opened. All paths are resolved by beneath.c, below the
 * directory they are asked through. An entry lives until the last handle with its badge is gone.
 */
#include "files.h"
#include "beneath.h"
#include "status.h"
#include <base/checked.h>
#include <base/format.h>
#include <base/string.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <proto/file.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <user/request.h>
#include <user/system.h>

constexpr uint64_t RIGHTS = FILE_RIGHT_READ | FILE_RIGHT_WRITE;
constexpr uint32_t PATHS = 2;
constexpr uint32_t FREE = UINT32_MAX;
constexpr uint32_t LAST = UINT32_MAX - 1;
constexpr uint64_t NS_PER_SECOND = 1'000'000'000;

struct open_file {
    int file;
    uint32_t free; /* FREE: in use; else the next free entry or LAST */
    uint64_t rights;
    enum file_kind kind;
};

static struct open_file *table;
static uint32_t table_size, first_free = LAST;

static uint8_t request_payload[MESSAGE_PAYLOAD_MAX];
static _Alignas(8) uint8_t reply_payload[MESSAGE_PAYLOAD_MAX];

/* One request while it is carried out. */
struct call {
    struct open_file *file;
    const struct message *request;
    struct message *reply;
    char paths[PATHS][FILE_PATH_MAX + 1];
};

/* ---- the table ---- */

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

static enum file_kind kind_of_mode(mode_t mode) {
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
static status_t table_add(int file, uint64_t rights, uint64_t *badge) {
    struct stat stat;
    if (fstat(file, &stat) != 0 || (first_free == LAST && !table_grow())) {
        close(file);
        return ERR_NO_MEMORY;
    }
    uint32_t index = first_free;
    first_free = table[index].free;
    table[index] = (struct open_file){file, FREE, rights, kind_of_mode(stat.st_mode)};
    *badge = (uint64_t)index + 1;
    return OK;
}

/* The entry of a badge; NULL when it is none. */
static struct open_file *table_find(uint64_t badge) {
    bool within = badge >= 1 && badge <= table_size;
    return within && table[badge - 1].free == FREE ? &table[badge - 1] : nullptr;
}

static void table_remove(uint64_t badge) {
    struct open_file *file = table_find(badge);
    if (file != nullptr) {
        close(file->file);
        *file = (struct open_file){.file = -1, .free = first_free};
        first_free = (uint32_t)(badge - 1);
    }
}

status_t files_root_add(const char *path, uint64_t *badge) {
    int file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return file < 0 ? status_of_errno(errno) : table_add(file, RIGHTS, badge);
}

/* ---- helpers ---- */

/* Of a path: leading out is not permitted; other calls mean another file system by EXDEV. */
static status_t path_status(int error) {
    return error == -EXDEV ? ERR_DENIED : status_of_errno(error);
}

static status_t result_status(int result) {
    return result < 0 ? status_of_errno(errno) : OK;
}

static status_t place_of(const struct open_file *directory, const char *path, struct place *out) {
    return path_status(place_open(directory->file, path, out));
}

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
    memcpy(reply_payload, &answer, sizeof(answer));
    call->reply->payload_size = sizeof(answer);
    return OK;
}

/* ---- files ---- */

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

static status_t file_open(struct call *call) {
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
    status = table_add(file, rights, &badge);
    if (status != OK) {
        return status;
    }
    /* The table may have moved: call->file is not used from here on. */
    call->reply->words[0] = table_find(badge)->kind;
    call->reply->words[1] = rights;
    status = system_handle_mint(badge, &call->reply->handles[0]);
    if (status != OK) {
        table_remove(badge);
        return status;
    }
    call->reply->handle_count = 1;
    return OK;
}

static status_t file_read(struct call *call) {
    uint64_t offset = call->request->words[0];
    uint64_t size = call->request->words[1];
    size = size < MESSAGE_PAYLOAD_MAX ? size : MESSAGE_PAYLOAD_MAX;
    if (offset > INT64_MAX) {
        return ERR_INVALID;
    }
    ssize_t got = pread(call->file->file, reply_payload, size, (off_t)offset);
    if (got < 0 && errno == ESPIPE) {
        got = read(call->file->file, reply_payload, size);
    }
    if (got < 0) {
        return status_of_errno(errno);
    }
    call->reply->payload_size = (uint32_t)got;
    return OK;
}

static status_t file_write(struct call *call) {
    const struct message *request = call->request;
    bool append = request->words[1] == 1;
    if (request->words[1] > 1 || request->words[0] > INT64_MAX) {
        return ERR_INVALID;
    }
    struct iovec bytes = {request->payload, request->payload_size};
    off_t offset = append ? 0 : (off_t)request->words[0];
    ssize_t put = pwritev2(call->file->file, &bytes, 1, offset, append ? RWF_APPEND : 0);
    if (put < 0 && errno == ESPIPE) {
        put = writev(call->file->file, &bytes, 1);
    }
    if (put < 0) {
        return status_of_errno(errno);
    }
    off_t end = append ? lseek(call->file->file, 0, SEEK_END) : offset + put;
    call->reply->words[0] = (uint64_t)put;
    call->reply->words[1] = end < 0 ? 0 : (uint64_t)end;
    return OK;
}

static status_t file_stat(struct call *call) {
    return answer_stat(call, call->file->file);
}

static status_t file_set_size(struct call *call) {
    uint64_t size = call->request->words[0];
    return size > INT64_MAX ? ERR_INVALID : result_status(ftruncate(call->file->file, (off_t)size));
}

static status_t file_sync(struct call *call) {
    int result =
        call->request->words[0] == 1 ? fdatasync(call->file->file) : fsync(call->file->file);
    /* What cannot be synchronised (a pipe) has nothing to lose. */
    return result < 0 && errno == EINVAL ? OK : result_status(result);
}

static status_t file_allocate(struct call *call) {
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

static status_t file_set_times(struct call *call) {
    return times_set(call, call->file->file);
}

/* ---- through a directory ---- */

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

static status_t file_stat_at(struct call *call) {
    return with_path(call, answer_stat);
}

static status_t times_set_at(struct call *call, int file) {
    return times_set(call, file);
}

static status_t file_set_times_at(struct call *call) {
    return with_path(call, times_set_at);
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
    uint8_t *to = reply_payload + call->reply->payload_size;
    memset(to, 0, sizeof(entry) + padded);
    memcpy(to, &entry, sizeof(entry));
    memcpy(to + sizeof(entry), from->name, size);
    call->reply->payload_size += (uint32_t)(sizeof(entry) + padded);
    call->reply->words[0]++;
    return true;
}

static status_t file_list(struct call *call) {
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
        ssize_t size = getdents64(directory, buffer, sizeof(buffer));
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

static status_t file_make_directory(struct call *call) {
    struct place place;
    status_t status = place_of(call->file, call->paths[0], &place);
    if (status == OK) {
        status = result_status(mkdirat(place.parent, place.name, 0777));
        place_close(&place);
    }
    return status;
}

static status_t file_remove_directory(struct call *call) {
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

static status_t file_unlink(struct call *call) {
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

static status_t file_readlink(struct call *call) {
    struct place place;
    status_t status = place_of(call->file, call->paths[0], &place);
    if (status != OK) {
        return status;
    }
    ssize_t size = readlinkat(place.parent, place.name, (char *)reply_payload, FILE_PATH_MAX);
    if (size < 0) {
        status = status_of_errno(errno);
    } else {
        call->reply->payload_size = (uint32_t)size;
    }
    place_close(&place);
    return status;
}

static status_t file_symlink(struct call *call) {
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
    *out = table_find(badge);
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

static status_t file_rename(struct call *call) {
    return with_places(call, rename_places);
}

static status_t file_link(struct call *call) {
    return with_places(call, link_places);
}

/* ---- requests ---- */

static const struct operation {
    status_t (*run)(struct call *call);
    uint32_t paths;  /* how many the payload holds; with one or more, the handle is a directory's */
    uint64_t rights; /* that the handle must have */
} operations[] = {
    [FILE_OPEN] = {file_open, 1, 0},
    [FILE_READ] = {file_read, 0, FILE_RIGHT_READ},
    [FILE_WRITE] = {file_write, 0, FILE_RIGHT_WRITE},
    [FILE_STAT] = {file_stat, 0, 0},
    [FILE_STAT_AT] = {file_stat_at, 1, 0},
    [FILE_SET_SIZE] = {file_set_size, 0, FILE_RIGHT_WRITE},
    [FILE_SET_TIMES] = {file_set_times, 0, FILE_RIGHT_WRITE},
    [FILE_SET_TIMES_AT] = {file_set_times_at, 1, FILE_RIGHT_WRITE},
    [FILE_LIST] = {file_list, 0, FILE_RIGHT_READ},
    [FILE_MAKE_DIRECTORY] = {file_make_directory, 1, FILE_RIGHT_WRITE},
    [FILE_REMOVE_DIRECTORY] = {file_remove_directory, 1, FILE_RIGHT_WRITE},
    [FILE_UNLINK] = {file_unlink, 1, FILE_RIGHT_WRITE},
    [FILE_RENAME] = {file_rename, 2, FILE_RIGHT_WRITE},
    [FILE_LINK] = {file_link, 2, FILE_RIGHT_WRITE},
    [FILE_SYMLINK] = {file_symlink, 2, FILE_RIGHT_WRITE},
    [FILE_READLINK] = {file_readlink, 1, 0},
    [FILE_SYNC] = {file_sync, 0, 0},
    [FILE_ALLOCATE] = {file_allocate, 0, FILE_RIGHT_WRITE},
};

/* The one check of paths: length, no NUL, UTF-8, not empty. */
static status_t path_take(const uint8_t *from, size_t size, char *to) {
    if (size > FILE_PATH_MAX) {
        return ERR_NAME_TOO_LONG;
    }
    if (!utf8_valid(from, size) || memchr(from, 0, size) != nullptr) {
        return ERR_INVALID;
    }
    memcpy(to, from, size);
    to[size] = 0;
    return size == 0 ? ERR_NOT_FOUND : OK;
}

static status_t paths_take(struct call *call, uint32_t count) {
    const struct message *request = call->request;
    const uint8_t *bytes = request->payload;
    if (call->file->kind != FILE_KIND_DIRECTORY) {
        return ERR_NOT_DIRECTORY;
    }
    uint64_t first = count == 2 ? request->words[3] : request->payload_size;
    if (first > request->payload_size) {
        return ERR_INVALID;
    }
    status_t status = path_take(bytes, first, call->paths[0]);
    if (status == OK && count == 2) {
        status = path_take(bytes + first, request->payload_size - first, call->paths[1]);
    }
    return status;
}

static status_t carry_out(struct call *call) {
    uint32_t number = call->request->operation;
    call->file = table_find(call->request->badge);
    if (number >= COUNT_OF(operations) || operations[number].run == nullptr) {
        return ERR_NOT_SUPPORTED;
    }
    const struct operation *operation = &operations[number];
    if (call->file == nullptr) {
        return ERR_BAD_HANDLE;
    }
    if ((operation->rights & ~call->file->rights) != 0) {
        return ERR_DENIED;
    }
    if (operation->paths > 0) {
        status_t status = paths_take(call, operation->paths);
        if (status != OK) {
            return status;
        }
    }
    return operation->run(call);
}

static struct message *start(void) {
    static struct message message = {.payload = request_payload,
                                     .payload_capacity = sizeof(request_payload)};
    return &message;
}

static void handle(struct message *request) {
    static struct call call;
    struct message reply = {.payload = reply_payload};
    if (request->operation == MESSAGE_RELEASED) {
        table_remove(request->badge);
        return;
    }
    call.request = request;
    call.reply = &reply;
    reply.status = carry_out(&call);
    if (reply.status != OK) {
        request_answer_status(request, (status_t)reply.status);
    } else {
        (void)!request_answer(request, &reply);
    }
}

SERVER(files, start, handle)
