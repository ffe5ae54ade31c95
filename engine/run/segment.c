/* SPDX-License-Identifier: MIT */
/*
 * Copies from data and element segments. Bounds are checked before anything is written; a dropped
 * segment is one of size 0.
 */
#include <base/checked.h>
#include <engine/private.h>

static bool is_dropped(const uint64_t *dropped, uint32_t index) {
    return (dropped[index / 64] >> index % 64 & 1) != 0;
}

void segment_drop(uint64_t *dropped, uint32_t index) {
    dropped[index / 64] |= UINT64_C(1) << index % 64;
}

enum trap segment_copy_data(struct instance *instance, uint32_t memory, uint32_t data, uint32_t to,
                            uint32_t from, uint32_t size) {
    const struct module *module = instance->module;
    const struct data_segment *segment = &module->datas[data];
    uint32_t available = is_dropped(instance->dropped_datas, data) ? 0 : segment->size;
    uint8_t *target = memory_range(instance->memories[memory], to, size);
    if (target == nullptr || !range_within(from, size, available)) {
        return TRAP_MEMORY_OUT_OF_BOUNDS;
    }
    if (size > 0) {
        memcpy(target, module->bytes + segment->start + from, size);
    }
    return TRAP_NONE;
}

enum trap segment_copy_elements(struct instance *instance, uint32_t table, uint32_t element,
                                uint32_t to, uint32_t from, uint32_t count) {
    const struct element_segment *segment = &instance->module->elements[element];
    const struct table *target = instance->tables[table];
    uint32_t available = is_dropped(instance->dropped_elements, element) ? 0 : segment->count;
    if (!range_within(to, count, target->size) || !range_within(from, count, available)) {
        return TRAP_TABLE_OUT_OF_BOUNDS;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!constant_evaluate(instance, &segment->items[from + i], &target->elements[to + i])) {
            return TRAP_NO_MEMORY;
        }
    }
    return TRAP_NONE;
}
