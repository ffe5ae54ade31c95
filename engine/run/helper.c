/* SPDX-License-Identifier: MIT */
/*
 * The instructions that compiled code leaves to C: growing, bulk operations and references. Indices
 * of tables, memories and segments come from validated code; operands are checked here. The upper
 * half of an i32 is undefined.
 */
#include <base/checked.h>
#include <engine/private.h>

static uint64_t trap(struct context *context, enum trap trap) {
    context->trap = trap;
    return 0;
}

static uint64_t help_memory_grow(struct context *context, struct instance *instance,
                                 const uint64_t *arguments) {
    return memory_grow(instance->memories[arguments[0]], (uint32_t)arguments[1]);
}

static uint64_t help_memory_init(struct context *context, struct instance *instance,
                                 const uint64_t *arguments) {
    return trap(context, segment_copy_data(instance, (uint32_t)arguments[0], (uint32_t)arguments[1],
                                           (uint32_t)arguments[2], (uint32_t)arguments[3],
                                           (uint32_t)arguments[4]));
}

static uint64_t help_memory_copy(struct context *context, struct instance *instance,
                                 const uint64_t *arguments) {
    uint32_t size = (uint32_t)arguments[4];
    uint8_t *to = memory_range(instance->memories[arguments[0]], (uint32_t)arguments[2], size);
    uint8_t *from = memory_range(instance->memories[arguments[1]], (uint32_t)arguments[3], size);
    if (to == nullptr || from == nullptr) {
        return trap(context, TRAP_MEMORY_OUT_OF_BOUNDS);
    }
    memmove(to, from, size);
    return 0;
}

static uint64_t help_memory_fill(struct context *context, struct instance *instance,
                                 const uint64_t *arguments) {
    uint32_t size = (uint32_t)arguments[3];
    uint8_t *to = memory_range(instance->memories[arguments[0]], (uint32_t)arguments[1], size);
    if (to == nullptr) {
        return trap(context, TRAP_MEMORY_OUT_OF_BOUNDS);
    }
    memset(to, (uint8_t)arguments[2], size);
    return 0;
}

static uint64_t help_data_drop(struct context *context, struct instance *instance,
                               const uint64_t *arguments) {
    segment_drop(instance->dropped_datas, (uint32_t)arguments[0]);
    return 0;
}

static uint64_t help_table_get(struct context *context, struct instance *instance,
                               const uint64_t *arguments) {
    const struct table *table = instance->tables[arguments[0]];
    uint32_t index = (uint32_t)arguments[1];
    return index < table->size ? table->elements[index] : trap(context, TRAP_TABLE_OUT_OF_BOUNDS);
}

static uint64_t help_table_set(struct context *context, struct instance *instance,
                               const uint64_t *arguments) {
    const struct table *table = instance->tables[arguments[0]];
    uint32_t index = (uint32_t)arguments[1];
    if (index >= table->size) {
        return trap(context, TRAP_TABLE_OUT_OF_BOUNDS);
    }
    table->elements[index] = arguments[2];
    return 0;
}

static uint64_t help_table_grow(struct context *context, struct instance *instance,
                                const uint64_t *arguments) {
    return table_grow(instance->tables[arguments[0]], (uint32_t)arguments[2], arguments[1]);
}

static uint64_t help_table_fill(struct context *context, struct instance *instance,
                                const uint64_t *arguments) {
    const struct table *table = instance->tables[arguments[0]];
    uint32_t to = (uint32_t)arguments[1], count = (uint32_t)arguments[3];
    if (!range_within(to, count, table->size)) {
        return trap(context, TRAP_TABLE_OUT_OF_BOUNDS);
    }
    for (uint32_t i = 0; i < count; i++) {
        table->elements[to + i] = arguments[2];
    }
    return 0;
}

static uint64_t help_table_copy(struct context *context, struct instance *instance,
                                const uint64_t *arguments) {
    const struct table *to = instance->tables[arguments[0]];
    const struct table *from = instance->tables[arguments[1]];
    uint32_t target = (uint32_t)arguments[2], source = (uint32_t)arguments[3];
    uint32_t count = (uint32_t)arguments[4];
    if (!range_within(target, count, to->size) || !range_within(source, count, from->size)) {
        return trap(context, TRAP_TABLE_OUT_OF_BOUNDS);
    }
    if (count > 0) {
        memmove(to->elements + target, from->elements + source, count * sizeof *to->elements);
    }
    return 0;
}

static uint64_t help_table_init(struct context *context, struct instance *instance,
                                const uint64_t *arguments) {
    return trap(context, segment_copy_elements(instance, (uint32_t)arguments[0],
                                               (uint32_t)arguments[1], (uint32_t)arguments[2],
                                               (uint32_t)arguments[3], (uint32_t)arguments[4]));
}

static uint64_t help_element_drop(struct context *context, struct instance *instance,
                                  const uint64_t *arguments) {
    segment_drop(instance->dropped_elements, (uint32_t)arguments[0]);
    return 0;
}

static uint64_t help_ref_func(struct context *context, struct instance *instance,
                              const uint64_t *arguments) {
    struct function *function = instance_function(instance, (uint32_t)arguments[0]);
    return function != nullptr ? (uintptr_t)function : trap(context, TRAP_NO_MEMORY);
}

helper_function *const helper_functions[HELPER_COUNT] = {
    [HELPER_MEMORY_GROW] = help_memory_grow, [HELPER_MEMORY_INIT] = help_memory_init,
    [HELPER_MEMORY_COPY] = help_memory_copy, [HELPER_MEMORY_FILL] = help_memory_fill,
    [HELPER_DATA_DROP] = help_data_drop,     [HELPER_TABLE_GET] = help_table_get,
    [HELPER_TABLE_SET] = help_table_set,     [HELPER_TABLE_GROW] = help_table_grow,
    [HELPER_TABLE_FILL] = help_table_fill,   [HELPER_TABLE_COPY] = help_table_copy,
    [HELPER_TABLE_INIT] = help_table_init,   [HELPER_ELEMENT_DROP] = help_element_drop,
    [HELPER_REF_FUNC] = help_ref_func,
};
