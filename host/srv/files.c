/* SPDX-License-Identifier: MIT */
/*
 * The file server over Linux: requests are checked here and carried out by file.c and directory.c.
 * A badge is the number of an open file (open_file.c); the kernel stamps it, so a client names only
 * what it was given or opened. All paths are resolved by beneath.c, below the directory they are
 * asked through.
 */
#include "files.h"
#include "call.h"
#include <string.h>
#include <user/file_request.h>
#include <user/request.h>
#include <user/system.h>

static uint8_t request_payload[MESSAGE_PAYLOAD_MAX];
static _Alignas(8) uint8_t reply_payload[MESSAGE_PAYLOAD_MAX];

static status_t (*const operations[])(struct call *call) = {
    [FILE_OPEN] = file_open,
    [FILE_READ] = file_read,
    [FILE_WRITE] = file_write,
    [FILE_STAT] = file_stat,
    [FILE_STAT_AT] = file_stat_at,
    [FILE_SET_SIZE] = file_set_size,
    [FILE_SET_TIMES] = file_set_times,
    [FILE_SET_TIMES_AT] = file_set_times_at,
    [FILE_LIST] = file_list,
    [FILE_MAKE_DIRECTORY] = file_make_directory,
    [FILE_REMOVE_DIRECTORY] = file_remove_directory,
    [FILE_UNLINK] = file_unlink,
    [FILE_RENAME] = file_rename,
    [FILE_LINK] = file_link,
    [FILE_SYMLINK] = file_symlink,
    [FILE_READLINK] = file_readlink,
    [FILE_SYNC] = file_sync,
    [FILE_ALLOCATE] = file_allocate,
};

static void path_copy(char *to, struct text path) {
    memcpy(to, path.bytes, path.size);
    to[path.size] = 0;
}

static status_t carry_out(struct call *call) {
    uint32_t number = call->request->operation;
    struct file_rule rule = file_rule_of(number);
    struct text paths[FILE_REQUEST_PATHS];
    if (!rule.exists) {
        return ERR_NOT_SUPPORTED;
    }
    call->file = open_file_find(call->request->badge);
    if (call->file == nullptr) {
        return ERR_BAD_HANDLE;
    }
    status_t status =
        file_request_check(call->request, rule, call->file->kind, call->file->rights, paths);
    for (uint32_t i = 0; status == OK && i < rule.paths; i++) {
        path_copy(call->paths[i], paths[i]);
    }
    return status == OK ? operations[number](call) : status;
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

SERVER(host_files, start, handle)
