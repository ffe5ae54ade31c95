/* SPDX-License-Identifier: MIT */
/*
 * What the folders of the engine share and nobody outside sees: struct engine, the interned types,
 * the code arena, and the seam between run/context.c (which owns the stubs) and the rest.
 *
 * `function` always is an index in the module's function index space, imports first; a `defined`
 * index counts from the first defined function, as slots and bodies do.
 */
#pragma once
#include <engine/code.h>
#include <engine/compile.h>
#include <engine/engine.h>
#include <engine/helper.h>
#include <engine/port.h>
#include <stdatomic.h>

struct stubs; /* run/context.c */

/* Insert-only tree by hash, two bits a level: grows without moving, found without a lock. */
struct trie_node {
    _Atomic(struct trie_node *) children[4];
    uint64_t hash;
};

/* One interned function type, and the thunks that the target makes for it when first needed. */
struct type_entry {
    struct trie_node node; /* first */
    struct type_entry *next;
    _Atomic(const void *) enter; /* thunk of context_enter; run/context.c */
    slot_t gate;                 /* what the slot of a gate holds; run/context.c */
    struct function_type type;
    enum value_type values[]; /* parameters, then results */
};

static inline struct type_entry *type_entry_of(const struct function_type *type) {
    return (struct type_entry *)((char *)(uintptr_t)type - offsetof(struct type_entry, type));
}

/* What lies in the arena, sorted by place. */
struct code_place {
    _Atomic uint32_t unit; /* first unit of 16 bytes, + 1; 0 while it is being filled in */
    _Atomic(const struct code *) code; /* NULL: a stub, or a destroyed module's */
};

struct code_arena {
    uint8_t *base;
    size_t size;
    _Atomic uint64_t taken; /* high half: places, low half: units of 16 bytes */
    _Atomic(struct code_place *) *chunks;
    uint32_t chunk_count;
};

struct engine {
    const struct target *target;
    uint64_t cpu_features;
    struct code_arena arena;
    _Atomic(struct trie_node *) types;
    _Atomic(struct type_entry *) type_list;
    struct stubs *stubs; /* run/context.c */
    struct engine_statistics statistics;
};

/* Provided by run/context.c. */

/* Makes the stubs of the target (into engine->stubs); the arena exists already. */
status_t stubs_create(struct engine *engine);
void stubs_destroy(struct engine *engine);
/* What a slot holds before its function is compiled; the same for all modules. NULL: no memory or
 * code space. */
const void *engine_lazy_stub(struct engine *engine, uint32_t defined);
/* The slot for gates of this type, holding the thunk; NULL: no memory or code space. */
slot_t *engine_gate_slot(struct engine *engine, const struct function_type *type);

/* Provided by the rest. */

/* Stops code_find from finding the code of a module that goes away, and frees the records. */
void code_forget(struct module *module);
