/* SPDX-License-Identifier: MIT */
/* Counts what is allocated. */
#include "space.h"
#include <base/string.h>
#include <user/files.h>
#include <user/memory.h>

constexpr size_t OVERHEAD = 16; /* of one block of the heap */

static uint64_t limit = FILES_LIMIT_DEFAULT;
static uint64_t used;

void *space_allocate(size_t size) {
    if (used > limit || limit - used < OVERHEAD || size > limit - used - OVERHEAD) {
        return nullptr;
    }
    void *memory = memory_allocate(size);
    if (memory != nullptr) {
        memset(memory, 0, size);
        used += size + OVERHEAD;
    }
    return memory;
}

void space_release(void *memory, size_t size) {
    if (memory != nullptr) {
        memory_release(memory, size);
        used -= size + OVERHEAD;
    }
}

void files_limit_set(uint64_t bytes) {
    limit = bytes;
}

uint64_t space_used(void) {
    return used;
}
