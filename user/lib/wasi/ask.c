/* SPDX-License-Identifier: MIT */
/* One call for all requests, one for payloads of the program, and the table from statuses to
 * errnos. */
#include "ask.h"
#include "guest.h"
#include <base/string.h>
#include <user/system.h>

alignas(8) uint8_t payload[MESSAGE_PAYLOAD_MAX];

constexpr unsigned ATTEMPTS = 4;

/* Indexed by -status. ERR_DENIED is EPERM, which is what the conformance suite expects of a path
 * that would leave its directory. */
static const uint8_t errnos[] = {
    [-OK] = ERRNO_SUCCESS,
    [-ERR_NO_MEMORY] = ERRNO_NOMEM,
    [-ERR_INVALID] = ERRNO_INVAL,
    [-ERR_NOT_FOUND] = ERRNO_NOENT,
    [-ERR_EXISTS] = ERRNO_EXIST,
    [-ERR_DENIED] = ERRNO_PERM,
    [-ERR_NOT_SUPPORTED] = ERRNO_NOTSUP,
    [-ERR_BAD_HANDLE] = ERRNO_BADF,
    [-ERR_FULL] = ERRNO_NOBUFS,
    [-ERR_TIMED_OUT] = ERRNO_TIMEDOUT,
    [-ERR_TOO_BIG] = ERRNO_FBIG,
    [-ERR_CLOSED] = ERRNO_PIPE,
    [-ERR_RESTARTED] = ERRNO_IO,
    [-ERR_DEADLOCK] = ERRNO_DEADLK,
    [-ERR_BUSY] = ERRNO_BUSY,
    [-ERR_IO] = ERRNO_IO,
    [-ERR_CORRUPT] = ERRNO_IO,
    [-ERR_NOT_EMPTY] = ERRNO_NOTEMPTY,
    [-ERR_NOT_DIRECTORY] = ERRNO_NOTDIR,
    [-ERR_IS_DIRECTORY] = ERRNO_ISDIR,
    [-ERR_LOOP] = ERRNO_LOOP,
    [-ERR_NO_SPACE] = ERRNO_NOSPC,
    [-ERR_READ_ONLY] = ERRNO_ROFS,
    [-ERR_NAME_TOO_LONG] = ERRNO_NAMETOOLONG,
    [-ERR_CROSS_DEVICE] = ERRNO_XDEV,
    [-ERR_INTERRUPTED] = ERRNO_INTR,
};

enum wasi_errno errno_of(int32_t status) {
    if (status > 0 || status <= -(int32_t)sizeof errnos) {
        return ERRNO_IO;
    }
    return (enum wasi_errno)errnos[-status];
}

void drop_handles(const struct message *message, uint32_t first) {
    for (uint32_t i = first; i < message->handle_count && i < MESSAGE_HANDLES; i++) {
        (void)system_handle_close(message->handles[i]);
    }
}

static enum wasi_errno ask_for(handle_t handle, struct message *request, struct message *reply,
                               bool repeatable, uint32_t handles_wanted) {
    status_t status = ERR_RESTARTED;
    for (unsigned i = 0; i < ATTEMPTS && status == ERR_RESTARTED; i++) {
        *reply = (struct message){.payload = payload, .payload_capacity = sizeof payload};
        status = system_call(handle, request, reply);
        if (status == OK) {
            status = (status_t)reply->status;
            drop_handles(reply, status == OK ? handles_wanted : 0);
        }
        /* The answer may have overwritten what was sent. */
        if (!repeatable || request->payload_size > 0) {
            break;
        }
    }
    return errno_of(status);
}

enum wasi_errno ask(handle_t handle, struct message *request, struct message *reply,
                    bool repeatable) {
    return ask_for(handle, request, reply, repeatable, 0);
}

/* An address in the program's memory, as a message has it. */
static void *program_payload(guest_t address) {
    return (void *)(uintptr_t)address;
}

/* For requests whose payload, if any, is the program's; so is that of the answer: at most
 * `capacity` bytes at `to`. */
static enum wasi_errno ask_for_program(handle_t handle, const struct message *request,
                                       struct message *reply, bool repeatable,
                                       const struct wasi_iovec *to) {
    int32_t status = ERR_RESTARTED;
    for (unsigned i = 0; i < ATTEMPTS && status == ERR_RESTARTED; i++) {
        *reply =
            (struct message){.payload = program_payload(to->address), .payload_capacity = to->size};
        status = guest_ask(handle, request, reply);
        if (status > 0) {
            return ERRNO_FAULT;
        }
        if (status == OK) {
            status = reply->status;
            drop_handles(reply, 0);
        }
        if (!repeatable) {
            break;
        }
    }
    return errno_of(status);
}

