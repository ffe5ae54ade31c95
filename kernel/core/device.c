/* SPDX-License-Identifier: MIT */
/*
 * Device objects: what they are made of never changes. What comes from drivers is checked here:
 * every access lies within its resource and is aligned; every part of a device lies within the
 * whole.
 */
#include "device.h"
#include <base/checked.h>
#include <base/ensure.h>
#include <kernel/port.h>

constexpr size_t REGISTERS_MAX = 1 << 20; /* larger windows are for mapping */
constexpr uint32_t SILENCE_LOOKS = 1'000'000;

static void destroy(struct shared *shared) {
    struct device *device = (struct device *)shared;
    for (uint32_t i = 0; i < device->info.resource_count; i++) {
        if (device->registers[i] != nullptr) {
            port_registers_unmap(device->registers[i], device->info.resources[i].size);
        }
    }
    port_release(device, sizeof *device);
}

static const struct shared_kind kind = {.name = "device", .destroy = destroy};

status_t device_create(const struct device_info *info, struct device **out) {
    struct device *device = port_allocate(sizeof *device);
    if (device == nullptr) {
        return ERR_NO_MEMORY;
    }
    ensure(info->resource_count <= DEVICE_RESOURCES);
    *device = (struct device){.shared = {.kind = &kind, .references = 1}, .info = *info};
    *out = device;
    return OK;
}

void device_release(struct device *device) {
    shared_release(&device->shared);
}

const struct device_info *device_info_of(const struct device *device) {
    return &device->info;
}

struct shared *device_shared(struct device *device) {
    return &device->shared;
}

status_t process_grant_device(struct process *to, struct device *device, handle_t *out) {
    return process_share(to, &device->shared, out);
}

struct device *device_find(struct process *process, handle_t handle) {
    return (struct device *)process_shared(process, handle, &kind);
}

status_t process_device_info(struct process *process, handle_t handle, struct device_info *out) {
    const struct device *device = device_find(process, handle);
    if (device == nullptr) {
        return ERR_BAD_HANDLE;
    }
    *out = device->info;
    return OK;
}

/* ---- accesses, one at a time ---- */

