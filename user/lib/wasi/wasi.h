/* SPDX-License-Identifier: MIT */
/*
 * The types of WASI snapshot preview 1, as they lie in a program's memory.
 *
 * Source: wasi_snapshot_preview1.witx and its typenames. Little endian; every struct has the layout
 * that the specification gives it, padding included. Times are nanoseconds, sizes bytes.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* An address in the program's memory: an offset that is checked by every copy (guest.h). */
typedef uint32_t guest_t;
typedef uint32_t fd_t;

enum [[nodiscard]] wasi_errno : uint32_t {
    ERRNO_SUCCESS = 0,
    ERRNO_AGAIN = 6,
    ERRNO_BADF = 8,
    ERRNO_BUSY = 10,
    ERRNO_DEADLK = 16,
    ERRNO_EXIST = 20,
    ERRNO_FAULT = 21,
    ERRNO_FBIG = 22,
    ERRNO_ILSEQ = 25,
    ERRNO_INTR = 27,
    ERRNO_INVAL = 28,
    ERRNO_IO = 29,
    ERRNO_ISDIR = 31,
    ERRNO_LOOP = 32,
    ERRNO_MFILE = 33,
    ERRNO_NAMETOOLONG = 37,
    ERRNO_NOBUFS = 42,
    ERRNO_NOENT = 44,
    ERRNO_NOMEM = 48,
    ERRNO_NOSPC = 51,
    ERRNO_NOTDIR = 54,
    ERRNO_NOTEMPTY = 55,
    ERRNO_NOTSOCK = 57,
    ERRNO_NOTSUP = 58,
    ERRNO_OVERFLOW = 61,
    ERRNO_PERM = 63,
    ERRNO_PIPE = 64,
    ERRNO_ROFS = 69,
    ERRNO_SPIPE = 70,
    ERRNO_TIMEDOUT = 73,
    ERRNO_XDEV = 75,
    ERRNO_NOTCAPABLE = 76,
};

enum wasi_filetype : uint8_t {
    FILETYPE_UNKNOWN = 0,
    FILETYPE_BLOCK_DEVICE = 1,
    FILETYPE_CHARACTER_DEVICE = 2,
    FILETYPE_DIRECTORY = 3,
    FILETYPE_REGULAR_FILE = 4,
    FILETYPE_SOCKET_DGRAM = 5,
    FILETYPE_SOCKET_STREAM = 6,
    FILETYPE_SYMBOLIC_LINK = 7,
};

constexpr uint64_t RIGHT_FD_DATASYNC = 1 << 0;
constexpr uint64_t RIGHT_FD_READ = 1 << 1;
constexpr uint64_t RIGHT_FD_SEEK = 1 << 2;
constexpr uint64_t RIGHT_FD_FDSTAT_SET_FLAGS = 1 << 3;
constexpr uint64_t RIGHT_FD_SYNC = 1 << 4;
constexpr uint64_t RIGHT_FD_TELL = 1 << 5;
constexpr uint64_t RIGHT_FD_WRITE = 1 << 6;
constexpr uint64_t RIGHT_FD_ADVISE = 1 << 7;
constexpr uint64_t RIGHT_FD_ALLOCATE = 1 << 8;
constexpr uint64_t RIGHT_PATH_CREATE_DIRECTORY = 1 << 9;
constexpr uint64_t RIGHT_PATH_CREATE_FILE = 1 << 10;
constexpr uint64_t RIGHT_PATH_LINK_SOURCE = 1 << 11;
constexpr uint64_t RIGHT_PATH_LINK_TARGET = 1 << 12;
constexpr uint64_t RIGHT_PATH_OPEN = 1 << 13;
constexpr uint64_t RIGHT_FD_READDIR = 1 << 14;
constexpr uint64_t RIGHT_PATH_READLINK = 1 << 15;
constexpr uint64_t RIGHT_PATH_RENAME_SOURCE = 1 << 16;
constexpr uint64_t RIGHT_PATH_RENAME_TARGET = 1 << 17;
constexpr uint64_t RIGHT_PATH_FILESTAT_GET = 1 << 18;
constexpr uint64_t RIGHT_PATH_FILESTAT_SET_SIZE = 1 << 19;
constexpr uint64_t RIGHT_PATH_FILESTAT_SET_TIMES = 1 << 20;
constexpr uint64_t RIGHT_FD_FILESTAT_GET = 1 << 21;
constexpr uint64_t RIGHT_FD_FILESTAT_SET_SIZE = 1 << 22;
constexpr uint64_t RIGHT_FD_FILESTAT_SET_TIMES = 1 << 23;
constexpr uint64_t RIGHT_PATH_SYMLINK = 1 << 24;
constexpr uint64_t RIGHT_PATH_REMOVE_DIRECTORY = 1 << 25;
constexpr uint64_t RIGHT_PATH_UNLINK_FILE = 1 << 26;
constexpr uint64_t RIGHT_POLL_FD_READWRITE = 1 << 27;
constexpr uint64_t RIGHT_SOCK_SHUTDOWN = 1 << 28;
constexpr uint64_t RIGHT_SOCK_ACCEPT = 1 << 29;
constexpr uint64_t RIGHT_ALL = (1 << 30) - 1;

