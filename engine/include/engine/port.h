/* SPDX-License-Identifier: MIT */
/*
 * What the engine needs from the place it runs in: kernel/port/ and host/port/ provide these. The
 * undefined symbols of the engine's archive are these, base's, and the mem* functions: nothing
 * else.
 *
 * Everything here may be called on the core's kernel stack only, unless said otherwise.
 */
#pragma once
#include <abi/status.h>
#include <stddef.h>
#include <stdint.h>

/* Heap: 16-aligned, contents undefined; NULL when there is none. The size is given back on release.
 */
void *port_allocate(size_t size);
void port_release(void *memory, size_t size);

/* Address space: `size` bytes (whole 64 KiB) that fault on every access. NULL when there is none.
 * A released range may be used again only after every core has dropped its translations. */
void *port_region_reserve(size_t size);
void port_region_release(void *base, size_t size);
/* Makes whole 4 KiB pages of a reservation readable and writable: demand-zero, promised now, so
 * that no later touch fails for want of a frame. */
status_t port_region_commit(void *base, size_t size);
/* Makes pages that are committed zero again; they stay committed. */
void port_region_clear(void *base, size_t size);

/* Code: one arena for all code of the engine, executable and never writable where it runs. Size in
 * bytes; called once. */
status_t port_code_reserve(size_t size, void **base);
/* Copies bytes into the arena through the writing core's window and unmaps it; makes them visible
 * to instruction fetch of this core. The range was never written before, or was released since.
 */
status_t port_code_write(void *to, const void *from, size_t size);
/* Whole pages of 4 KiB of the arena, whose code is on no stack and in no slot. Fills them with what
 * traps. On return every core has passed a serialising instruction, so that none holds anything of
 * the old bytes, and they may be written anew. May wait for other cores. */
void port_code_release(void *start, size_t size);

struct module;
/* Told of each function whose code has been published, of `size` bytes; must not call the engine,
 * but for module_function_name(). */
void port_code_published(const struct module *module, uint32_t function, size_t size);

/* Do all cores have this extension, named as a device tree names it? Asked for CPUs that do not
 * say so themselves; false when that is not known. */
bool port_cpu_has(const char *extension);

/* Monotonic nanoseconds, for statistics. */
uint64_t port_time_ns(void);

struct context;
/* Says which context's code runs on this core from now on, so that a CPU exception can be told to
 * it (context_fault): whoever calls context_enter() sets it before, and NULL after. */
void port_context_set(struct context *context);
