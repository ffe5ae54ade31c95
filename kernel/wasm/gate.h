/* SPDX-License-Identifier: MIT */
/*
 * What gates have in common: their arguments, and the one way from a guest's address to memory. The
 * gates of abi/system.def are in gates.c, those about processes in process_gates.c.
 */
#pragma once
#include "unit.h"

/* Every argument passes through here, and is marked by what it is. */
static inline uint32_t argument_u32(const uint64_t *values, uint32_t index) {
    return (uint32_t)values[index];
}

static inline void result_status(uint64_t *values, int32_t status) {
    values[0] = (uint32_t)status;
}

/* The one helper for guest pointers: NULL when the range is not all there. */
static inline void *unit_range(const struct unit *unit, uint32_t address, uint32_t size) {
    const struct memory *memory = unit->memory;
    return memory != nullptr ? memory_range(memory, address, size) : nullptr;
}

/* Then the caller traps, too. */
static inline void *guest_range(struct context *context, const struct unit *unit, uint32_t address,
                                uint32_t size) {
    void *range = unit_range(unit, address, size);
    if (range == nullptr) {
        context->trap = TRAP_BAD_CALL;
    }
    return range;
}

gate_function gate_module_create, gate_process_create, gate_process_mint, gate_process_start,
    gate_process_kill, gate_process_status;
