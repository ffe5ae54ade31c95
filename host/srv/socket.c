/* SPDX-License-Identifier: MIT */
/*
 * Sockets of Linux: what is listened at, and the connections that come from it. A connection is
 * otherwise a stream like standard input (streams.c). Waiting in here stops everyone, as there.
 */
#include "status.h"
#include "stream.h"
#include "streams.h"
#include <arpa/inet.h>
#include <base/checked.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <proto/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <user/system.h>

constexpr int BACKLOG = 16;

static bool is_listening(int file, bool *listening) {
    int value = 0;
    socklen_t size = sizeof(value);
    bool socket = getsockopt(file, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0;
    *listening = socket && value != 0;
    return socket;
}

bool socket_is(int file) {
    bool listening;
    return is_listening(file, &listening);
}

/* Someone who has connected and gone again before being accepted is passed over. */
status_t socket_accept(int file, const struct message *request, struct message *reply) {
    bool listening;
    if (!is_listening(file, &listening) || !listening || request->reply == HANDLE_NONE) {
        return ERR_INVALID;
    }
    int made;
    do {
        struct pollfd poll_file = {.fd = file, .events = POLLIN};
        (void)poll(&poll_file, 1, -1);
        made = accept4(file, nullptr, nullptr, SOCK_CLOEXEC);
    } while (made < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED));
    if (made < 0) {
        return status_of_errno(errno);
    }
    status_t status = system_handle_mint(streams_badge(made), &reply->handles[0]);
    if (status != OK) {
        close(made);
        return status;
    }
    reply->handle_count = 1;
    return OK;
}

status_t socket_shutdown(int file, const struct message *request, struct message *reply) {
    static const int ways[] = {[SOCKET_SHUT_RECEIVE] = SHUT_RD,
                               [SOCKET_SHUT_SEND] = SHUT_WR,
                               [SOCKET_SHUT_RECEIVE | SOCKET_SHUT_SEND] = SHUT_RDWR};
    uint64_t how = request->words[0];
    if (how == 0 || how >= COUNT_OF(ways)) {
        return ERR_INVALID;
    }
    return shutdown(file, ways[how]) == 0 ? OK : status_of_errno(errno);
}

status_t socket_peek(int file, const struct message *request, struct message *reply) {
    uint64_t size = request->words[0];
    size = size < MESSAGE_PAYLOAD_MAX ? size : MESSAGE_PAYLOAD_MAX;
    ssize_t got;
    if (size == 0) {
        return ERR_INVALID;
    }
    do {
        got = recv(file, reply->payload, size, MSG_PEEK);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return status_of_errno(errno);
    }
    reply->payload_size = (uint32_t)got;
    return OK;
}

/* "HOST:PORT" or "[HOST]:PORT"; false when it is neither. */
static bool split_address(const char *address, char host[64], const char **port) {
    const char *colon = strrchr(address, ':');
    size_t size = colon != nullptr ? (size_t)(colon - address) : 0;
    if (size >= 2 && address[0] == '[' && address[size - 1] == ']') {
        address++;
        size -= 2;
    }
    if (size == 0 || size >= 64) {
        return false;
    }
    memcpy(host, address, size);
    host[size] = 0;
    *port = colon + 1;
    return **port != 0;
}

/* Of a socket, in either family. */
union address {
    struct sockaddr any;
    struct sockaddr_in ip4;
    struct sockaddr_in6 ip6;
};

/* By hand: getaddrinfo() would bring in libraries that read the system's configuration, for
 * numbers.
 */
static bool address_parse(const char *host, const char *port, union address *out) {
    char *end;
    errno = 0;
    unsigned long number = strtoul(port, &end, 10);
    if (*port < '0' || *port > '9' || *end != 0 || errno != 0 || number > UINT16_MAX) {
        return false;
    }
    const uint16_t wire_port = htons((uint16_t)number);
    *out = (union address){.ip4 = {.sin_family = AF_INET, .sin_port = wire_port}};
    if (inet_pton(AF_INET, host, &out->ip4.sin_addr) == 1) {
        return true;
    }
    *out = (union address){.ip6 = {.sin6_family = AF_INET6, .sin6_port = wire_port}};
    return inet_pton(AF_INET6, host, &out->ip6.sin6_addr) == 1;
}

static int listen_at(const union address *at) {
    const int on = 1;
    const socklen_t size = at->any.sa_family == AF_INET ? sizeof(at->ip4) : sizeof(at->ip6);
    int file = socket(at->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (file < 0) {
        return -1;
    }
    (void)setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(file, &at->any, size) != 0 || listen(file, BACKLOG) != 0) {
        int error = errno;
        close(file);
        errno = error;
        return -1;
    }
    return file;
}

bool socket_listen(const char *address, int *file, const char **why) {
    union address at;
    char host[64];
    const char *port;
    *why = "an address and a port in numbers are wanted, as in 127.0.0.1:8080";
    if (!split_address(address, host, &port) || !address_parse(host, port, &at)) {
        return false;
    }
    *file = listen_at(&at);
    *why = *file < 0 ? strerror(errno) : "";
    return *file >= 0;
}
