/* SPDX-License-Identifier: MIT */
/* The file protocol: files and directories as capabilities. Operations: file.def. */
#pragma once
#include <stdint.h>

enum file_operation : uint32_t {
#define OP(name, number, paths, rights, text) name = (number),
#include <proto/file.def>
#undef OP
};

enum file_kind : uint32_t {
    FILE_KIND_UNKNOWN = 0,
    FILE_KIND_REGULAR = 1,
    FILE_KIND_DIRECTORY = 2,
    FILE_KIND_SYMLINK = 3,
    FILE_KIND_CHARACTER = 4,
    FILE_KIND_BLOCK = 5,
    FILE_KIND_SOCKET = 6,
    FILE_KIND_FIFO = 7,
};

enum : uint64_t {
    FILE_OPEN_CREATE = 1,
    FILE_OPEN_EXCLUSIVE = 2,
    FILE_OPEN_TRUNCATE = 4,
    FILE_OPEN_DIRECTORY = 8, /* ERR_NOT_DIRECTORY otherwise */
    FILE_OPEN_FOLLOW = 16,   /* follow a symbolic link at the end of the path; ERR_LOOP otherwise */

    FILE_RIGHT_READ = 1,
    FILE_RIGHT_WRITE = 2,

    FILE_FOLLOW = 1 << 8,

    FILE_TIME_ACCESS = 1, /* set it to words[1] */
    FILE_TIME_ACCESS_NOW = 2,
    FILE_TIME_MODIFICATION = 4, /* set it to words[2] */
    FILE_TIME_MODIFICATION_NOW = 8,
};

constexpr uint32_t FILE_PATH_MAX = 4096; /* bytes */
constexpr uint32_t FILE_NAME_MAX = 255;  /* bytes of one part of a path */

struct file_stat {
    uint64_t device;
    uint64_t inode;
    uint64_t link_count;
    uint64_t size;
    uint64_t access_time_ns;
    uint64_t modification_time_ns;
    uint64_t change_time_ns;
    uint32_t kind; /* enum file_kind */
    uint32_t reserved;
};
static_assert(sizeof(struct file_stat) == 64);

/* One directory entry in the reply of FILE_LIST; name_size bytes of name follow, padded to 8. */
struct file_entry {
    uint64_t cookie; /* continue after this entry */
    uint64_t inode;
    uint32_t kind;
    uint32_t name_size;
};
static_assert(sizeof(struct file_entry) == 24);
