/* SPDX-License-Identifier: MIT */
/*
 * Asking servers: one function that calls and turns both statuses into an errno, and a C function
 * for each request of the file and console protocols.
 *
 * All share one payload buffer, `payload`: what is to be sent is put there first, and what an
 * answer brings lies there afterwards, until the next request.
 */
#pragma once
#include "wasi.h"
#include <abi/message.h>
#include <abi/status.h>
#include <proto/file.h>
#include <proto/socket.h>

extern uint8_t payload[MESSAGE_PAYLOAD_MAX];

/* Sends `request`, whose payload is the first payload_size bytes of `payload`, and waits.
 * A request that its protocol lets be repeated is repeated when the server restarted meanwhile. */
enum wasi_errno ask(handle_t handle, struct message *request, struct message *reply,
                    bool repeatable);

/* A status that is none becomes ERRNO_IO. */
enum wasi_errno errno_of(int32_t status);
/* Closes the handles that a message brought, from the one with this index on. */
void drop_handles(const struct message *message, uint32_t first);

/* Bytes to be sent: `size` of them, `from` bytes behind the start of payload or of the program's
 * memory. Those of the program may turn out not to be there: ERRNO_FAULT. */
struct source {
    bool is_program;
    uint32_t from, size;
};

/* *out is how many were taken (at least 1). */
enum wasi_errno console_write(handle_t handle, const struct source *source, uint32_t *out);
/* At most `most` (>= 1) bytes into payload; none means the end of input. A socket's may stay to be
 * read again (`peeks`). */
enum wasi_errno console_read(handle_t handle, uint32_t most, bool peeks, uint32_t *out);
enum wasi_errno console_info(handle_t handle, enum console_kind *out);
/* direction: CONSOLE_READY_READ or _WRITE; *size: bytes that pass without waiting. */
enum wasi_errno console_ready(handle_t handle, uint32_t direction, uint64_t *size, bool *at_end);

/* Waits for someone who connects; *out is the connection. */
enum wasi_errno socket_accept(handle_t handle, handle_t *out);
/* how: SOCKET_SHUT_ bits. */
enum wasi_errno socket_shutdown(handle_t handle, uint32_t how);

struct file_opened {
    handle_t handle;
    enum file_kind kind;
    uint64_t rights; /* FILE_RIGHT_ bits */
};

/* The path lies in payload. */
enum wasi_errno file_open(handle_t directory, uint64_t flags, uint64_t rights, uint32_t path_size,
                          struct file_opened *out);
enum wasi_errno file_read(handle_t handle, uint64_t offset, uint32_t most, uint32_t *out);
/* The same into the program's memory, all of which must be there: ERRNO_FAULT. */
enum wasi_errno file_read_to(handle_t handle, uint64_t offset, const struct wasi_iovec *to,
                             uint32_t *out);
/* *next is the offset after what was written. */
enum wasi_errno file_write(handle_t handle, uint64_t offset, bool append,
                           const struct source *source, uint32_t *out, uint64_t *next);
enum wasi_errno file_stat(handle_t handle, struct file_stat *out);
enum wasi_errno file_stat_at(handle_t directory, bool follow, uint32_t path_size,
                             struct file_stat *out);
enum wasi_errno file_set_times(handle_t handle, uint64_t flags, uint64_t access,
                               uint64_t modification);
enum wasi_errno file_set_times_at(handle_t directory, uint64_t flags, uint64_t access,
                                  uint64_t modification, uint32_t path_size);
/* Entries after `cookie` into payload: *count of them in *size bytes. `most`: bytes
 * wanted (>= 288). */
enum wasi_errno file_list(handle_t directory, uint64_t cookie, uint32_t most, uint32_t *count,
                          uint32_t *size);
/* FILE_MAKE_DIRECTORY, FILE_REMOVE_DIRECTORY or FILE_UNLINK of the path in payload. */
enum wasi_errno file_path(handle_t directory, uint32_t operation, uint32_t path_size);
/* FILE_RENAME, FILE_LINK or FILE_SYMLINK: two texts in payload, one after the other. `other` is
 * HANDLE_NONE when the second path starts at `directory` too. */
enum wasi_errno file_two_paths(handle_t directory, uint32_t operation, uint64_t flags,
                               handle_t other, uint32_t first_size, uint32_t second_size);
/* The target comes into payload. */
enum wasi_errno file_readlink(handle_t directory, uint32_t path_size, uint32_t *out);
/* FILE_SET_SIZE, FILE_ALLOCATE, FILE_SYNC: requests of two numbers. */
enum wasi_errno file_numbers(handle_t handle, uint32_t operation, uint64_t first, uint64_t second);
