/* SPDX-License-Identifier: MIT */
/*
 * What the folders of the engine share and nobody outside sees: struct engine, the interned types,
 * the code arena, and the seam between run/context.c (which owns the stubs) and the rest.
 *
 * `function` always is an index in the module's function index space, imports first; a `defined`
 * index counts from the first defined function, as slots and bodies do.
 */
#pragma once
#include <base/trie.h>
#include <engine/code.h>
#include <engine/compile.h>
#include <engine/engine.h>
#include <engine/helper.h>
#include <engine/opcode.h>
#include <engine/port.h>
#include <stdatomic.h>

struct stubs; /* run/context.c */
struct validate_scratch;

/* One interned function type, and the thunks that the target makes for it when first needed. */
struct type_entry {
    struct type_entry *next; /* in its bucket */
    uint64_t hash;
    uint64_t users; /* each engine_type_intern(), without those that were released */
    slot_t gate;    /* what the slot of a gate holds; run/context.c */
    struct function_type type;
    enum value_type values[]; /* parameters, then results */
};

static inline struct type_entry *type_entry_of(const struct function_type *type) {
    return (struct type_entry *)((char *)(uintptr_t)type - offsetof(struct type_entry, type));
}

/* Held for a few instructions, never while waiting or while told of a fault. */
static inline void spin_take(atomic_flag *lock) {
    while (atomic_flag_test_and_set_explicit(lock, memory_order_acquire)) {
    }
}

static inline void spin_give(atomic_flag *lock) {
    atomic_flag_clear_explicit(lock, memory_order_release);
}

constexpr uint32_t CODE_UNIT = 16; /* bytes; functions start at multiples of it */
constexpr uint32_t CODE_PAGE = 4096;
constexpr uint8_t CODE_ORDERS = 20; /* blocks have 2^order pages */

/* The books of a page of the arena. */
struct code_page {
    _Atomic(const struct code *) first; /* the last function that starts here; before it: next */
    _Atomic(const struct code *)
        across;                        /* the one that started on a page before and reaches here */
    struct code_page *next, *previous; /* free blocks of an order, or blocks of a room */
    uint32_t number;
    uint8_t order; /* of the block that starts here */
    bool free;
};

/* Blocks of the arena that go back at once: the code of one module. Zero is the empty one. */
struct code_room {
    struct code_page *blocks;
    uint8_t *at; /* the next place in the newest block */
    size_t left; /* bytes behind it */
    size_t size; /* bytes of all blocks */
};

struct code_arena {
    uint8_t *base;
    size_t size, used; /* bytes; used: of blocks that are handed out */
    atomic_flag lock;
    uint32_t page_count, frontier; /* pages */
    struct code_page *free[CODE_ORDERS];
    struct code_page **groups; /* the first groups_open of group_count */
    _Atomic(uint32_t) groups_open;
    uint32_t group_count;
};

/* Modules by their bytes, the ones that nobody uses at the moment by age; code/cache.c. */
constexpr uint32_t CACHE_BUCKETS = 256;

struct cache {
    atomic_flag lock;
    size_t limit, kept; /* bytes that unused modules may take, and take */
    struct cache_entry *buckets[CACHE_BUCKETS];
    struct cache_entry *newest, *oldest; /* of the unused */
};

/* Interned types by hash: code/type.c. */
constexpr uint32_t TYPE_BUCKETS_MIN = 64, TYPE_SEGMENTS = 24;

struct type_table {
    atomic_flag lock;
    uint32_t count, buckets;
    struct type_entry **segments[TYPE_SEGMENTS];
};

/* Address space with one range of committed pages; run/region.c draws it. */
struct region {
    uint8_t *base;
    size_t size, from, to; /* bytes; the last two of the committed range, whole 4 KiB pages */
    uint32_t uses;
};

constexpr uint32_t REGIONS_KEPT = 16;

struct regions {
    atomic_flag lock;
    uint32_t count;
    size_t bytes; /* committed, of the kept */
    struct region kept[REGIONS_KEPT];
};

struct engine {
    const struct target *target;
    uint64_t cpu_features;
    uint32_t checked_pages_max;
    bool masks_interrupts;
    struct code_arena arena;
    struct code_room stub_room;
    struct cache cache;
    struct type_table types;
    struct regions regions;
    struct stubs *stubs; /* run/context.c */
    struct engine_statistics statistics;
};

/* Memory that goes away at once: what belongs to a module. */
struct pool {
    struct pool_block *blocks;
    size_t size; /* bytes of all blocks */
};

/* Zeroed; NULL when there is no memory or the product overflows. */
void *pool_allocate(struct pool *pool, size_t count, size_t size);
void pool_destroy(struct pool *pool);

/* Where the next notes of a module go: memory of its pool. Zero is the empty one. */
struct note_room {
    atomic_flag lock;
    uint8_t *at;
    size_t left; /* bytes */
};

