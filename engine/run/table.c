/* SPDX-License-Identifier: MIT */
/*
 * Tables. One whose size is fixed by its type lies in the instance data, where compiled code
 * reaches it at a constant distance; any other lies on the heap and moves when it outgrows its
 * room.
 */
#include <engine/private.h>

static uint64_t *elements_create(uint32_t capacity) {
    uint64_t *elements = port_allocate(capacity * sizeof *elements);
    if (elements != nullptr) {
        memset(elements, 0, capacity * sizeof *elements);
    }
    return elements;
}

static void elements_destroy(uint64_t *elements, uint32_t capacity) {
    if (elements != nullptr) {
        port_release(elements, capacity * sizeof *elements);
    }
}

status_t table_init(struct table *table, const struct table_type *type, uint64_t *inlined) {
    const struct limits *limits = &type->limits;
    *table = (struct table){
        .elements = inlined,
        .size = limits->minimum,
        .maximum = limits->maximum,
        .type = type->element,
        .inlined = inlined != nullptr,
        .has_maximum = limits->has_maximum,
        .capacity = limits->minimum,
    };
    if (limits->minimum > LIMIT_TABLE_ELEMENTS) {
        return ERR_NO_MEMORY;
    }
    if (table->inlined || table->capacity == 0) {
        return OK;
    }
    table->elements = elements_create(table->capacity);
    return table->elements != nullptr ? OK : ERR_NO_MEMORY;
}

void table_fini(struct table *table) {
    if (!table->inlined) {
        elements_destroy(table->elements, table->capacity);
    }
}

status_t table_create(struct engine *engine, const struct table_type *type, struct table **out) {
    struct table *table = port_allocate(sizeof *table);
    if (table == nullptr) {
        return ERR_NO_MEMORY;
    }
    status_t status = table_init(table, type, nullptr);
    if (status != OK) {
        port_release(table, sizeof *table);
        return status;
    }
    *out = table;
    return OK;
}

void table_destroy(struct table *table) {
    table_fini(table);
    port_release(table, sizeof *table);
}

/* Room for `size` elements; it doubles, so that many small steps cost linear time. */
static bool ensure_capacity(struct table *table, uint32_t size) {
    if (size <= table->capacity) {
        return true;
    }
    uint32_t capacity = size > 2 * table->capacity ? size : 2 * table->capacity;
    uint64_t *elements = elements_create(capacity);
    if (elements == nullptr) {
        return false;
    }
    if (table->size > 0) {
        memcpy(elements, table->elements, table->size * sizeof *elements);
    }
    elements_destroy(table->elements, table->capacity);
    table->elements = elements;
    table->capacity = capacity;
    return true;
}

uint32_t table_grow(struct table *table, uint32_t delta, uint64_t value) {
    uint32_t old = table->size;
    uint32_t maximum =
        table->maximum < LIMIT_TABLE_ELEMENTS ? table->maximum : LIMIT_TABLE_ELEMENTS;
    if (delta > maximum - old || !ensure_capacity(table, old + delta)) {
        return UINT32_MAX;
    }
    for (uint32_t i = 0; i < delta; i++) {
        table->elements[old + i] = value;
    }
    table->size = old + delta;
    return old;
}
