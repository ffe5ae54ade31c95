/* SPDX-License-Identifier: MIT */
/*
 * Instances, function objects, tables, memories and globals: the store of the specification (4.2).
 *
 * Compiled code knows its instance by one pinned register, the *base*: for an instance that defines
 * memory 0, the start of that memory; else the end of its instance data. The instance data lies
 * below the base, at negative offsets; the first INSTANCE_HEADER bytes are the same for every
 * instance (and for the block that gates get), the rest is laid out per module (struct
 * instance_layout), so that offsets are constants of the code:
 *
 *       base - data_size   inline tables, globals, function objects of imports, type pointers
 *              ...
 *       base - 64          struct instance_header
 *       base + 0           memory 0, and what is reserved behind it (struct memory)
 *
 * Every other memory is reached through a pointer in the instance data, not at the base.
 */
#pragma once
#include <engine/context.h>
#include <engine/module.h>

/* What every base is preceded by. Offsets are negative: base - sizeof(header) + offsetof(...). */
struct instance_header {
    uint64_t padding[3];                      /* the whole is one cache line */
    const struct function_type *const *types; /* canonical, by type index of the module */
    struct function **functions;              /* objects by function index; NULL until made */
    slot_t *slots;                            /* module->slots */
    struct instance *instance;
    struct context *context;
};
static_assert(sizeof(struct instance_header) == 64);

/* The function object: what a reference points to. Never moves while it can be reached. */
struct function {
    const struct function_type *type;
    slot_t *slot;              /* the code is read through this at every call */
    uint8_t *base;             /* of the callee */
    struct instance *instance; /* NULL for a gate */
    uint32_t index;            /* in the instance's module; for a gate what its binder likes */
    gate_function *gate;       /* NULL for a wasm function */
    void *data;                /* for the gate */
};

/* An element of a funcref table is a struct function * or NULL; of an externref table an opaque
 * word, 0 is null. */
struct table {
    uint64_t *elements;
    uint32_t size;
    uint32_t maximum;
    enum value_type type;
    bool inlined; /* elements lie in the instance data and the size is fixed */
    bool has_maximum;
    uint32_t capacity; /* elements allocated */
};

/* What the memories of one program may have together, in pages. Belongs to the embedder, who sets
 * it and has counted what they have by then. */
struct memory_budget {
    uint32_t limit;
    uint32_t *used; /* written by the core that runs the program */
};

/*
 * A linear memory never moves and never shrinks. What is not committed faults:
 *
 *   base                  base + size             base + limit pages
 *   | readable, writable  | not accessible        | never accessible         |
 *                                                   guard mode: so that 4 GiB of index, 4 GiB of
 *                                                   offset and an access end within reserved_size
 *                                                   checked mode: BOUND_GUARD bytes
 *
 * So in either mode the BOUND_GUARD bytes from base + size up fault, which checked code counts on.
 */
struct memory {
    uint8_t *base;
    size_t size; /* bytes: pages, for compiled code to compare with */
    uint32_t pages;
    uint32_t maximum; /* as declared */
    uint32_t limit;   /* pages that it may grow to */
    bool has_maximum;
    size_t reserved_size;                /* bytes of address space from base */
    uint64_t foreign_start, foreign_end; /* pages between are of the embedder's: device registers.
                                            memory_range() refuses what reaches into them */
    struct memory_budget *budget; /* what it grows within; NULL, at first: only its own limit */
};
constexpr uint32_t BOUND_GUARD = 16 * 1024 * 1024;

/* Where things lie in the instance data of a module: bytes below the base, so all positive and
 * subtracted. Computed once per module; compiled code and run/ both use it. */
struct instance_layout {
    uint32_t data_size;    /* whole pages */
    bool memory_at_base;   /* memory 0 is defined here */
    uint32_t memories;     /* struct memory *[memory_count] */
    uint32_t memory_bases; /* uint8_t *[memory_count] */
    uint32_t own_memories; /* struct memory[], of the defined ones */
    uint32_t tables;       /* struct table *[table_count] */
    uint32_t globals;      /* per global: its 8-byte value if defined here, else a pointer to it */
    uint32_t imports;      /* struct function *[imported_functions] */
    const uint32_t *inline_tables; /* per table: where elements[] lies when the table is defined
                                      here, its size can never change and is small; 0 else */
};

