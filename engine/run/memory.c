/* SPDX-License-Identifier: MIT */
/*
 * Linear memories in guard mode: the address space for any 32-bit index plus any 32-bit offset is
 * reserved, so a memory never moves and an access out of bounds faults.
 */
#include <base/checked.h>
#include <engine/private.h>

status_t memory_init(struct memory *memory, const struct memory_type *type, uint8_t *base) {
    const struct limits *limits = &type->limits;
    *memory = (struct memory){
        .base = base,
        .maximum = limits->has_maximum ? limits->maximum : MEMORY_PAGES_MAX,
        .reserved_size = MEMORY_RESERVED,
        .has_maximum = limits->has_maximum,
    };
    return memory_grow(memory, limits->minimum) == UINT32_MAX ? ERR_NO_MEMORY : OK;
}

status_t memory_create(struct engine *engine, const struct memory_type *type, struct memory **out) {
    struct memory *memory = port_allocate(sizeof *memory);
    if (memory == nullptr) {
        return ERR_NO_MEMORY;
    }
    uint8_t *base = port_region_reserve(MEMORY_RESERVED);
    if (base == nullptr) {
        goto fail_region;
    }
    if (memory_init(memory, type, base) != OK) {
        goto fail_commit;
    }
    *out = memory;
    return OK;

fail_commit:
    port_region_release(base, MEMORY_RESERVED);
fail_region:
    port_release(memory, sizeof *memory);
    return ERR_NO_MEMORY;
}

void memory_destroy(struct memory *memory) {
    port_region_release(memory->base, memory->reserved_size);
    port_release(memory, sizeof *memory);
}

uint32_t memory_grow(struct memory *memory, uint32_t delta) {
    uint32_t old = memory->pages;
    if (delta > memory->maximum - old) {
        return UINT32_MAX;
    }
    size_t start = (size_t)old * PAGE_SIZE_WASM, size = (size_t)delta * PAGE_SIZE_WASM;
    if (delta > 0 && port_region_commit(memory->base + start, size) != OK) {
        return UINT32_MAX;
    }
    memory->pages = old + delta;
    return old;
}

uint8_t *memory_range(const struct memory *memory, uint32_t offset, uint32_t size) {
    uint64_t limit = (uint64_t)memory->pages * PAGE_SIZE_WASM;
    return range_within(offset, size, limit) ? memory->base + offset : nullptr;
}
