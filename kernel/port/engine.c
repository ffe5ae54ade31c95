/* SPDX-License-Identifier: MIT */
/*
 * <engine/port.h> in the kernel: heap, reservations, and the code arena.
 *
 * Frames of the arena are made in blocks as code is placed. A block is taken out of the direct map
 * before it is mapped, readable and executable, in the arena; code is written through a window of
 * one page at a time, which is gone again before port_code_write() returns. So no page can be
 * written and executed, and code that has been published can be written by nobody.
 */
#include "running.h"
#include <arch/core.h>
#include <arch/cpu.h>
#include <base/checked.h>
#include <base/ensure.h>
#include <base/string.h>
#include <engine/module.h>
#include <engine/port.h>
#include <kernel/log.h>
#include <kernel/memory.h>
#include <kernel/port.h>
#include <kernel/trace.h>

constexpr unsigned CODE_ORDER = 4; /* frames of a block: 64 KiB */
constexpr size_t CODE_BLOCK = PAGE_SIZE << CODE_ORDER;

static struct {
    uintptr_t base;
    size_t size;
    bool growing; /* atomic: a core makes blocks */
} arena;

/* What programs ask for by growing things, memories, tables, lists of handles, leaves so much for
 * what their own code needs to be compiled, which is done in small pieces. */
constexpr size_t HELD_BACK = 512 * 1024; /* bytes */
constexpr size_t SMALL = 32 * 1024;

static size_t spare(void) {
    return (kernel_frames.available - kernel_frames.promised) * PAGE_SIZE;
}

static bool leaves_enough(size_t size) {
    return (spare() >= HELD_BACK && spare() - HELD_BACK >= size) ||
           (space_settle(&kernel_space) && spare() >= HELD_BACK && spare() - HELD_BACK >= size);
}

bool port_memory_is_low(void) {
    return !leaves_enough(0);
}

void *port_allocate(size_t size) {
    return size <= SMALL || leaves_enough(size) ? heap_allocate(&kernel_heap, size) : nullptr;
}

void port_release(void *memory, size_t size) {
    heap_release(&kernel_heap, memory, size);
}

void *port_region_reserve(size_t size) {
    uintptr_t base;
    return space_reserve(&kernel_space, size, &base) == OK ? (void *)base : nullptr;
}

void port_region_release(void *base, size_t size) {
    space_release(&kernel_space, (uintptr_t)base, size);
}

status_t port_region_commit(void *base, size_t size) {
    ensure((uintptr_t)base % PAGE_SIZE == 0 && size % PAGE_SIZE == 0);
    return !leaves_enough(size) ? ERR_NO_MEMORY
                                : space_commit(&kernel_space, (uintptr_t)base, size);
}

/* Pages that have a frame; the others are promised zeroes. */
void port_region_clear(void *base, size_t size) {
    for (size_t done = 0; done < size; done += PAGE_SIZE) {
        physical_t physical;
        uint32_t rights;
        if (space_find(&kernel_space, (uintptr_t)base + done, &physical, &rights)) {
            memset((uint8_t *)base + done, 0, PAGE_SIZE);
        }
    }
}

bool port_cpu_has(const char *extension) {
    return cpu_has(text_of(extension));
}

bool port_code_holds(uintptr_t address) {
    return address - arena.base < arena.size;
}

status_t port_code_reserve(size_t size, void **base) {
    ensure(arena.size == 0);
    uintptr_t start;
    status_t status = space_reserve(&kernel_space, align_up(size, CODE_BLOCK), &start);
    if (status == OK) {
        arena.base = start;
        arena.size = size;
        *base = (void *)start;
    }
    return status;
}

