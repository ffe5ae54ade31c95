/* SPDX-License-Identifier: MIT */
/*
 * Handle tables. A handle is the index of an entry and that entry's generation, which changes
 * whenever the entry is freed: a stale or forged number finds nothing. Every operation is constant
 * time; memory comes in chunks, and only when entries are reserved, so that installing never fails.
 */
#include "core.h"
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/port.h>

constexpr uint32_t GENERATION_MAX = (1u << (32 - HANDLE_INDEX_BITS)) - 1;

status_t handle_table_init(struct handle_table *table, uint32_t limit) {
    if (limit > 1u << HANDLE_INDEX_BITS) {
        return ERR_INVALID;
    }
    uint32_t chunks = (limit + HANDLE_CHUNK - 1) / HANDLE_CHUNK;
    *table = (struct handle_table){.limit = limit,
                                   .chunk_capacity = chunks,
                                   .first_free = HANDLE_END,
                                   .last_free = HANDLE_END};
    if (chunks == 0) {
        return OK;
    }
    table->chunks = port_allocate(chunks * sizeof(struct handle_entry *));
    return table->chunks != nullptr ? OK : ERR_NO_MEMORY;
}

void handle_table_fini(struct handle_table *table) {
    ensure(table->used == 0 && table->reserved == 0);
    for (uint32_t i = 0; i < table->chunk_count; i++) {
        port_release(table->chunks[i], HANDLE_CHUNK * sizeof(struct handle_entry));
    }
    if (table->chunks != nullptr) {
        port_release(table->chunks, table->chunk_capacity * sizeof(struct handle_entry *));
    }
}

static struct handle_entry *entry_at(const struct handle_table *table, uint32_t index) {
    return index < HANDLE_CHUNK ? &table->first_chunk[index]
                                : &table->chunks[index / HANDLE_CHUNK][index % HANDLE_CHUNK];
}

static void append_free(struct handle_table *table, uint32_t index) {
    entry_at(table, index)->next = HANDLE_END;
    if (table->last_free == HANDLE_END) {
        table->first_free = index;
    } else {
        entry_at(table, table->last_free)->next = index;
    }
    table->last_free = index;
    table->free++;
}

static status_t add_chunk(struct handle_table *table) {
    ensure(table->chunk_count < table->chunk_capacity);
    struct handle_entry *chunk = port_allocate(HANDLE_CHUNK * sizeof *chunk);
    if (chunk == nullptr) {
        return ERR_NO_MEMORY;
    }
    memset(chunk, 0, HANDLE_CHUNK * sizeof *chunk);
    uint32_t first = table->chunk_count * HANDLE_CHUNK;
    table->first_chunk = first == 0 ? chunk : table->first_chunk;
    table->chunks[table->chunk_count++] = chunk;
    for (uint32_t i = 0; i < HANDLE_CHUNK; i++) {
        chunk[i].generation = 1;
        append_free(table, first + i);
    }
    return OK;
}

status_t handle_reserve(struct handle_table *table, uint32_t count) {
    ensure(count <= HANDLE_CHUNK);
    if (count > table->limit - table->used - table->reserved) {
        return ERR_FULL;
    }
    if (table->free < table->reserved + count) {
        status_t status = add_chunk(table);
        if (status != OK) {
            return status;
        }
    }
    table->reserved += count;
    return OK;
}

void handle_unreserve(struct handle_table *table, uint32_t count) {
    ensure(count <= table->reserved);
    table->reserved -= count;
}

handle_t handle_install(struct handle_table *table, struct object object) {
    ensure(table->reserved > 0 && table->free > 0);
    uint32_t index = table->first_free;
    struct handle_entry *entry = entry_at(table, index);
    table->first_free = entry->next;
    if (entry->next == HANDLE_END) {
        table->last_free = HANDLE_END;
    }
    table->free--;
    table->reserved--;
    table->used++;
    entry->object = object;
    return entry->generation << HANDLE_INDEX_BITS | index;
}

static struct handle_entry *find_entry(struct handle_table *table, handle_t handle) {
    uint32_t index = handle & ((1u << HANDLE_INDEX_BITS) - 1);
    if (index >= table->chunk_count * HANDLE_CHUNK) {
        return nullptr;
    }
    struct handle_entry *entry = entry_at(table, index);
    bool right = entry->generation == handle >> HANDLE_INDEX_BITS;
    return right && entry->object.kind != OBJECT_NONE ? entry : nullptr;
}

struct object *handle_find(struct handle_table *table, handle_t handle) {
    struct handle_entry *entry = find_entry(table, handle);
    return entry != nullptr ? &entry->object : nullptr;
}

static void take(struct handle_table *table, uint32_t index, struct object *out) {
    struct handle_entry *entry = entry_at(table, index);
    *out = entry->object;
    entry->object = (struct object){};
    entry->generation = entry->generation == GENERATION_MAX ? 1 : entry->generation + 1;
    table->used--;
    append_free(table, index);
}

bool handle_take(struct handle_table *table, handle_t handle, struct object *out) {
    if (find_entry(table, handle) == nullptr) {
        return false;
    }
    take(table, handle & ((1u << HANDLE_INDEX_BITS) - 1), out);
    return true;
}

bool handle_sweep_is_over(const struct handle_table *table, uint32_t cursor) {
    return table->used == 0 || cursor >= table->chunk_count * HANDLE_CHUNK;
}

bool handle_sweep(struct handle_table *table, uint32_t *cursor, uint32_t *budget,
                  bool (*wanted)(const struct object *object), struct object *out) {
    while (*budget > 0 && !handle_sweep_is_over(table, *cursor)) {
        uint32_t index = (*cursor)++;
        const struct object *object = &entry_at(table, index)->object;
        --*budget;
        if (object->kind != OBJECT_NONE && (wanted == nullptr || wanted(object))) {
            take(table, index, out);
            return true;
        }
    }
    return false;
}
