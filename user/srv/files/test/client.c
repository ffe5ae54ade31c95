/* SPDX-License-Identifier: MIT */
/* See client.h. */
#include "client.h"
#include "../../../lib/native/test/machine.h"
#include <base/ensure.h>
#include <string.h>
#include <user/files.h>

struct message reply;
alignas(8) uint8_t bytes[MESSAGE_PAYLOAD_MAX];
struct process *client, *server;
handle_t root;

void client_start(void) {
    struct process_limits limits = {4096, 64, 256 * 1024};
    ensure(server_start_native(&server_files, &server) == OK);
    ensure(process_create("client", &limits, &client) == OK);
    ensure(process_grant(client, server, FILES_ROOT, &root) == OK);
}

void client_stop(void) {
    process_destroy(client);
    process_destroy(server);
}

static status_t call(handle_t handle, const struct message *request) {
    reply = (struct message){.payload = bytes, .payload_capacity = sizeof bytes};
    ensure(machine_call(client, handle, request, &reply) == OK);
    return (status_t)reply.status;
}

status_t ask(handle_t handle, uint32_t operation, const uint64_t words[3], const void *payload,
             size_t size) {
    struct message request = {.operation = operation,
                              .words = {words[0], words[1], words[2]},
                              .payload = (void *)(uintptr_t)payload,
                              .payload_size = (uint32_t)size};
    return call(handle, &request);
}

status_t ask_path(handle_t handle, uint32_t operation, uint64_t word, const char *path) {
    return ask(handle, operation, (uint64_t[3]){word}, path, strlen(path));
}

status_t ask_paths(handle_t handle, uint32_t operation, uint64_t word, const char *first,
                   const char *second, handle_t other) {
    char both[2 * FILE_PATH_MAX];
    size_t first_size = strlen(first), second_size = strlen(second);
    memcpy(both, first, first_size);
    memcpy(both + first_size, second, second_size);
    struct message request = {.operation = operation,
                              .words = {word, 0, 0, first_size},
                              .payload = both,
                              .payload_size = (uint32_t)(first_size + second_size),
                              .flags = MESSAGE_HANDLE_COPY,
                              .handle_count = other != HANDLE_NONE,
                              .handles = {other}};
    return call(handle, &request);
}

status_t open_at(handle_t handle, uint64_t flags, uint64_t rights, const char *path,
                 handle_t *out) {
    status_t status = ask(handle, FILE_OPEN, (uint64_t[3]){flags, rights}, path, strlen(path));
    *out = status == OK ? reply.handles[0] : HANDLE_NONE;
    return status;
}

void close_handle(handle_t handle) {
    ensure(process_handle_close(client, handle) == OK);
    ensure(core_poll() == nullptr);
}

status_t write_at(handle_t handle, uint64_t offset, const void *data, size_t size) {
    return ask(handle, FILE_WRITE, (uint64_t[3]){offset}, data, size);
}

status_t read_at(handle_t handle, uint64_t offset, uint64_t most) {
    return ask(handle, FILE_READ, (uint64_t[3]){offset, most}, nullptr, 0);
}

status_t stat_at(handle_t handle, const char *path, struct file_stat *out) {
    status_t status = ask_path(handle, FILE_STAT_AT, 0, path);
    if (status == OK) {
        ensure(reply.payload_size == sizeof *out);
        memcpy(out, bytes, sizeof *out);
    }
    return status;
}

bool replied(const char *text) {
    return reply.payload_size == strlen(text) && memcmp(bytes, text, strlen(text)) == 0;
}
