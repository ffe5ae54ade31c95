/* SPDX-License-Identifier: MIT */
/*
 * The table of file descriptors: what each fd of the program stands for, and what may be done with
 * it.
 *
 * The lowest free number is given out, as on Unix. A descriptor stays where it is while it is open.
 */
#pragma once
#include "wasi.h"
#include <abi/handle.h>
#include <proto/file.h>

constexpr uint32_t DESCRIPTORS_MAX = 2048;

enum descriptor_kind : uint8_t {
    DESCRIPTOR_FREE,
    DESCRIPTOR_CONSOLE, /* any stream without a position: a console, a socket */
    DESCRIPTOR_FILE,
    DESCRIPTOR_DIRECTORY,
};

struct descriptor {
    enum descriptor_kind kind;
    enum wasi_filetype filetype;
    uint8_t watched; /* CONSOLE_READY_ bits that its server has been asked to tell of */
    uint16_t flags;  /* FDFLAG_ */
    handle_t handle;
    const char *name; /* of a directory that the program was given; NULL otherwise */
    uint32_t name_size;
    uint64_t rights_base;
    uint64_t rights_inheriting;
    uint64_t position; /* files only */
};

/* An open descriptor, whatever its rights; ERRNO_BADF. */
enum wasi_errno table_find(fd_t fd, struct descriptor **out);
/* The same, and it must have all these rights: ERRNO_NOTCAPABLE. */
enum wasi_errno table_find_with(fd_t fd, uint64_t rights, struct descriptor **out);
/* The lowest free number that is at least `lowest`; it stays free until its kind is set.
 * ERRNO_MFILE. */
enum wasi_errno table_reserve(fd_t lowest, fd_t *fd, struct descriptor **out);
/* The open descriptor that has this handle; NULL when none does. */
struct descriptor *table_find_handle(handle_t handle);
/* Closes its handle and frees the number. */
void table_close(fd_t fd);
/* `to`, which is open, is closed and becomes what `from` was; `from` is free then. */
void table_move(fd_t from, fd_t to);

enum wasi_filetype filetype_of(uint32_t kind);
