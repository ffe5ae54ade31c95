/* SPDX-License-Identifier: MIT */
/* A client of the file server, asking through the kernel: one function per request, each returning
 * the server's status and leaving the reply in `reply` and `bytes`. */
#pragma once
#include <abi/message.h>
#include <abi/status.h>
#include <kernel/process.h>
#include <proto/file.h>

extern struct message reply;
extern alignas(8) uint8_t bytes[MESSAGE_PAYLOAD_MAX];
extern struct process *client, *server;
extern handle_t root;

/* Starts the server and a client that has the root. */
void client_start(void);
void client_stop(void);

status_t ask(handle_t handle, uint32_t operation, const uint64_t words[3], const void *payload,
             size_t size);
status_t ask_path(handle_t handle, uint32_t operation, uint64_t word, const char *path);
/* Two paths, and the second's directory unless it is the same (HANDLE_NONE). */
status_t ask_paths(handle_t handle, uint32_t operation, uint64_t word, const char *first,
                   const char *second, handle_t other);
status_t open_at(handle_t handle, uint64_t flags, uint64_t rights, const char *path, handle_t *out);
void close_handle(handle_t handle);
status_t write_at(handle_t handle, uint64_t offset, const void *data, size_t size);
status_t read_at(handle_t handle, uint64_t offset, uint64_t most);
/* Of what a path names, not following a link at its end. */
status_t stat_at(handle_t handle, const char *path, struct file_stat *out);
/* Are these the bytes of the last reply? */
bool replied(const char *text);
