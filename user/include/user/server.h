/* SPDX-License-Identifier: MIT */
/*
 * What a handler is made of. A server's source ends with
 *
 *     SERVER(clock, start, handle)
 *
 * where `struct message *start(void)` runs once and returns the receive buffer, and
 * `void handle(struct message *message)` is one turn. As a wasm program these become the exports of
 * abi/system.h; built natively they become the table `server_clock`.
 */
#pragma once
#include <user/system.h>

struct server {
    const char *name;
    struct message *(*start)(void);
    void (*handle)(struct message *message);
};

#ifdef __wasm__
#define SERVER(name, start_function, handle_function)                                              \
    [[clang::export_name("start")]] struct message *server_start(void);                            \
    [[clang::export_name("handle")]] void server_handle(struct message *message);                  \
    struct message *server_start(void) {                                                           \
        return start_function();                                                                   \
    }                                                                                              \
    void server_handle(struct message *message) {                                                  \
        handle_function(message);                                                                  \
    }
#else
#define SERVER(name, start_function, handle_function)                                              \
    extern const struct server server_##name;                                                      \
    const struct server server_##name = {#name, start_function, handle_function};
#endif
