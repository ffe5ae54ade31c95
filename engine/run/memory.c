/* SPDX-License-Identifier: MIT */
/*
 * Linear memories: address space is reserved once, for all that a memory may grow to and the guard
 * behind it (engine/instance.h), so it never moves; what it does not have yet faults.
 */
#include <base/checked.h>
#include <engine/private.h>

size_t memory_reservation(const struct engine *engine, const struct memory_type *type,
                          enum memory_mode mode) {
    const struct limits *limits = &type->limits;
    uint32_t most = engine->checked_pages_max != 0 ? engine->checked_pages_max : MEMORY_PAGES_MAX;
    if (mode == MEMORY_GUARD) {
        return MEMORY_RESERVED;
    }
    if (limits->has_maximum && limits->maximum < most) {
        most = limits->maximum;
    }
    return (size_t)most * PAGE_SIZE_WASM + BOUND_GUARD;
}

status_t memory_init(struct memory *memory, const struct memory_type *type, uint8_t *base,
                     size_t reserved_size) {
    const struct limits *limits = &type->limits;
    uint32_t maximum = limits->has_maximum ? limits->maximum : MEMORY_PAGES_MAX;
    size_t most = (reserved_size - BOUND_GUARD) / PAGE_SIZE_WASM;
    *memory = (struct memory){
        .base = base,
        .maximum = maximum,
        .limit = most < maximum ? (uint32_t)most : maximum,
        .reserved_size = reserved_size,
        .has_maximum = limits->has_maximum,
        .pages = limits->minimum,
        .size = (size_t)limits->minimum * PAGE_SIZE_WASM,
    };
    return memory->pages <= memory->limit ? OK : ERR_NO_MEMORY;
}

status_t memory_reserve(struct engine *engine, const struct memory_type *type,
                        enum memory_mode mode, struct memory *out) {
    size_t size = memory_reservation(engine, type, mode);
    uint8_t *base = port_region_reserve(size);
    if (base == nullptr) {
        return ERR_NO_MEMORY;
    }
    status_t status = memory_init(out, type, base, size);
    if (status == OK && out->size > 0) {
        status = port_region_commit(base, out->size);
    }
    if (status != OK) {
        memory_fini(out);
    }
    return status;
}

void memory_fini(struct memory *memory) {
    if (memory->base != nullptr) {
        port_region_release(memory->base, memory->reserved_size);
        memory->base = nullptr;
    }
}

status_t memory_create(struct engine *engine, const struct memory_type *type, struct memory **out) {
    struct memory *memory = port_allocate(sizeof *memory);
    if (memory == nullptr) {
        return ERR_NO_MEMORY;
    }
    status_t status = memory_reserve(engine, type, MEMORY_CHECKED, memory);
    if (status != OK) {
        port_release(memory, sizeof *memory);
        return status;
    }
    *out = memory;
    return OK;
}

void memory_destroy(struct memory *memory) {
    memory_fini(memory);
    port_release(memory, sizeof *memory);
}

uint32_t memory_grow(struct memory *memory, uint32_t delta) {
    uint32_t old = memory->pages;
    const struct memory_budget *budget = memory->budget;
    if (delta > memory->limit - old ||
        (budget != nullptr && delta > budget->limit - *budget->used)) {
        return UINT32_MAX;
    }
    size_t start = (size_t)old * PAGE_SIZE_WASM, size = (size_t)delta * PAGE_SIZE_WASM;
    if (delta > 0 && port_region_commit(memory->base + start, size) != OK) {
        return UINT32_MAX;
    }
    if (budget != nullptr) {
        *budget->used += delta;
    }
    memory->pages = old + delta;
    memory->size = start + size;
    return old;
}

void memory_exclude(struct memory *memory, uint32_t offset, uint32_t size) {
    bool none = memory->foreign_end == 0;
    uint64_t end = (uint64_t)offset + size;
    memory->foreign_start = none || offset < memory->foreign_start ? offset : memory->foreign_start;
    memory->foreign_end = end > memory->foreign_end ? end : memory->foreign_end;
}

/* Of no bytes nothing is touched, wherever they are. */
static bool is_foreign(const struct memory *memory, uint32_t offset, uint32_t size) {
    return size > 0 && offset < memory->foreign_end &&
           (uint64_t)offset + size > memory->foreign_start;
}

uint8_t *memory_range(const struct memory *memory, uint32_t offset, uint32_t size) {
    return range_within(offset, size, memory->size) && !is_foreign(memory, offset, size)
               ? memory->base + offset
               : nullptr;
}
