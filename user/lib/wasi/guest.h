/* SPDX-License-Identifier: MIT */
/*
 * The program's memory, seen from the adapter: calls that check every address, and a walk over an
 * array of iovecs that may be as long and as wrong as the program likes.
 *
 * Nothing here trusts a number from the program; a fault is told and copies nothing.
 */
#pragma once
#include "wasi.h"
#include <abi/message.h>

/* Copies between the adapter's memory and the program's. False: the range reaches outside it. */
bool guest_read(void *to, guest_t from, uint32_t size);
bool guest_write(guest_t to, const void *from, uint32_t size);

/* system_call() with payloads in the program's memory; message.payload are addresses of that. 1: a
 * range reaches outside it, and nothing was asked. */
int32_t guest_ask(handle_t handle, const struct message *request, struct message *reply);

/* Writes one number: how most calls give their result. */
enum wasi_errno guest_write_u32(guest_t to, uint32_t value);
enum wasi_errno guest_write_u64(guest_t to, uint64_t value);

constexpr uint32_t VECTOR_CACHE = 32;

/* The program's iovecs, taken a few at a time and walked once. */
struct vector {
    guest_t next;           /* the first iovec not yet fetched */
    uint32_t left;          /* how many are not yet fetched */
    uint32_t at, count;     /* of the cache */
    struct wasi_iovec part; /* what is left of the present one */
    struct wasi_iovec cache[VECTOR_CACHE];
};

/* ERRNO_FAULT when the array itself reaches beyond 4 GiB. */
enum wasi_errno vector_init(struct vector *vector, guest_t iovecs, uint32_t count);
/* The next bytes, at most `most`, where they lie in one piece that is worth a request of its own,
 * since it is large or all there is. Else out->size is 0: gather or scatter them. */
enum wasi_errno vector_piece(struct vector *vector, uint32_t most, struct wasi_iovec *out);
/* Moves the walk by so many bytes of that piece. */
void vector_advance(struct vector *vector, uint32_t size);
/* How many bytes the rest holds, but no more than `most`: the walk is not moved. */
enum wasi_errno vector_measure(const struct vector *vector, uint32_t most, uint32_t *out);
/* Copies the next bytes that the iovecs hold, at most `capacity`; *out says how many. */
enum wasi_errno vector_gather(struct vector *vector, void *to, uint32_t capacity, uint32_t *out);
/* Copies `size` bytes to where the iovecs point. They must have the room: measure first. */
enum wasi_errno vector_scatter(struct vector *vector, const void *from, uint32_t size);