/* Two cores may map at once: one of the mappings stays. */
void *device_registers(struct device *device, uint32_t index) {
    const struct device_resource *window = &device->info.resources[index];
    void *known = __atomic_load_n(&device->registers[index], __ATOMIC_ACQUIRE);
    if (known != nullptr || window->kind != DEVICE_WINDOW || window->size > REGISTERS_MAX) {
        return known;
    }
    void *mapped = port_registers_map(window->start, window->size);
    if (mapped != nullptr &&
        !__atomic_compare_exchange_n(&device->registers[index], &known, mapped, false,
                                     __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        port_registers_unmap(mapped, window->size);
        mapped = known;
    }
    return mapped;
}

static status_t access_ports(const struct device_resource *ports, uint32_t offset, unsigned width,
                             bool write, uint32_t *value) {
    uint16_t port = (uint16_t)(ports->start + offset);
    bool done = write ? port_io_write(port, width, *value) : port_io_read(port, width, value);
    return done ? OK : ERR_NOT_SUPPORTED;
}

static status_t access_window(struct device *device, uint32_t index, uint32_t offset,
                              unsigned width, bool write, uint32_t *value) {
    uint8_t *registers = device_registers(device, index);
    if (registers == nullptr) {
        return device->info.resources[index].size > REGISTERS_MAX ? ERR_NOT_SUPPORTED
                                                                  : ERR_NO_MEMORY;
    }
    if (write) {
        port_register_write(registers + offset, width, *value);
    } else {
        *value = port_register_read(registers + offset, width);
    }
    return OK;
}

status_t device_access(struct device *device, uint32_t index, uint32_t offset, uint32_t how,
                       uint32_t *value) {
    unsigned width = how & DEVICE_WIDTH;
    bool write = (how & DEVICE_WRITE) != 0;
    if (index >= device->info.resource_count || (how & ~(DEVICE_WIDTH | DEVICE_WRITE)) != 0 ||
        (width != 8 && width != 16 && width != 32)) {
        return ERR_INVALID;
    }
    const struct device_resource *resource = &device->info.resources[index];
    unsigned bytes = width / 8;
    if (!range_within(offset, bytes, resource->size) || (resource->start + offset) % bytes != 0) {
        return ERR_INVALID;
    }
    switch (resource->kind) {
    case DEVICE_PORTS:
        return access_ports(resource, offset, width, write, value);
    case DEVICE_WINDOW:
        return access_window(device, index, offset, width, write, value);
    default:
        return ERR_INVALID;
    }
}

status_t process_device_port(struct process *process, handle_t handle, uint32_t index,
                             uint32_t offset, uint32_t how, uint32_t *value) {
    struct device *device = device_find(process, handle);
    return device != nullptr ? device_access(device, index, offset, how, value) : ERR_BAD_HANDLE;
}

bool device_silence(struct device *device) {
    const struct device_silence *silence = &device->info.silence;
    uint32_t value = silence->value;
    status_t status = device_access(device, silence->resource, silence->offset,
                                    silence->width | DEVICE_WRITE, &value);
    for (uint32_t i = 0; status == OK && i < SILENCE_LOOKS; i++) {
        status = device_access(device, silence->resource, silence->offset, silence->width, &value);
        if (status == OK && value == silence->value) {
            return true;
        }
    }
    return false;
}

/* ---- parts ---- */

/* A part of a window in whole pages is as good as the window. */
static bool is_mappable(const struct device_resource *whole, const struct device_resource *part) {
    return part->kind == DEVICE_WINDOW && (whole->flags & DEVICE_MAPPABLE) != 0 &&
           part->start % DEVICE_PAGE == 0 && part->size % DEVICE_PAGE == 0;
}

static bool find_whole(const struct device_info *whole, struct device_resource *part) {
    for (uint32_t i = 0; i < whole->resource_count; i++) {
        const struct device_resource *resource = &whole->resources[i];
        if (part->kind == resource->kind && part->size > 0 && part->start >= resource->start &&
            range_within(part->start - resource->start, part->size, resource->size)) {
            part->flags = (part->flags & DEVICE_PIXELS) |
                          (is_mappable(resource, part) ? DEVICE_MAPPABLE : 0u);
            return true;
        }
    }
    return false;
}

/* What silences it is one of its registers, that can be written as device_access() would. */
static bool can_be_silenced(const struct device_info *info) {
    const struct device_silence *silence = &info->silence;
    uint32_t width = silence->width;
    if ((width != 8 && width != 16 && width != 32) || silence->resource >= info->resource_count) {
        return false;
    }
    const struct device_resource *resource = &info->resources[silence->resource];
    return resource->kind == DEVICE_WINDOW && resource->size <= REGISTERS_MAX &&
           range_within(silence->offset, width / 8, resource->size) &&
           (resource->start + silence->offset) % (width / 8) == 0 &&
           (width == 32 || silence->value >> width == 0);
}

static bool is_named(const struct device_info *info) {
    size_t size = 0;
    while (size < sizeof info->kind && info->kind[size] != 0) {
        size++;
    }
    return size < sizeof info->kind;
}

static status_t check_part(const struct device_info *whole, struct device_info *part) {
    if (part->resource_count > DEVICE_RESOURCES || (part->flags & ~DEVICE_DMA) != 0 ||
        !is_named(part)) {
        return ERR_INVALID;
    }
    for (uint32_t i = 0; i < part->resource_count; i++) {
        if (!find_whole(whole, &part->resources[i])) {
            return ERR_DENIED;
        }
    }
    bool wants_memory = (part->flags & DEVICE_DMA) != 0;
    if (wants_memory && (whole->flags & DEVICE_DMA) == 0) {
        return ERR_DENIED;
    }
    return wants_memory && !can_be_silenced(part) ? ERR_INVALID : OK;
}

status_t process_device_derive(struct process *process, handle_t handle,
                               const struct device_info *part, handle_t *out) {
    const struct device *whole = device_find(process, handle);
    if (whole == nullptr) {
        return ERR_BAD_HANDLE;
    }
    struct device_info checked = *part;
    status_t status = check_part(&whole->info, &checked);
    struct device *device;
    status = status == OK ? device_create(&checked, &device) : status;
    if (status == OK) {
        status = process_grant_device(process, device, out);
        device_release(device);
    }
    return status;
}
