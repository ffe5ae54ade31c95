/* SPDX-License-Identifier: MIT */
/*
 * struct engine: what all modules of one kernel share: interned types, the code arena, the stubs of
 * the target. There are no globals.
 */
#pragma once
#include <engine/instance.h>
#include <engine/module.h>

struct target;

struct engine_config {
    const struct target *target;
    size_t code_size;           /* bytes of the code arena */
    uint64_t cpu_features;      /* TARGET_ bits of the target; 0 is the baseline */
    uint32_t checked_pages_max; /* most pages of a checked memory without a smaller maximum, for
                                   which address space is reserved; 0: MEMORY_PAGES_MAX */
    size_t cache_size;          /* bytes that closed modules may take (module_open); 0: no cache */
    bool masks_interrupts;      /* C functions run with interrupts masked, which stubs see to: on
                                   bare machines; context_go() is called masked, too */
};

struct engine_statistics {
    uint64_t functions_compiled;
    uint64_t bytes_compiled; /* of wasm bodies */
    uint64_t code_bytes;
    uint64_t compile_time_ns;
    uint64_t validate_time_ns;
    uint64_t validated_bytes;
    uint64_t cache_hits, cache_misses, cache_evictions; /* of modules */
};

status_t engine_create(const struct engine_config *config, struct engine **out);
/* No module, context or gate may be alive, but for modules in the cache. */
void engine_destroy(struct engine *engine);

/* The one object for this type, held until it is released. NULL: out of memory. Any core, any time.
 */
const struct function_type *engine_type_intern(struct engine *engine, uint32_t parameter_count,
                                               const enum value_type *parameters,
                                               uint32_t result_count,
                                               const enum value_type *results);
void engine_type_release(struct engine *engine, const struct function_type *type);
/* The same, for as long as the engine lives, spelled as in abi/system.def: i I f F, r = funcref, R
 * = externref. */
const struct function_type *engine_type_parse(struct engine *engine, const char *parameters,
                                              const char *results);

/* Counted by all cores; each number is read for itself. */
const struct engine_statistics *engine_statistics_get(const struct engine *engine);

/* Does compiled code, a stub or a thunk of this engine lie at pc? Takes no lock. */
bool engine_owns(const struct engine *engine, uintptr_t pc);
