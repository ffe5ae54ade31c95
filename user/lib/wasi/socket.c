/* SPDX-License-Identifier: MIT */
/*
 * sock_*: sockets that the program was given, and the connections that come from them. Nothing else
 * makes a socket. A connection is a stream like standard input (stream.c); one that listens has
 * nothing but the right to accept. What is no socket is NOTSOCK, before its rights are looked at.
 */
#include "ask.h"
#include "exports.h"
#include "guest.h"
#include "stream.h"
#include "table.h"

enum : uint32_t { RIFLAG_PEEK = 1, RIFLAG_WAITALL = 2, RIFLAG_ALL = 3 };

static enum wasi_errno find_socket(fd_t fd, uint64_t right, struct descriptor **out) {
    enum wasi_errno error = table_find(fd, out);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if ((*out)->filetype != FILETYPE_SOCKET_STREAM) {
        return ERRNO_NOTSOCK;
    }
    return table_find_with(fd, right, out);
}

static enum wasi_errno accept(const struct descriptor *listener, uint32_t flags,
                              struct descriptor *out) {
    enum wasi_errno error = stream_check_ready(listener, CONSOLE_READY_READ);
    handle_t handle;
    if (error == ERRNO_SUCCESS) {
        error = socket_accept(listener->handle, &handle);
    }
    if (error == ERRNO_SUCCESS) {
        *out = (struct descriptor){.kind = DESCRIPTOR_CONSOLE,
                                   .filetype = FILETYPE_SOCKET_STREAM,
                                   .flags = (uint16_t)flags,
                                   .handle = handle,
                                   .rights_base = listener->rights_inheriting};
    }
    return error;
}

/* The number is told before somebody is accepted, so that nobody is accepted and forgotten. */
enum wasi_errno wasi_sock_accept(fd_t fd, uint32_t flags, guest_t out) {
    struct descriptor *listener, *made;
    fd_t number;
    enum wasi_errno error = find_socket(fd, RIGHT_SOCK_ACCEPT, &listener);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if ((flags & ~FDFLAG_NONBLOCK) != 0) {
        return ERRNO_INVAL;
    }
    error = table_reserve(0, &number, &made);
    if (error == ERRNO_SUCCESS) {
        error = guest_write_u32(out, number);
    }
    return error == ERRNO_SUCCESS ? accept(listener, flags, made) : error;
}

/* A stream's data is never cut off: the flags that are told are none. */
enum wasi_errno wasi_sock_recv(fd_t fd, guest_t iovecs, uint32_t count, uint32_t flags,
                               guest_t out_size, guest_t out_flags) {
    struct descriptor *descriptor;
    enum wasi_errno error = find_socket(fd, RIGHT_FD_READ, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if ((flags & ~RIFLAG_ALL) != 0) {
        return ERRNO_INVAL;
    }
    const uint16_t none = 0;
    struct stream_way way = {.peeks = (flags & RIFLAG_PEEK) != 0,
                             .waits_for_all = (flags & RIFLAG_WAITALL) != 0};
    uint32_t size;
    error = stream_receive(descriptor, iovecs, count, way, &size);
    if (error == ERRNO_SUCCESS) {
        error = guest_write_u32(out_size, size);
    }
    if (error == ERRNO_SUCCESS && !guest_write(out_flags, &none, sizeof none)) {
        error = ERRNO_FAULT;
    }
    return error;
}

enum wasi_errno wasi_sock_send(fd_t fd, guest_t iovecs, uint32_t count, uint32_t flags,
                               guest_t out) {
    struct descriptor *descriptor;
    enum wasi_errno error = find_socket(fd, RIGHT_FD_WRITE, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    return flags != 0 ? ERRNO_INVAL : wasi_fd_write(fd, iovecs, count, out);
}

enum wasi_errno wasi_sock_shutdown(fd_t fd, uint32_t how) {
    struct descriptor *descriptor;
    enum wasi_errno error = find_socket(fd, RIGHT_SOCK_SHUTDOWN, &descriptor);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    if (how == 0 || (how & ~(SOCKET_SHUT_RECEIVE | SOCKET_SHUT_SEND)) != 0) {
        return ERRNO_INVAL;
    }
    return socket_shutdown(descriptor->handle, how);
}