/* Byte offset below the base of entry i of one of those arrays of 8-byte entries: each ascends from
 * base - array. */
static inline uint32_t layout_entry(uint32_t array, uint32_t index) {
    return array - 8 * index;
}

/* Byte offset below the base of a field (its offset in struct memory) of a defined memory. */
static inline uint32_t layout_own_memory(const struct instance_layout *layout, uint32_t own,
                                         size_t field) {
    return layout->own_memories - (uint32_t)(own * sizeof(struct memory) + field);
}

struct instance {
    struct module *module;
    struct engine *engine;
    struct context *context;
    uint8_t *base;
    struct memory **memories; /* by index, in the instance data; imported ones belong to others */
    struct table **tables;    /* likewise */
    struct memory *own_memories; /* the defined ones, in the instance data */
    struct table *own_tables;
    uint64_t *dropped_elements, *dropped_datas; /* bit sets */
};

static inline struct instance_header *instance_header(const struct instance *instance) {
    return (struct instance_header *)instance->base - 1;
}

/* Where the value of a global lives: the instance data of the instance that defines it. */
uint64_t *instance_global(const struct instance *instance, uint32_t index);

/* A thing given to an import. */
struct external {
    enum external_kind kind;
    union {
        struct function *function;
        struct table *table;
        struct memory *memory;
        struct {
            uint64_t *value;
            struct global_type type;
        } global;
    };
};

/* Looks an import up. ERR_NOT_FOUND: nobody provides it. */
typedef status_t import_resolver(void *data, const struct module *module,
                                 const struct import *import, struct external *out);

/* Called once for each import that is missing or of the wrong type, so that all can be listed. */
typedef void import_complaint(void *data, const struct module *module, const struct import *import,
                              const char *why);

/* Steps of linking, in this order, so that instances can import from one another:
 * 1. instance_create: allocates memories, tables, globals; nothing of it runs.
 * 2. instance_link: fills the imports; every missing or mistyped one is told to `complain`, then
 *    ERR_NOT_FOUND.
 * 3. instance_initialize: globals, then active segments in order. A segment out of bounds is a
 * trap.
 * 4. the caller enters the start function, if instance_start() is not NULL. */
status_t instance_create(struct module *module, struct context *context, struct instance **out);
status_t instance_link(struct instance *instance, import_resolver *resolve,
                       import_complaint *complain, void *data);
enum trap instance_initialize(struct instance *instance);
struct function *instance_start(struct instance *instance);
/* Nothing may refer to its functions, tables or memories any more. */
void instance_destroy(struct instance *instance);

/* What an instance exports under this name. ERR_NOT_FOUND, ERR_NO_MEMORY. */
status_t instance_export(struct instance *instance, struct text name, struct external *out);
/* The object of any function of the instance, made when first asked for; NULL: out of memory. */
struct function *instance_function(struct instance *instance, uint32_t index);

/* Objects that belong to the embedder, to be given to imports. A gate's base is a block that holds
 * just an instance_header with the context. */
status_t gate_create(struct context *context, const struct function_type *type,
                     gate_function *function, void *data, struct function **out);
void gate_destroy(struct function *gate);
status_t table_create(struct engine *engine, const struct table_type *type, struct table **out);
void table_destroy(struct table *table);
/* Only imports reach it, so it reserves what checked code needs. */
status_t memory_create(struct engine *engine, const struct memory_type *type, struct memory **out);
void memory_destroy(struct memory *memory);

/* Grows by `delta`; the old size, or UINT32_MAX when it cannot. */
uint32_t memory_grow(struct memory *memory, uint32_t delta);
uint32_t table_grow(struct table *table, uint32_t delta, uint64_t value);

/* The one checked way from a guest address to memory: NULL unless [offset, offset + size) lies
 * within. Valid until control returns to wasm. */
uint8_t *memory_range(const struct memory *memory, uint32_t offset, uint32_t size);
/* The embedder has put something else there than plain memory. */
void memory_exclude(struct memory *memory, uint32_t offset, uint32_t size);
