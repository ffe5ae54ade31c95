/* SPDX-License-Identifier: MIT */
/*
 * The console server over Linux: standard input, output and error of the process. Waiting in here
 * stops everyone, which is right while one program runs at a time.
 */
#include "streams.h"
#include "status.h"
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <proto/console.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <user/request.h>
#include <user/system.h>

constexpr uint64_t STREAMS = 3;

static uint8_t request_payload[MESSAGE_PAYLOAD_MAX];
static uint8_t reply_payload[MESSAGE_PAYLOAD_MAX];

/* Waits when the descriptor is in non-blocking mode, as one that is shared with others may be. */
static bool wait_for(int file, short events) {
    struct pollfd poll_file = {.fd = file, .events = events};
    return (errno == EAGAIN && poll(&poll_file, 1, -1) >= 0) || errno == EINTR;
}

static status_t stream_write(int file, const struct message *request, struct message *reply) {
    ssize_t put;
    do {
        put = write(file, request->payload, request->payload_size);
    } while (put < 0 && wait_for(file, POLLOUT));
    if (put < 0) {
        return status_of_errno(errno);
    }
    reply->words[0] = (uint64_t)put;
    return OK;
}

static status_t stream_read(int file, const struct message *request, struct message *reply) {
    uint64_t size = request->words[0];
    size = size < sizeof(reply_payload) ? size : sizeof(reply_payload);
    ssize_t got;
    if (size == 0) {
        return ERR_INVALID;
    }
    do {
        got = read(file, reply_payload, size);
    } while (got < 0 && wait_for(file, POLLIN));
    if (got < 0) {
        return status_of_errno(errno);
    }
    reply->payload_size = (uint32_t)got;
    return OK;
}

static status_t stream_info(int file, const struct message *request, struct message *reply) {
    struct winsize size;
    struct stat stat;
    if (isatty(file)) {
        reply->words[0] = CONSOLE_TERMINAL;
        if (ioctl(file, TIOCGWINSZ, &size) == 0) {
            reply->words[1] = size.ws_col;
            reply->words[2] = size.ws_row;
        }
    } else {
        bool regular = fstat(file, &stat) == 0 && S_ISREG(stat.st_mode);
        reply->words[0] = regular ? CONSOLE_FILE : CONSOLE_STREAM;
    }
    return OK;
}

/* Bytes that can be read now: at least 1 when Linux says readable but cannot count. */
static void ready_to_read(int file, short events, struct message *reply) {
    struct stat stat;
    int count = 0;
    if (fstat(file, &stat) == 0 && S_ISREG(stat.st_mode)) {
        off_t left = stat.st_size - lseek(file, 0, SEEK_CUR);
        reply->words[0] = left > 0 ? (uint64_t)left : 0;
        reply->words[1] = left <= 0;
        return;
    }
    bool counted = ioctl(file, FIONREAD, &count) == 0;
    if (counted && count > 0) {
        reply->words[0] = (uint64_t)count;
    } else if ((events & POLLHUP) != 0) {
        reply->words[1] = 1;
    } else if ((events & POLLIN) != 0) {
        /* A terminal at end of input is readable with nothing to read. */
        reply->words[0] = counted ? 0 : 1;
        reply->words[1] = counted;
    }
}

static status_t stream_ready(int file, const struct message *request, struct message *reply) {
    bool reading = request->words[0] == CONSOLE_READY_READ;
    if (!reading && request->words[0] != CONSOLE_READY_WRITE) {
        return ERR_INVALID;
    }
    struct pollfd poll_file = {.fd = file, .events = reading ? POLLIN : POLLOUT};
    if (poll(&poll_file, 1, 0) < 0) {
        return status_of_errno(errno);
    }
    if (reading) {
        ready_to_read(file, poll_file.revents, reply);
    } else if ((poll_file.revents & POLLERR) != 0) {
        reply->words[1] = 1;
    } else if ((poll_file.revents & POLLOUT) != 0) {
        reply->words[0] = PIPE_BUF; /* passes whole once a pipe is writable */
    }
    return OK;
}

static status_t (*const operations[])(int, const struct message *, struct message *) = {
    [CONSOLE_WRITE] = stream_write,
    [CONSOLE_READ] = stream_read,
    [CONSOLE_INFO] = stream_info,
    [CONSOLE_READY] = stream_ready,
};

static status_t carry_out(const struct message *request, struct message *reply) {
    uint32_t number = request->operation;
    if (request->badge < 1 || request->badge > STREAMS) {
        return ERR_BAD_HANDLE;
    }
    if (number >= sizeof(operations) / sizeof(operations[0]) || operations[number] == nullptr) {
        return ERR_NOT_SUPPORTED;
    }
    return operations[number]((int)(request->badge - 1), request, reply);
}

static struct message *start(void) {
    static struct message message = {.payload = request_payload,
                                     .payload_capacity = sizeof(request_payload)};
    return &message;
}

static void handle(struct message *request) {
    struct message reply = {.payload = reply_payload};
    if (request->operation == MESSAGE_RELEASED) {
        return;
    }
    reply.status = carry_out(request, &reply);
    if (reply.status != OK) {
        request_answer_status(request, (status_t)reply.status);
    } else {
        (void)!request_answer(request, &reply);
    }
}

SERVER(streams, start, handle)