/* A request that takes bytes and may not be repeated. */
static enum wasi_errno ask_with(handle_t handle, struct message *request, struct message *reply,
                                const struct source *source) {
    request->payload_size = source->size;
    if (source->is_program) {
        request->payload = program_payload(source->from);
        return ask_for_program(handle, request, reply, false, &(struct wasi_iovec){0, 0});
    }
    request->payload = payload + source->from;
    return ask(handle, request, reply, false);
}

enum wasi_errno console_write(handle_t handle, const struct source *source, uint32_t *out) {
    struct message request = {.operation = CONSOLE_WRITE};
    struct message reply;
    enum wasi_errno error = ask_with(handle, &request, &reply, source);
    if (error == ERRNO_SUCCESS && (reply.words[0] == 0 || reply.words[0] > source->size)) {
        error = ERRNO_IO;
    }
    *out = error == ERRNO_SUCCESS ? (uint32_t)reply.words[0] : 0;
    return error;
}

enum wasi_errno console_read(handle_t handle, uint32_t most, bool peeks, uint32_t *out) {
    struct message request = {.operation = peeks ? SOCKET_PEEK : CONSOLE_READ, .words = {most}};
    struct message reply;
    enum wasi_errno error = ask(handle, &request, &reply, false);
    if (error == ERRNO_SUCCESS && reply.payload_size > most) {
        error = ERRNO_IO;
    }
    *out = error == ERRNO_SUCCESS ? reply.payload_size : 0;
    return error;
}

enum wasi_errno console_info(handle_t handle, enum console_kind *out) {
    struct message request = {.operation = CONSOLE_INFO};
    struct message reply;
    enum wasi_errno error = ask(handle, &request, &reply, true);
    *out = error == ERRNO_SUCCESS ? (enum console_kind)reply.words[0] : CONSOLE_STREAM;
    return error;
}

enum wasi_errno console_ready(handle_t handle, uint32_t direction, uint64_t *size, bool *at_end) {
    struct message request = {.operation = CONSOLE_READY, .words = {direction}};
    struct message reply;
    enum wasi_errno error = ask(handle, &request, &reply, true);
    *size = error == ERRNO_SUCCESS ? reply.words[0] : 0;
    *at_end = error == ERRNO_SUCCESS && reply.words[1] != 0;
    return error;
}

enum wasi_errno socket_accept(handle_t handle, handle_t *out) {
    struct message request = {.operation = SOCKET_ACCEPT};
    struct message reply;
    enum wasi_errno error = ask_for(handle, &request, &reply, false, 1);
    if (error == ERRNO_SUCCESS && reply.handle_count == 0) {
        error = ERRNO_IO;
    }
    *out = error == ERRNO_SUCCESS ? reply.handles[0] : HANDLE_NONE;
    return error;
}

enum wasi_errno socket_shutdown(handle_t handle, uint32_t how) {
    struct message request = {.operation = SOCKET_SHUTDOWN, .words = {how}};
    struct message reply;
    return ask(handle, &request, &reply, false);
}

enum wasi_errno file_open(handle_t directory, uint64_t flags, uint64_t rights, uint32_t path_size,
                          struct file_opened *out) {
    struct message request = {.operation = FILE_OPEN,
                              .words = {flags, rights},
                              .payload = payload,
                              .payload_size = path_size};
    struct message reply;
    enum wasi_errno error = ask_for(directory, &request, &reply, false, 1);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if (reply.handle_count == 0) {
        return ERRNO_IO;
    }
    *out = (struct file_opened){reply.handles[0], (enum file_kind)reply.words[0], reply.words[1]};
    return ERRNO_SUCCESS;
}

enum wasi_errno file_read(handle_t handle, uint64_t offset, uint32_t most, uint32_t *out) {
    struct message request = {.operation = FILE_READ, .words = {offset, most}};
    struct message reply;
    enum wasi_errno error = ask(handle, &request, &reply, true);
    if (error == ERRNO_SUCCESS && reply.payload_size > most) {
        error = ERRNO_IO;
    }
    *out = error == ERRNO_SUCCESS ? reply.payload_size : 0;
    return error;
}