/* A module with what its users do not see. */
struct module_record {
    struct module module; /* first */
    struct pool pool;
    struct code_room room; /* of its code */
    struct note_room notes;
    size_t code_records;        /* bytes of struct code and their sites */
    struct cache_entry *cached; /* NULL: it was made by module_create() */
    struct trie_node *exports;
    bool has_data_count;
    uint32_t section_offsets[13]; /* by section id, for messages */
};

struct instance_record {
    struct instance instance; /* first */
    struct pool pool;
    struct region region; /* base NULL: not yet taken */
};

/* Address space behind the base of a memory in guard mode: any index, any offset, any width. */
constexpr size_t MEMORY_RESERVED = (UINT64_C(8) << 30) + PAGE_SIZE_WASM;

/* run/region.c */
/* `size` bytes of address space (whole 64 KiB) of which the pages from `from` to `to` are committed
 * and zero, and all else faults. ERR_NO_MEMORY. */
status_t region_take(struct engine *engine, size_t size, size_t from, size_t to,
                     struct region *out);
/* as_taken: no more of it has been committed since; else it cannot be used again. */
void region_give(struct engine *engine, const struct region *region, bool as_taken);
/* Gives what is kept back to the port. False: nothing was. */
bool regions_release(struct engine *engine);

/* run/memory.c */
/* The address space that a memory of this type and mode takes from its base up. */
size_t memory_reservation(const struct engine *engine, const struct memory_type *type,
                          enum memory_mode mode);
/* A memory whose address space of that size is reserved already, and what it needs at first
 * committed; ERR_NO_MEMORY: it needs more than is reserved. */
status_t memory_init(struct memory *memory, const struct memory_type *type, uint8_t *base,
                     size_t reserved_size);
/* One in address space of its own, given back by memory_fini(). */
status_t memory_reserve(struct engine *engine, const struct memory_type *type,
                        enum memory_mode mode, struct memory *out);
void memory_fini(struct memory *memory);
/* run/table.c: `inlined`: elements in the instance data, or NULL. ERR_NO_MEMORY. */
status_t table_init(struct table *table, const struct table_type *type, uint64_t *inlined);
void table_fini(struct table *table);
/* run/segment.c: the bulk operations, also used for active segments. TRAP_NONE: done. */
enum trap segment_copy_data(struct instance *instance, uint32_t memory, uint32_t data, uint32_t to,
                            uint32_t from, uint32_t size);
enum trap segment_copy_elements(struct instance *instance, uint32_t table, uint32_t element,
                                uint32_t to, uint32_t from, uint32_t count);
void segment_drop(uint64_t *dropped, uint32_t index);

/* An instruction of a constant expression: arithmetic, or what it pushes. */
struct constant_step {
    enum opcode opcode;
    struct constant operand;
};

/* decode/constant.c: the instruction at this offset, in an expression that was decoded before;
 * moves *at behind it. False: it is the end. */
bool constant_step_read(const struct module *module, size_t *at, struct constant_step *out);

/* run/initialize.c: the value of a constant. False: no memory for a function object. */
bool constant_evaluate(struct instance *instance, const struct constant *constant, uint64_t *out);

/* decode/: the bytes into a record whose module is well-formed, but not yet valid. What the module
 * owns lies in the record's pool, also on failure. */
status_t module_decode(struct module_record *record, struct module_error *error);
/* decode/export.c: the exports by name. ERR_EXISTS: *duplicate is one that has another's name. */
status_t module_exports_index(struct module_record *record, uint32_t *duplicate);
/* run/module.c: as module_create(); whether the bytes stay is for the caller to see to. */
status_t module_make(struct engine *engine, const struct module_source *source,
                     struct module_error *error, struct module **out);
/* The body of a function of a module whose bodies are validated late; before each compilation. */
status_t module_validate_late(struct module *module, uint32_t function,
                              struct validate_scratch *scratch);
/* validate/module.c: everything but the function bodies. */
status_t module_validate(struct module_record *record, struct module_error *error);
/* run/layout.c */
status_t module_layout_create(struct module_record *record);

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

/* code/type.c */
status_t types_init(struct type_table *table);
void types_fini(struct type_table *table);

/* code/arena.c */
status_t code_arena_init(struct code_arena *arena, size_t size);
void code_arena_fini(struct code_arena *arena);
/* The books of a page; NULL: it was never handed out. Takes no lock. */
struct code_page *code_page_at(const struct code_arena *arena, uint32_t page);
/* A place of so many bytes, with arena->lock held. NULL: no code space, or no memory for books. */
uint8_t *code_room_take(struct code_arena *arena, struct code_room *room, size_t size);
/* All blocks go back, once no core can have anything of them (port_code_release). No lock held. */
void code_room_release(struct code_arena *arena, struct code_room *room);

/* code/code.c: gives back the code of a module that goes away, which no stack may hold. */
void code_forget(struct module *module);

/* code/cache.c: destroys the unused module that was used longest ago. False: there is none. */
bool cache_evict(struct engine *engine);
