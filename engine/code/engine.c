/* SPDX-License-Identifier: MIT */
/* The engine: what is made once. */
#include <engine/private.h>

status_t engine_create(const struct engine_config *config, struct engine **out) {
    struct engine *engine = port_allocate(sizeof *engine);
    if (engine == nullptr) {
        return ERR_NO_MEMORY;
    }
    *engine = (struct engine){.target = config->target,
                              .cpu_features = config->cpu_features,
                              .checked_pages_max = config->checked_pages_max,
                              .masks_interrupts = config->masks_interrupts,
                              .cache = {.limit = config->cache_size}};
    status_t status = types_init(&engine->types);
    if (status != OK) {
        goto fail_types;
    }
    status = code_arena_init(&engine->arena, config->code_size);
    if (status != OK) {
        goto fail_arena;
    }
    status = stubs_create(engine);
    if (status != OK) {
        goto fail_stubs;
    }
    *out = engine;
    return OK;

fail_stubs:
    code_arena_fini(&engine->arena);
fail_arena:
    types_fini(&engine->types);
fail_types:
    port_release(engine, sizeof *engine);
    return status;
}

void engine_destroy(struct engine *engine) {
    while (cache_evict(engine)) {
    }
    regions_release(engine);
    stubs_destroy(engine);
    code_arena_fini(&engine->arena);
    types_fini(&engine->types);
    port_release(engine, sizeof *engine);
}

const struct engine_statistics *engine_statistics_get(const struct engine *engine) {
    return &engine->statistics;
}

bool engine_owns(const struct engine *engine, uintptr_t pc) {
    return pc - (uintptr_t)engine->arena.base < engine->arena.size;
}