/* What can be done with a file, with a directory, and with what is opened through a directory. */
constexpr uint64_t RIGHTS_FILE =
    RIGHT_FD_DATASYNC | RIGHT_FD_READ | RIGHT_FD_SEEK | RIGHT_FD_FDSTAT_SET_FLAGS | RIGHT_FD_SYNC |
    RIGHT_FD_TELL | RIGHT_FD_WRITE | RIGHT_FD_ADVISE | RIGHT_FD_ALLOCATE | RIGHT_FD_FILESTAT_GET |
    RIGHT_FD_FILESTAT_SET_SIZE | RIGHT_FD_FILESTAT_SET_TIMES | RIGHT_POLL_FD_READWRITE;
constexpr uint64_t RIGHTS_DIRECTORY =
    RIGHT_FD_FDSTAT_SET_FLAGS | RIGHT_FD_SYNC | RIGHT_FD_DATASYNC | RIGHT_PATH_CREATE_DIRECTORY |
    RIGHT_PATH_CREATE_FILE | RIGHT_PATH_LINK_SOURCE | RIGHT_PATH_LINK_TARGET | RIGHT_PATH_OPEN |
    RIGHT_FD_READDIR | RIGHT_PATH_READLINK | RIGHT_PATH_RENAME_SOURCE | RIGHT_PATH_RENAME_TARGET |
    RIGHT_PATH_FILESTAT_GET | RIGHT_PATH_FILESTAT_SET_SIZE | RIGHT_PATH_FILESTAT_SET_TIMES |
    RIGHT_FD_FILESTAT_GET | RIGHT_FD_FILESTAT_SET_TIMES | RIGHT_PATH_SYMLINK |
    RIGHT_PATH_REMOVE_DIRECTORY | RIGHT_PATH_UNLINK_FILE | RIGHT_POLL_FD_READWRITE;
constexpr uint64_t RIGHTS_CONSOLE =
    RIGHT_FD_FDSTAT_SET_FLAGS | RIGHT_FD_FILESTAT_GET | RIGHT_POLL_FD_READWRITE;
constexpr uint64_t RIGHTS_CONNECTION =
    RIGHTS_CONSOLE | RIGHT_FD_READ | RIGHT_FD_WRITE | RIGHT_SOCK_SHUTDOWN;

enum : uint32_t {
    FDFLAG_APPEND = 1,
    FDFLAG_DSYNC = 2,
    FDFLAG_NONBLOCK = 4,
    FDFLAG_RSYNC = 8,
    FDFLAG_SYNC = 16,
    FDFLAG_ALL = 31,

    OFLAG_CREAT = 1,
    OFLAG_DIRECTORY = 2,
    OFLAG_EXCL = 4,
    OFLAG_TRUNC = 8,
    OFLAG_ALL = 15,

    LOOKUP_SYMLINK_FOLLOW = 1,

    FSTFLAG_ATIM = 1,
    FSTFLAG_ATIM_NOW = 2,
    FSTFLAG_MTIM = 4,
    FSTFLAG_MTIM_NOW = 8,
    FSTFLAG_ALL = 15,

    ADVICE_LAST = 5,

    WHENCE_SET = 0,
    WHENCE_CUR = 1,
    WHENCE_END = 2,

    SUBCLOCK_ABSTIME = 1,
    EVENT_HANGUP = 1,
};

struct wasi_iovec {
    guest_t address;
    uint32_t size;
};
static_assert(sizeof(struct wasi_iovec) == 8);

struct wasi_fdstat {
    uint8_t filetype;
    uint8_t padding1;
    uint16_t flags;
    uint32_t padding4;
    uint64_t rights_base;
    uint64_t rights_inheriting;
};
static_assert(sizeof(struct wasi_fdstat) == 24 && offsetof(struct wasi_fdstat, rights_base) == 8);

struct wasi_filestat {
    uint64_t device;
    uint64_t inode;
    uint8_t filetype;
    uint8_t padding[7];
    uint64_t link_count;
    uint64_t size;
    uint64_t access_time;
    uint64_t modification_time;
    uint64_t change_time;
};
static_assert(sizeof(struct wasi_filestat) == 64 &&
              offsetof(struct wasi_filestat, link_count) == 24);

struct wasi_dirent {
    uint64_t next;
    uint64_t inode;
    uint32_t name_size;
    uint8_t filetype;
    uint8_t padding[3];
};
static_assert(sizeof(struct wasi_dirent) == 24);

struct wasi_prestat {
    uint8_t tag; /* 0: a directory */
    uint8_t padding[3];
    uint32_t name_size;
};
static_assert(sizeof(struct wasi_prestat) == 8);

enum wasi_eventtype : uint8_t {
    EVENTTYPE_CLOCK = 0,
    EVENTTYPE_FD_READ = 1,
    EVENTTYPE_FD_WRITE = 2
};

struct wasi_subscription {
    uint64_t userdata;
    uint8_t tag; /* enum wasi_eventtype */
    uint8_t padding[7];
    union {
        struct {
            uint32_t id;
            uint32_t padding4;
            uint64_t timeout;
            uint64_t precision;
            uint16_t flags;
            uint8_t padding26[6];
        } clock;
        struct {
            fd_t fd;
        } file;
    };
};
static_assert(sizeof(struct wasi_subscription) == 48 &&
              offsetof(struct wasi_subscription, clock) == 16);

struct wasi_event {
    uint64_t userdata;
    uint16_t error;
    uint8_t type; /* enum wasi_eventtype */
    uint8_t padding[5];
    uint64_t size; /* bytes that pass without waiting */
    uint16_t flags;
    uint8_t padding26[6];
};
static_assert(sizeof(struct wasi_event) == 32 && offsetof(struct wasi_event, size) == 16);
