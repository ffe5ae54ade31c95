/* SPDX-License-Identifier: MIT */
/* Inside of the file server: open files, and one request while it is carried out. */
#pragma once
#include "beneath.h"
#include <abi/message.h>
#include <abi/status.h>
#include <proto/file.h>
#include <sys/types.h>
#include <user/file_request.h>

constexpr uint64_t RIGHTS = FILE_RIGHT_READ | FILE_RIGHT_WRITE;
constexpr uint64_t NS_PER_SECOND = 1'000'000'000;

struct open_file {
    int file;
    uint32_t free; /* the table's: whether it is, and the next that is */
    uint64_t rights;
    bool changes; /* its times may be set: what it was opened through may write */
    enum file_kind kind;
};

struct call {
    struct open_file *file; /* what is asked */
    const struct message *request;
    struct message *reply; /* payload has room for MESSAGE_PAYLOAD_MAX bytes */
    char paths[FILE_REQUEST_PATHS][FILE_PATH_MAX + 1];
};

/* ---- open_file.c: the table of open files; a badge is a place in it ---- */

/* Takes the descriptor, also when it fails. Entries may move. */
status_t open_file_add(int file, uint64_t rights, bool changes, uint64_t *badge);
/* NULL when the badge is none. */
struct open_file *open_file_find(uint64_t badge);
void open_file_remove(uint64_t badge);
enum file_kind kind_of_mode(mode_t mode);

/* ---- status of calls ---- */

/* Of beneath_open() and place_open(): leading out is not permitted. */
status_t path_status(int error);
/* Of a call that sets errno when it returns less than 0. */
status_t result_status(int result);

/* ---- the operations of <proto/file.def> ---- */

/* file.c: on what is open. */
status_t file_open(struct call *call);
status_t file_read(struct call *call);
status_t file_write(struct call *call);
status_t file_stat(struct call *call);
status_t file_set_size(struct call *call);
status_t file_set_times(struct call *call);
status_t file_sync(struct call *call);
status_t file_allocate(struct call *call);
/* The same on what a path names, with FILE_FOLLOW in words[0]. */
status_t file_stat_at(struct call *call);
status_t file_set_times_at(struct call *call);

/* directory.c: on the entries of a directory. */
status_t file_list(struct call *call);
status_t file_make_directory(struct call *call);
status_t file_remove_directory(struct call *call);
status_t file_unlink(struct call *call);
status_t file_readlink(struct call *call);
status_t file_symlink(struct call *call);
status_t file_rename(struct call *call);
status_t file_link(struct call *call);
