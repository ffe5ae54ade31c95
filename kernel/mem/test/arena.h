/* SPDX-License-Identifier: MIT */
/* Memory for tests that plays physical memory from address 0 up, and a random generator whose
 * numbers are the same in every run. */
#pragma once
#include <base/ensure.h>
#include <kernel/frame.h>
#include <setjmp.h>
#include <stdlib.h>
#include <test/check.h>

constexpr size_t ARENA_FRAMES = 4096; /* 16 MiB */

static inline uint32_t random_next(void) {
    static uint64_t state = 0x9E37'79B9'7F4A'7C15;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

/* Frames 1 to `frames` - 1: the allocator never hands out address 0. */
static inline void arena_create(struct frames *frames, size_t count) {
    void *memory = aligned_alloc(LARGE_PAGE_SIZE, ARENA_FRAMES * PAGE_SIZE);
    uint8_t *states = malloc(ARENA_FRAMES);
    memory_direct = (uintptr_t)memory;
    frames_init(frames, states, ARENA_FRAMES);
    frames_add(frames, PAGE_SIZE, count * PAGE_SIZE);
}

static inline void arena_destroy(struct frames *frames) {
    free(frames->states);
    free((void *)memory_direct);
}

/* A failed ensure() ends the test, unless CHECK_ENSURE waits for it. */
static jmp_buf ensure_jump;
static bool ensure_expected;

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    if (!ensure_expected) {
        fprintf(stderr, "%s:%d: ensure(%s)\n", file, line, condition);
        abort();
    }
    longjmp(ensure_jump, 1);
}

#define CHECK_ENSURE(statement)                                                                    \
    do {                                                                                           \
        ensure_expected = true;                                                                    \
        volatile bool caught = setjmp(ensure_jump) != 0;                                           \
        if (!caught) {                                                                             \
            statement;                                                                             \
        }                                                                                          \
        ensure_expected = false;                                                                   \
        CHECK(caught);                                                                             \
    } while (0)
