/* SPDX-License-Identifier: MIT */
/*
 * The gates to devices (abi/device.h). What a device's registers take the place of is no plain
 * memory any more: from then on no gate and no helper of the engine touches it for the program
 * (memory_exclude()), because registers want accesses of their own width, and as many as there are.
 * So nothing is mapped over the place where the kernel puts messages.
 */
#include "device.h"
#include <base/checked.h>
#include <base/string.h>
#include <engine/instance.h>
#include <kernel/device.h>

static struct process *process_of(const struct function *gate) {
    const struct unit *unit = gate->data;
    return unit->program->process;
}

static uint32_t argument(const uint64_t *values, uint32_t index) {
    return (uint32_t)values[index];
}

static struct context *answer(struct context *context, uint64_t *values, status_t status) {
    values[0] = (uint32_t)status;
    return context;
}

/* NULL: the caller traps. */
static void *range(struct context *context, const struct function *gate, uint32_t address,
                   uint32_t size) {
    const struct memory *memory = ((const struct unit *)gate->data)->memory;
    void *found = memory != nullptr ? memory_range(memory, address, size) : nullptr;
    if (found == nullptr) {
        context->trap = TRAP_BAD_CALL;
    }
    return found;
}

struct context *gate_device_info(struct context *context, struct function *gate, uint64_t *values) {
    struct device_info info;
    uint32_t capacity = argument(values, 2);
    void *out = range(context, gate, argument(values, 1), capacity);
    if (out == nullptr) {
        return context;
    }
    status_t status = process_device_info(process_of(gate), argument(values, 0), &info);
    if (status == OK && capacity < sizeof info) {
        status = ERR_TOO_BIG;
    }
    if (status == OK) {
        memcpy(out, &info, sizeof info);
    }
    return answer(context, values, status);
}

/* ---- memory that is to be replaced ---- */

static bool overlaps(const void *one, size_t one_size, const void *other, size_t other_size) {
    return (uintptr_t)one < (uintptr_t)other + other_size &&
           (uintptr_t)other < (uintptr_t)one + one_size;
}

/* Where a handler's messages go. */
static bool holds_messages(const struct program *program, const void *at, size_t size) {
    const struct described *turn = &program->turn;
    return program->stage == STAGE_TURNS &&
           (overlaps(at, size, turn->place, sizeof *turn->place) ||
            overlaps(at, size, turn->message.payload, turn->message.payload_capacity));
}

/* From there to the end of the memory: *room bytes, whole pages. */
static status_t place_of(const struct unit *unit, uint32_t address, uint8_t **at, size_t *room) {
    const struct memory *memory = unit->memory;
    if (memory == nullptr || address % DEVICE_PAGE != 0 || address >= memory->size) {
        return ERR_INVALID;
    }
    *at = memory->base + address;
    *room = memory->size - address;
    return OK;
}

struct context *gate_device_map(struct context *context, struct function *gate, uint64_t *values) {
    const struct unit *unit = gate->data;
    struct device_info info;
    uint32_t index = argument(values, 1), address = argument(values, 2);
    uint8_t *at;
    size_t room, size = 0;
    status_t status = process_device_info(process_of(gate), argument(values, 0), &info);
    status = status == OK ? place_of(unit, address, &at, &room) : status;
    if (status == OK && index < info.resource_count) {
        const struct device_resource *window = &info.resources[index];
        size_t needed = window->size < room ? align_up(window->size, DEVICE_PAGE) : room;
        status = holds_messages(unit->program, at, needed) ? ERR_INVALID : OK;
    }
    if (status == OK) {
        status = process_device_map(process_of(gate), argument(values, 0), index, at, room, &size);
    }
    if (status == OK) {
        memory_exclude(unit->memory, address, (uint32_t)size);
    }
    return answer(context, values, status);
}

struct context *gate_device_dma(struct context *context, struct function *gate, uint64_t *values) {
    const struct unit *unit = gate->data;
    uint32_t size = argument(values, 1), address = argument(values, 2);
    uint8_t *at;
    size_t room;
    uint64_t physical;
    void *out = range(context, gate, argument(values, 3), sizeof physical);
    if (out == nullptr) {
        return context;
    }
    status_t status = place_of(unit, address, &at, &room);
    if (status == OK && (size > room || holds_messages(unit->program, at, size) ||
                         overlaps(at, size, out, sizeof physical))) {
        status = ERR_INVALID;
    }
    if (status == OK) {
        status = process_device_dma(process_of(gate), argument(values, 0), size, at, &physical);
    }
    if (status == OK) {
        memcpy(out, &physical, sizeof physical);
    }
    return answer(context, values, status);
}

/* ---- accesses and lines ---- */

struct context *gate_device_port(struct context *context, struct function *gate, uint64_t *values) {
    uint32_t value = argument(values, 4), how = argument(values, 3);
    status_t status = process_device_port(process_of(gate), argument(values, 0),
                                          argument(values, 1), argument(values, 2), how, &value);
    uint32_t result = (how & DEVICE_WRITE) != 0 ? 0 : value;
    values[0] = status == OK ? result : (uint64_t)(int64_t)status;
    return context;
}

struct context *gate_device_interrupt(struct context *context, struct function *gate,
                                      uint64_t *values) {
    return answer(context, values,
                  process_device_interrupt(process_of(gate), argument(values, 0),
                                           argument(values, 1), values[2]));
}

struct context *gate_device_acknowledge(struct context *context, struct function *gate,
                                        uint64_t *values) {
    return answer(
        context, values,
        process_device_acknowledge(process_of(gate), argument(values, 0), argument(values, 1)));
}

struct context *gate_device_derive(struct context *context, struct function *gate,
                                   uint64_t *values) {
    struct device_info part;
    handle_t derived;
    const void *from = range(context, gate, argument(values, 1), sizeof part);
    void *out = range(context, gate, argument(values, 2), sizeof derived);
    if (from == nullptr || out == nullptr) {
        return context;
    }
    memcpy(&part, from, sizeof part);
    status_t status = process_device_derive(process_of(gate), argument(values, 0), &part, &derived);
    if (status == OK) {
        memcpy(out, &derived, sizeof derived);
    }
    return answer(context, values, status);
}
