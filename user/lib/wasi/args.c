/* SPDX-License-Identifier: MIT */
/* args_* and environ_*: texts of the birth record, and an array of pointers to them. */
#include "birth.h"
#include "exports.h"
#include "guest.h"

constexpr uint32_t BATCH = 64;

static enum wasi_errno sizes_get(const struct texts *texts, guest_t count, guest_t size) {
    enum wasi_errno error = guest_write_u32(count, texts->count);
    return error == ERRNO_SUCCESS ? guest_write_u32(size, texts->size) : error;
}

/* The texts go to `bytes` as they are; then their addresses, a batch at a time, to `pointers`. */
static enum wasi_errno texts_get(const struct texts *texts, guest_t pointers, guest_t bytes) {
    if (!guest_write(bytes, texts->bytes, texts->size)) {
        return ERRNO_FAULT;
    }
    guest_t batch[BATCH];
    uint32_t filled = 0, at = 0;
    for (uint32_t i = 0; i < texts->count; i++) {
        batch[filled++] = bytes + at;
        while (texts->bytes[at++] != '\0') {
        }
        if (filled == BATCH || i + 1 == texts->count) {
            if (!guest_write(pointers, batch, filled * (uint32_t)sizeof batch[0])) {
                return ERRNO_FAULT;
            }
            pointers += filled * (uint32_t)sizeof batch[0];
            filled = 0;
        }
    }
    return ERRNO_SUCCESS;
}

enum wasi_errno wasi_args_sizes_get(guest_t count, guest_t size) {
    return sizes_get(&birth_get()->arguments, count, size);
}

enum wasi_errno wasi_args_get(guest_t pointers, guest_t bytes) {
    return texts_get(&birth_get()->arguments, pointers, bytes);
}

enum wasi_errno wasi_environ_sizes_get(guest_t count, guest_t size) {
    return sizes_get(&birth_get()->environment, count, size);
}

enum wasi_errno wasi_environ_get(guest_t pointers, guest_t bytes) {
    return texts_get(&birth_get()->environment, pointers, bytes);
}
