/* SPDX-License-Identifier: MIT */
/* Memory for tests that plays physical memory from address 0 up, and a random generator whose
 * numbers are the same in every run. */
#pragma once
#include <base/ensure.h>
#include <kernel/frame.h>
#include <kernel/panic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

constexpr size_t ARENA_FRAMES = 4096; /* 16 MiB */

static inline uint32_t random_next(void) {
    static uint64_t state = 0x9E37'79B9'7F4A'7C15;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

static void *arena_books;

/* Locks that may be held when something panics, innermost first: what is expected is survived. */
constexpr size_t ARENA_LOCKS_MAX = 64;
static struct lock *arena_locks[ARENA_LOCKS_MAX];
static size_t arena_lock_count;

static inline void arena_unlock(void) {
    for (size_t i = 0; i < arena_lock_count; i++) {
        if (arena_locks[i]->next != arena_locks[i]->serving) {
            lock_release(arena_locks[i]);
        }
    }
}

static inline void arena_watch(struct lock *lock) {
    arena_locks[arena_lock_count++] = lock;
}

/* Frames 1 to `frames` - 1: the allocator never hands out address 0. */
static inline void arena_create(struct frames *frames, size_t count) {
    void *memory = aligned_alloc(LARGE_PAGE_SIZE, ARENA_FRAMES * PAGE_SIZE);
    memory_direct = (uintptr_t)memory;
    arena_books = malloc(frames_books_size(ARENA_FRAMES));
    frames_init(frames, arena_books, ARENA_FRAMES);
    frames_add(frames, PAGE_SIZE, count * PAGE_SIZE);
    arena_lock_count = 0;
    arena_watch(&frames->lock);
}

static inline void arena_destroy(struct frames *frames) {
    free(arena_books);
    arena_books = nullptr;
    free((void *)memory_direct);
}

/* A failed ensure() ends the test, unless CHECK_ENSURE waits for it. */
static jmp_buf ensure_jump;
static bool ensure_expected;
static char panic_text[256]; /* what the last one said */

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    if (!ensure_expected) {
        fprintf(stderr, "%s:%d: ensure(%s)\n", file, line, condition);
        abort();
    }
    longjmp(ensure_jump, 1);
}

[[noreturn]] void panic(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(panic_text, sizeof(panic_text), format, arguments);
    va_end(arguments);
    ensure_failed(panic_text, "panic", 0);
}

#define CHECK_ENSURE(statement)                                                                    \
    do {                                                                                           \
        ensure_expected = true;                                                                    \
        volatile bool caught = setjmp(ensure_jump) != 0;                                           \
        if (!caught) {                                                                             \
            statement;                                                                             \
        }                                                                                          \
        ensure_expected = false;                                                                   \
        arena_unlock();                                                                            \
        CHECK(caught);                                                                             \
    } while (0)
