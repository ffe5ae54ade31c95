/* SPDX-License-Identifier: MIT */
/* Checked copies, and the walk over iovecs: a cache of a few, refilled from the program's memory.
 */
#include "guest.h"
#include <base/string.h>

#ifdef __wasm__
#define GUEST_IMPORT(name) [[clang::import_module("guest"), clang::import_name(#name)]]
#else
#define GUEST_IMPORT(name)
#endif
/* 0, or 1 when the program's range is out of bounds; then nothing was copied. */
GUEST_IMPORT(read) int32_t guest_copy_in(void *to, guest_t from, uint32_t size);
GUEST_IMPORT(write) int32_t guest_copy_out(guest_t to, const void *from, uint32_t size);
GUEST_IMPORT(call)
int32_t guest_call(handle_t handle, const struct message *request, struct message *reply);

int32_t guest_ask(handle_t handle, const struct message *request, struct message *reply) {
    return guest_call(handle, request, reply);
}

bool guest_read(void *to, guest_t from, uint32_t size) {
    return size == 0 || guest_copy_in(to, from, size) == 0;
}

bool guest_write(guest_t to, const void *from, uint32_t size) {
    return size == 0 || guest_copy_out(to, from, size) == 0;
}

enum wasi_errno guest_write_u32(guest_t to, uint32_t value) {
    return guest_write(to, &value, sizeof value) ? ERRNO_SUCCESS : ERRNO_FAULT;
}

enum wasi_errno guest_write_u64(guest_t to, uint64_t value) {
    return guest_write(to, &value, sizeof value) ? ERRNO_SUCCESS : ERRNO_FAULT;
}

enum wasi_errno vector_init(struct vector *vector, guest_t iovecs, uint32_t count) {
    uint64_t end = iovecs + (uint64_t)count * sizeof(struct wasi_iovec);
    if (end > UINT64_C(1) << 32) {
        return ERRNO_FAULT;
    }
    vector->next = iovecs;
    vector->left = count;
    vector->at = vector->count = 0;
    vector->part = (struct wasi_iovec){0, 0};
    return ERRNO_SUCCESS;
}

static bool refill(struct vector *vector) {
    uint32_t count = vector->left < VECTOR_CACHE ? vector->left : VECTOR_CACHE;
    uint32_t size = count * (uint32_t)sizeof(struct wasi_iovec);
    if (!guest_read(vector->cache, vector->next, size)) {
        return false;
    }
    vector->next += size;
    vector->left -= count;
    vector->at = 0;
    vector->count = count;
    return true;
}

/* Makes `part` non-empty; at the end of the iovecs it stays empty. */
static enum wasi_errno next_part(struct vector *vector) {
    while (vector->part.size == 0) {
        if (vector->at == vector->count) {
            if (vector->left == 0) {
                return ERRNO_SUCCESS;
            }
            if (!refill(vector)) {
                return ERRNO_FAULT;
            }
        }
        vector->part = vector->cache[vector->at++];
        if ((uint64_t)vector->part.address + vector->part.size > UINT64_C(1) << 32) {
            return ERRNO_FAULT;
        }
    }
    return ERRNO_SUCCESS;
}

/* Moves the walk by at most `most` bytes within one part: where they lie, and how many. */
static enum wasi_errno take(struct vector *vector, uint32_t most, struct wasi_iovec *out) {
    enum wasi_errno error = next_part(vector);
    if (error != ERRNO_SUCCESS) {
        return error;
    }
    out->address = vector->part.address;
    out->size = vector->part.size < most ? vector->part.size : most;
    vector->part.address += out->size;
    vector->part.size -= out->size;
    return ERRNO_SUCCESS;
}

enum wasi_errno vector_piece(struct vector *vector, uint32_t most, struct wasi_iovec *out) {
    constexpr uint32_t LARGE = 16 * 1024;
    enum wasi_errno error = next_part(vector);
    bool last = vector->left == 0 && vector->at == vector->count;
    *out = vector->part;
    if (error != ERRNO_SUCCESS || (!last && out->size < LARGE)) {
        out->size = 0;
    }
    out->size = out->size < most ? out->size : most;
    return error;
}

void vector_advance(struct vector *vector, uint32_t size) {
    vector->part.address += size;
    vector->part.size -= size;
}

enum wasi_errno vector_measure(const struct vector *vector, uint32_t most, uint32_t *out) {
    struct vector walk = *vector;
    uint32_t size = 0;
    while (size < most) {
        struct wasi_iovec part;
        enum wasi_errno error = take(&walk, most - size, &part);
        if (error != ERRNO_SUCCESS) {
            return error;
        }
        if (part.size == 0) {
            break;
        }
        size += part.size;
    }
    *out = size;
    return ERRNO_SUCCESS;
}

enum wasi_errno vector_gather(struct vector *vector, void *to, uint32_t capacity, uint32_t *out) {
    uint8_t *bytes = to;
    uint32_t size = 0;
    while (size < capacity) {
        struct wasi_iovec part;
        enum wasi_errno error = take(vector, capacity - size, &part);
        if (error != ERRNO_SUCCESS) {
            return error;
        }
        if (part.size == 0) {
            break;
        }
        if (!guest_read(bytes + size, part.address, part.size)) {
            return ERRNO_FAULT;
        }
        size += part.size;
    }
    *out = size;
    return ERRNO_SUCCESS;
}

enum wasi_errno vector_scatter(struct vector *vector, const void *from, uint32_t size) {
    const uint8_t *bytes = from;
    while (size > 0) {
        struct wasi_iovec part;
        enum wasi_errno error = take(vector, size, &part);
        if (error != ERRNO_SUCCESS) {
            return error;
        }
        if (part.size == 0 || !guest_write(part.address, bytes, part.size)) {
            return ERRNO_FAULT;
        }
        bytes += part.size;
        size -= part.size;
    }
    return ERRNO_SUCCESS;
}
