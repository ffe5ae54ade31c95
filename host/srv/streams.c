/* SPDX-License-Identifier: MIT */
/*
 * The console server over Linux: standard input, output and error of the process, and sockets
 * (socket.c). Waiting in here stops everyone, which is right while one program runs at a time; who
 * wants to wait for several things at once asks to be told (watch.c).
 */
#include "streams.h"
#include "status.h"
#include "stream.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <proto/socket.h>
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
    } else if ((events & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
        reply->words[1] = 1;
    } else if ((events & POLLIN) != 0) {
        /* A terminal at end of input is readable with nothing to read. */
        reply->words[0] = counted ? 0 : 1;
        reply->words[1] = counted;
    }
}

/* Was it opened for that? If not, trying fails at once: it is as ready as it will ever be. */
static bool is_open_for(int file, bool reading) {
    int flags = fcntl(file, F_GETFL);
    return flags >= 0 && (flags & O_ACCMODE) != (reading ? O_WRONLY : O_RDONLY);
}

status_t stream_ready(int file, const struct message *request, struct message *reply) {
    bool reading = request->words[0] == CONSOLE_READY_READ;
    if (!reading && request->words[0] != CONSOLE_READY_WRITE) {
        return ERR_INVALID;
    }
    if (!is_open_for(file, reading)) {
        reply->words[1] = 1;
        return OK;
    }
    struct pollfd poll_file = {.fd = file, .events = reading ? POLLIN : POLLOUT};
    if (poll(&poll_file, 1, 0) < 0) {
        return status_of_errno(errno);
    }
    if (reading) {
        ready_to_read(file, poll_file.revents, reply);
    } else if ((poll_file.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0) {
        reply->words[1] = 1;
    } else if ((poll_file.revents & POLLOUT) != 0) {
        reply->words[0] = PIPE_BUF; /* passes whole once a pipe is writable */
    }
    return OK;
}

static stream_operation *const operations[] = {
    [CONSOLE_WRITE] = stream_write,  [CONSOLE_READ] = stream_read,
    [CONSOLE_INFO] = stream_info,    [CONSOLE_READY] = stream_ready,
    [SOCKET_ACCEPT] = socket_accept, [SOCKET_SHUTDOWN] = socket_shutdown,
    [SOCKET_PEEK] = socket_peek,
};

/* The descriptor of a badge: one of the three, or a socket. */
static bool file_of(uint64_t badge, int *file) {
    *file = badge >= 1 && badge <= INT_MAX ? (int)(badge - 1) : -1;
    return *file >= 0 && (badge <= STREAMS || socket_is(*file));
}

static status_t carry_out(int file, const struct message *request, struct message *reply) {
    uint32_t number = request->operation;
    bool known =
        number < sizeof(operations) / sizeof(operations[0]) && operations[number] != nullptr;
    if (!known || (number >= SOCKET_ACCEPT && !socket_is(file))) {
        return ERR_NOT_SUPPORTED;
    }
    return operations[number](file, request, reply);
}

static struct message *start(void) {
    static struct message message = {.payload = request_payload,
                                     .payload_capacity = sizeof(request_payload)};
    return &message;
}

static void released(int file) {
    if ((uint64_t)file >= STREAMS) {
        watch_drop(file);
        close(file);
    }
}

static void answer(int file, struct message *request) {
    struct message reply = {.payload = reply_payload};
    reply.status = carry_out(file, request, &reply);
    if (reply.status != OK) {
        request_answer_status(request, (status_t)reply.status);
    } else {
        (void)!request_answer(request, &reply);
    }
}

static void handle(struct message *request) {
    int file;
    if (request->operation == MESSAGE_INTERRUPT) {
        watch_serve();
    } else if (!file_of(request->badge, &file)) {
        request_answer_status(request, ERR_BAD_HANDLE);
    } else if (request->operation == MESSAGE_RELEASED) {
        released(file);
    } else if (request->operation == CONSOLE_WATCH) {
        watch_add(file, request);
    } else {
        answer(file, request);
    }
}

SERVER(streams, start, handle)