/* A block of frames in nobody's reach, mapped at `at` to be executed. */
static status_t block_create(uintptr_t at) {
    physical_t block;
    status_t status = frames_allocate(&kernel_frames, CODE_ORDER, FRAME_OWNER_CODE, &block);
    if (status != OK) {
        return status;
    }
    memset(memory_at(block), cpu_trap_byte,
           CODE_BLOCK); /* what is no code yet stops whoever runs it */
    uintptr_t direct = (uintptr_t)memory_at(block);
    status = space_unmap(&kernel_space, direct, CODE_BLOCK);
    if (status == OK) {
        status = space_map(&kernel_space, at, block, CODE_BLOCK, MMU_EXECUTE);
        if (status == OK) {
            return OK;
        }
        ensure(space_map(&kernel_space, direct, block, CODE_BLOCK, MMU_WRITE) == OK);
    }
    frames_release(&kernel_frames, block, CODE_ORDER);
    return status;
}

static bool is_there(uintptr_t at) {
    physical_t physical;
    uint32_t rights;
    return space_find(&kernel_space, at, &physical, &rights);
}

/* One core at a time, and no lock: making a block has all cores flush, so who waits must answer. */
static status_t block_ensure(uintptr_t at) {
    while (__atomic_exchange_n(&arena.growing, true, __ATOMIC_ACQUIRE)) {
        core_pause();
    }
    status_t status = is_there(at) ? OK : block_create(at);
    __atomic_store_n(&arena.growing, false, __ATOMIC_RELEASE);
    return status;
}

static status_t blocks_reach(uintptr_t from, uintptr_t to) {
    status_t status = OK;
    uintptr_t at = align_down(from, CODE_BLOCK);
    for (; status == OK && at < to; at += CODE_BLOCK) {
        status = is_there(at) ? OK : block_ensure(at);
    }
    return status;
}

/* `size` bytes of `from`, or of what traps when it is NULL, within one page. Interrupts are masked
 * while a window is open, so that nothing else runs. */
static void page_write(uintptr_t to, const uint8_t *from, size_t size) {
    physical_t physical;
    uint32_t rights;
    ensure(space_find(&kernel_space, to, &physical, &rights) && rights == MMU_EXECUTE);
    bool enabled = cpu_interrupts_disable();
    physical_t frame = align_down(physical, PAGE_SIZE);
    uint8_t *window = (uint8_t *)memory_window_open(frame) + to % PAGE_SIZE;
    if (from != nullptr) {
        memcpy(window, from, size);
    } else {
        memset(window, cpu_trap_byte, size);
    }
    memory_window_close();
    if (enabled) {
        cpu_interrupts_enable();
    }
}

status_t port_code_write(void *to, const void *from, size_t size) {
    uintptr_t start = (uintptr_t)to;
    ensure(range_within(start - arena.base, size, arena.size));
    status_t status = blocks_reach(start, start + size);
    for (size_t done = 0; status == OK && done < size;) {
        size_t rest = PAGE_SIZE - (start + done) % PAGE_SIZE;
        rest = rest < size - done ? rest : size - done;
        page_write(start + done, (const uint8_t *)from + done, rest);
        done += rest;
    }
    cpu_publish_code(to, size);
    return status;
}

/* On each other core, whichever way it comes to it. */
static void pass_through(void *start) {
    cpu_synchronise_code(start, PAGE_SIZE);
}

/* The frames stay with the arena. */
void port_code_release(void *start, size_t size) {
    uintptr_t from = (uintptr_t)start;
    ensure(from % PAGE_SIZE == 0 && range_within(from - arena.base, size, arena.size));
    for (size_t done = 0; done < size; done += PAGE_SIZE) {
        physical_t physical;
        uint32_t rights;
        if (space_find(&kernel_space, from + done, &physical, &rights)) {
            page_write(from + done, nullptr, PAGE_SIZE);
        }
    }
    cpu_synchronise_code(start, size);
    cores_call(pass_through, start);
}

void port_code_published(const struct module *module, uint32_t function, size_t size) {
    trace_record(TRACE_COMPILE, function, size);
    if (log_is_on(LOG_TRACE, "engine")) {
        struct text name = module_function_name(module, function);
        log_line(LOG_TRACE, "engine", "function %u (%.*s): %zu bytes of code", function,
                 (int)name.size, name.bytes, size);
    }
}
