/* SPDX-License-Identifier: MIT */
/* sock_*: no descriptor is a socket yet, and that is what each says. */
#include "exports.h"
#include "table.h"

static enum wasi_errno not_a_socket(fd_t fd) {
    struct descriptor *descriptor;
    enum wasi_errno error = table_find(fd, &descriptor);
    return error == ERRNO_SUCCESS ? ERRNO_NOTSOCK : error;
}

enum wasi_errno wasi_sock_accept(fd_t fd, uint32_t flags, guest_t out) {
    return not_a_socket(fd);
}

enum wasi_errno wasi_sock_recv(fd_t fd, guest_t iovecs, uint32_t count, uint32_t flags,
                               guest_t out_size, guest_t out_flags) {
    return not_a_socket(fd);
}

enum wasi_errno wasi_sock_send(fd_t fd, guest_t iovecs, uint32_t count, uint32_t flags,
                               guest_t out) {
    return not_a_socket(fd);
}

enum wasi_errno wasi_sock_shutdown(fd_t fd, uint32_t how) {
    return not_a_socket(fd);
}