enum wasi_errno file_read_to(handle_t handle, uint64_t offset, const struct wasi_iovec *to,
                             uint32_t *out) {
    struct message request = {.operation = FILE_READ, .words = {offset, to->size}};
    struct message reply;
    enum wasi_errno error = ask_for_program(handle, &request, &reply, true, to);
    *out = error == ERRNO_SUCCESS ? reply.payload_size : 0;
    return error;
}

enum wasi_errno file_write(handle_t handle, uint64_t offset, bool append,
                           const struct source *source, uint32_t *out, uint64_t *next) {
    struct message request = {.operation = FILE_WRITE, .words = {offset, append}};
    struct message reply;
    enum wasi_errno error = ask_with(handle, &request, &reply, source);
    if (error == ERRNO_SUCCESS && reply.words[0] > source->size) {
        error = ERRNO_IO;
    }
    *out = error == ERRNO_SUCCESS ? (uint32_t)reply.words[0] : 0;
    *next = error == ERRNO_SUCCESS ? reply.words[1] : offset;
    return error;
}

static enum wasi_errno ask_stat(handle_t handle, struct message *request, struct file_stat *out) {
    struct message reply;
    enum wasi_errno error = ask(handle, request, &reply, true);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if (reply.payload_size != sizeof *out) {
        return ERRNO_IO;
    }
    memcpy(out, payload, sizeof *out);
    return ERRNO_SUCCESS;
}

enum wasi_errno file_stat(handle_t handle, struct file_stat *out) {
    struct message request = {.operation = FILE_STAT};
    return ask_stat(handle, &request, out);
}

enum wasi_errno file_stat_at(handle_t directory, bool follow, uint32_t path_size,
                             struct file_stat *out) {
    struct message request = {.operation = FILE_STAT_AT,
                              .words = {follow ? FILE_FOLLOW : 0},
                              .payload = payload,
                              .payload_size = path_size};
    return ask_stat(directory, &request, out);
}

enum wasi_errno file_set_times(handle_t handle, uint64_t flags, uint64_t access,
                               uint64_t modification) {
    struct message request = {.operation = FILE_SET_TIMES, .words = {flags, access, modification}};
    struct message reply;
    return ask(handle, &request, &reply, false);
}

enum wasi_errno file_set_times_at(handle_t directory, uint64_t flags, uint64_t access,
                                  uint64_t modification, uint32_t path_size) {
    struct message request = {.operation = FILE_SET_TIMES_AT,
                              .words = {flags, access, modification},
                              .payload = payload,
                              .payload_size = path_size};
    struct message reply;
    return ask(directory, &request, &reply, false);
}

enum wasi_errno file_list(handle_t directory, uint64_t cookie, uint32_t most, uint32_t *count,
                          uint32_t *size) {
    struct message request = {.operation = FILE_LIST, .words = {cookie, most}};
    struct message reply;
    enum wasi_errno error = ask(directory, &request, &reply, true);
    *count = error == ERRNO_SUCCESS ? (uint32_t)reply.words[0] : 0;
    *size = error == ERRNO_SUCCESS ? reply.payload_size : 0;
    return error;
}

enum wasi_errno file_path(handle_t directory, uint32_t operation, uint32_t path_size) {
    struct message request = {
        .operation = operation, .payload = payload, .payload_size = path_size};
    struct message reply;
    return ask(directory, &request, &reply, false);
}

enum wasi_errno file_two_paths(handle_t directory, uint32_t operation, uint64_t flags,
                               handle_t other, uint32_t first_size, uint32_t second_size) {
    struct message request = {.operation = operation,
                              .words = {flags, 0, 0, first_size},
                              .payload = payload,
                              .payload_size = first_size + second_size,
                              .flags = MESSAGE_HANDLE_COPY,
                              .handle_count = other != HANDLE_NONE,
                              .handles = {other}};
    struct message reply;
    return ask(directory, &request, &reply, false);
}

enum wasi_errno file_readlink(handle_t directory, uint32_t path_size, uint32_t *out) {
    struct message request = {
        .operation = FILE_READLINK, .payload = payload, .payload_size = path_size};
    struct message reply;
    enum wasi_errno error = ask(directory, &request, &reply, true);
    *out = error == ERRNO_SUCCESS ? reply.payload_size : 0;
    return error;
}

enum wasi_errno file_numbers(handle_t handle, uint32_t operation, uint64_t first, uint64_t second) {
    struct message request = {.operation = operation, .words = {first, second}};
    struct message reply;
    return ask(handle, &request, &reply, operation == FILE_SYNC);
}
