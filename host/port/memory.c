/* SPDX-License-Identifier: MIT */
/*
 * Memory of the host port: malloc for the heap, mmap for reservations, and code arenas.
 *
 * An arena is shared pages mapped twice: readable and executable where it runs, readable and
 * writable elsewhere. They belong to no file, so that perf looks for their names in its map. No
 * page is ever both; the writable view stays (doc/security.md). Arenas live until the process ends.
 * Where mremap() cannot make a second view (qemu-user) they are of a file in memory after all.
 */
#include "code_watch.h"
#include "registers.h"
#include "signal.h"
#include <base/checked.h>
#include <base/ensure.h>
#include <engine/port.h>
#include <errno.h>
#include <kernel/port.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct arena {
    struct arena *next;
    uint8_t *runs;
    uint8_t *writes;
    size_t size;
    int file; /* -1: none */
};

static struct arena *arenas;
static const struct code_watch *watch;

void code_watch_set(const struct code_watch *wanted) {
    watch = wanted;
}

const void *code_watch_base(void) {
    return arenas != nullptr ? arenas->runs : nullptr;
}

void *port_allocate(size_t size) {
    return malloc(size == 0 ? 1 : size);
}

bool port_memory_is_low(void) {
    return false;
}

void port_release(void *memory, size_t size) {
    (void)size;
    free(memory);
}

void *port_region_reserve(size_t size) {
    void *base = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return base == MAP_FAILED ? nullptr : base;
}

void port_region_release(void *base, size_t size) {
    ensure(munmap(base, size) == 0);
}

status_t port_region_commit(void *base, size_t size) {
    return mprotect(base, size, PROT_READ | PROT_WRITE) == 0 ? OK : ERR_NO_MEMORY;
}

void port_region_clear(void *base, size_t size) {
    ensure(madvise(base, size, MADV_DONTNEED) == 0); /* private and anonymous: zero from then on */
}

/* A second view of shared pages, from `offset`: Linux makes one of an old size of 0. */
static uint8_t *map_again(const struct arena *arena, size_t offset, size_t size, void *where) {
    void *view;
    if (arena->file >= 0) {
        int flags = MAP_SHARED | (where != nullptr ? MAP_FIXED : 0);
        view = mmap(where, size, PROT_NONE, flags, arena->file, (off_t)offset);
    } else {
        int flags = MREMAP_MAYMOVE | (where != nullptr ? MREMAP_FIXED : 0);
        view = mremap(arena->writes + offset, 0, size, flags, where);
    }
    return view == MAP_FAILED ? nullptr : view;
}

static bool map_twice(struct arena *arena) {
    int flags = MAP_SHARED | MAP_NORESERVE | (arena->file < 0 ? MAP_ANONYMOUS : 0);
    arena->writes = mmap(nullptr, arena->size, PROT_READ | PROT_WRITE, flags, arena->file, 0);
    if (arena->writes == MAP_FAILED) {
        return false;
    }
    arena->runs = map_again(arena, 0, arena->size, nullptr);
    if (arena->runs == nullptr || mprotect(arena->runs, arena->size, PROT_READ | PROT_EXEC) != 0) {
        int why = errno;
        if (arena->runs != nullptr) {
            munmap(arena->runs, arena->size);
        }
        munmap(arena->writes, arena->size);
        errno = why;
        return false;
    }
    return true;
}

static bool map_file_twice(struct arena *arena) {
    arena->file = memfd_create("copper code", MFD_CLOEXEC);
    if (arena->file < 0) {
        return false;
    }
    if (ftruncate(arena->file, (off_t)arena->size) == 0 && map_twice(arena)) {
        return true;
    }
    int why = errno;
    close(arena->file);
    errno = why;
    return false;
}

status_t port_code_reserve(size_t size, void **base) {
    status_t status = signal_install();
    if (status != OK) {
        return status;
    }
    struct arena *arena = malloc(sizeof(*arena));
    if (arena == nullptr) {
        return ERR_NO_MEMORY;
    }
    *arena = (struct arena){.size = size, .file = -1};
    if (!map_twice(arena) && !map_file_twice(arena)) {
        status = errno == EACCES || errno == EPERM ? ERR_DENIED : ERR_NO_MEMORY;
        free(arena);
        return status;
    }
    arena->next = arenas;
    arenas = arena;
    *base = arena->runs;
    return OK;
}

status_t port_code_write(void *to, const void *from, size_t size) {
    for (struct arena *arena = arenas; arena != nullptr; arena = arena->next) {
        uintptr_t offset = (uintptr_t)to - (uintptr_t)arena->runs;
        if (range_within(offset, size, arena->size)) {
            memcpy(arena->writes + offset, from, size);
            __builtin___clear_cache((char *)to, (char *)to + size);
            if (watch != nullptr) {
                watch->written(to, size);
            }
            return OK;
        }
    }
    return ERR_INVALID;
}

/* Mapping the pages anew takes every core that runs this process through an interrupt, whose return
 * serialises; and an emulator of the CPU drops what it had translated. */
void port_code_release(void *start, size_t size) {
    if (watch != nullptr) {
        watch->released(start, size);
    }
    for (struct arena *arena = arenas; arena != nullptr; arena = arena->next) {
        uintptr_t offset = (uintptr_t)start - (uintptr_t)arena->runs;
        if (range_within(offset, size, arena->size)) {
            memset(arena->writes + offset, code_filler, size);
            ensure(munmap(start, size) == 0);
            ensure(map_again(arena, offset, size, start) == start);
            ensure(mprotect(start, size, PROT_READ | PROT_EXEC) == 0);
        }
    }
}

void port_code_published(const struct module *module, uint32_t function, size_t size) {
    if (watch != nullptr) {
        watch->published(module, function);
    }
}
