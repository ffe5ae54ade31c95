/* SPDX-License-Identifier: MIT */
/*
 * struct code: the compiled form of one function, where it lies, and the way back from a native pc.
 *
 * Write-once: code is made in a buffer, copied into the arena by port_code_write() and then
 * published with one release store to the slot. It is position-independent as a whole and
 * holds no absolute addresses.
 */
#pragma once
#include <engine/module.h>

/* What a native address means. Sorted by pc. A site at a call has the return address. */
struct code_site {
    uint32_t pc;     /* bytes from the start of the code */
    uint32_t offset; /* byte offset in the module of the wasm instruction */
    uint8_t trap;    /* enum trap raised there; TRAP_NONE for a call site. A memory access is
                        TRAP_MEMORY_OUT_OF_BOUNDS */
};

struct code {
    struct code *next; /* of the module */
    struct module *module;
    uint32_t function;
    uint32_t size;
    const uint8_t *start;
    uint32_t frame_size;    /* bytes between sp in the body and the return address */
    uint32_t prologue_size; /* sp is not yet at its place before this offset */
    uint32_t site_count;
    const struct code_site *sites;
};

/* The code that holds pc, in bounded time and without a lock; NULL when there is none. */
const struct code *code_find(const struct engine *engine, uintptr_t pc);
/* The site at exactly this offset; NULL when there is none. */
const struct code_site *code_site_find(const struct code *code, uint32_t pc);

/* What a compiler hands over. All arrays are copied. */
struct code_draft {
    const uint8_t *bytes;
    uint32_t size;
    uint32_t frame_size;
    uint32_t prologue_size;
    const struct code_site *sites;
    uint32_t site_count;
};

/* Places a draft into the arena and stores it into the function's slot. When another core was
 * faster its code stays. ERR_NO_SPACE: the arena is full of code of modules in use. */
status_t code_publish(struct module *module, uint32_t function, const struct code_draft *draft);

/* Places bytes that belong to no function: stubs and thunks. */
status_t code_place(struct engine *engine, const void *bytes, size_t size, const void **out);
