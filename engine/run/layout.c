/* SPDX-License-Identifier: MIT */
/*
 * The layout of a module's instance data: what lies how far below the base (instance.h draws it).
 * The header is nearest to the base, then the small arrays that code uses most, the inline tables
 * last.
 */
#include <base/checked.h>
#include <engine/private.h>

/* Tables of fixed size are put into the instance data as long as all together have at most this
 * many elements. */
constexpr uint32_t INLINE_ELEMENTS_MAX = 128 * 1024;
constexpr uint32_t DATA_PAGE = 4096;

/* Takes room for `count` words below what is taken already: the offset of the first. */
static uint32_t take_words(uint32_t *used, uint32_t count) {
    *used += 8 * count;
    return *used;
}

/* A table of its own whose size is given once and for all. */
static bool is_fixed(const struct module *module, uint32_t table) {
    const struct limits *limits = &module->tables[table].limits;
    return table >= module->imported_tables && limits->has_maximum &&
           limits->minimum == limits->maximum;
}

static void place_tables(const struct module *module, uint32_t *used, uint32_t *places) {
    uint32_t left = INLINE_ELEMENTS_MAX;
    for (uint32_t i = 0; i < module->table_count; i++) {
        uint32_t size = module->tables[i].limits.minimum;
        if (is_fixed(module, i) && size > 0 && size <= left) {
            left -= size;
            places[i] = take_words(used, size);
        }
    }
}

status_t module_layout_create(struct module_record *record) {
    /* The limits of module.h keep the sum far below 4 GiB. */
    static_assert(
        8 * (UINT64_C(2) * LIMIT_IMPORTS + LIMIT_GLOBALS + 2 * LIMIT_TABLES + INLINE_ELEMENTS_MAX) <
        UINT32_MAX / 2);
    struct module *module = &record->module;
    struct instance_layout *layout = pool_allocate(&record->pool, 1, sizeof *layout);
    uint32_t *inline_tables =
        pool_allocate(&record->pool, module->table_count, sizeof *inline_tables);
    if (layout == nullptr || inline_tables == nullptr) {
        return ERR_NO_MEMORY;
    }
    uint32_t used = sizeof(struct instance_header);
    layout->memory_at_base = module->memory_count > 0 && module->imported_memories == 0;
    layout->memories = take_words(&used, module->memory_count);
    layout->memory_bases = take_words(&used, module->memory_count);
    static_assert(sizeof(struct memory) % 8 == 0);
    layout->own_memories = take_words(&used, (module->memory_count - module->imported_memories) *
                                                 (uint32_t)sizeof(struct memory) / 8);
    layout->globals = take_words(&used, module->global_count);
    layout->imports = take_words(&used, module->imported_functions);
    layout->tables = take_words(&used, module->table_count);
    place_tables(module, &used, inline_tables);
    layout->inline_tables = inline_tables;
    layout->data_size = (uint32_t)align_up(used, DATA_PAGE);
    module->layout = layout;
    return OK;
}
