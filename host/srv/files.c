/* SPDX-License-Identifier: MIT */
/*
 * The file server over Linux: requests are checked here and carried out by file.c and directory.c.
 * A badge is the number of an open file (open_file.c); the kernel stamps it, so a client names only
 * what it was given or opened. All paths are resolved by beneath.c, below the directory they are
 * asked through.
 */
#include "files.h"
#include "call.h"
#include <base/checked.h>
#include <base/string.h>
#include <string.h>
#include <user/request.h>
#include <user/system.h>

static uint8_t request_payload[MESSAGE_PAYLOAD_MAX];
static _Alignas(8) uint8_t reply_payload[MESSAGE_PAYLOAD_MAX];

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
    call->file = open_file_find(call->request->badge);
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
    static struct message reply;
    reply = (struct message){.payload = reply_payload};
    if (request->operation == MESSAGE_RELEASED) {
        open_file_remove(request->badge);
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
