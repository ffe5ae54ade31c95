/* SPDX-License-Identifier: MIT */
/*
 * A server for one caller, on the listening socket that it was given as descriptor 3. It waits for
 * standard input and the caller at once, and sends back what comes, in capitals; at the end of what
 * the caller says it says "bye" and shuts down. Its exit status tells where something was wrong.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <wasi/api.h>

#define NEED(condition)                                                                            \
    if (!(condition)) {                                                                            \
        return __LINE__;                                                                           \
    }

enum { LISTENER = 3 };

/* Waits until a descriptor can be read; an hour is never over. */
static int await(__wasi_fd_t fd) {
    __wasi_subscription_t wanted[2] = {{.userdata = 1}, {.userdata = 2}};
    __wasi_event_t events[2];
    __wasi_size_t count;
    wanted[0].u.tag = __WASI_EVENTTYPE_FD_READ;
    wanted[0].u.u.fd_read.file_descriptor = fd;
    wanted[1].u.tag = __WASI_EVENTTYPE_CLOCK;
    wanted[1].u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
    wanted[1].u.u.clock.timeout = 3600000000000;
    return __wasi_poll_oneoff(wanted, events, 2, &count) == 0 && count == 1 &&
           events[0].userdata == 1 && events[0].error == 0;
}

static int say(__wasi_fd_t fd, const char *bytes, size_t size) {
    __wasi_ciovec_t part = {(const uint8_t *)bytes, size};
    __wasi_size_t sent;
    return __wasi_sock_send(fd, &part, 1, 0, &sent) == 0 && sent == size;
}

int main(void) {
    char bytes[256];
    __wasi_iovec_t part = {(uint8_t *)bytes, sizeof bytes};
    __wasi_fd_t fd = 0;
    __wasi_size_t size = 0;
    __wasi_roflags_t flags = 0;
    __wasi_fdstat_t stat;
    NEED(__wasi_fd_fdstat_get(LISTENER, &stat) == 0);
    NEED(stat.fs_filetype == __WASI_FILETYPE_SOCKET_STREAM);
    NEED(__wasi_fd_fdstat_set_flags(LISTENER, __WASI_FDFLAGS_NONBLOCK) == 0);
    NEED(__wasi_sock_accept(LISTENER, 0, &fd) == __WASI_ERRNO_AGAIN);
    NEED(await(0) && fgets(bytes, sizeof bytes, stdin) != NULL);
    puts("ready");
    fflush(stdout);
    NEED(await(LISTENER) && __wasi_sock_accept(LISTENER, 0, &fd) == 0);
    for (;;) {
        NEED(await(fd) &&
             __wasi_sock_recv(fd, &part, 1, __WASI_RIFLAGS_RECV_PEEK, &size, &flags) == 0);
        NEED(__wasi_sock_recv(fd, &part, 1, 0, &size, &flags) == 0 && flags == 0);
        if (size == 0) {
            break;
        }
        for (__wasi_size_t i = 0; i < size; i++) {
            bytes[i] = (char)toupper(bytes[i]);
        }
        NEED(say(fd, bytes, size));
    }
    NEED(say(fd, "bye", 3) && __wasi_sock_shutdown(fd, __WASI_SDFLAGS_WR) == 0);
    NEED(__wasi_fd_close(fd) == 0 && __wasi_sock_shutdown(fd, 1) == __WASI_ERRNO_BADF);
    return 0;
}
