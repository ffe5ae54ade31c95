/* SPDX-License-Identifier: MIT */
/*
 * What a process does with devices: pages of its memory that show registers, lines that it is told
 * of, DMA memory. All of it is taken back when the process ends, in this order:
 *
 *   lines unbound -> pages put back, zero -> devices with DMA memory silenced -> that memory freed
 *
 * So nothing of the process's memory is used again while a device's registers can be reached there,
 * and no frame while a device may still write to it. Of a device that will not be silent the frames
 * are given up for good.
 */
#include "device.h"
#include <base/checked.h>
#include <base/ensure.h>
#include <kernel/log.h>
#include <kernel/port.h>

/* ---- the list ---- */

static struct device_use *use_find(const struct process *process, const struct device *device,
                                   enum use_kind kind, uint32_t index) {
    struct device_use *use = process->uses;
    while (use != nullptr && (use->device != device || use->kind != kind || use->index != index)) {
        use = use->next;
    }
    return use;
}

/* Of DMA memory, in bytes; and how many uses there are. */
static size_t uses_count(const struct process *process, uint32_t *count) {
    size_t size = 0;
    *count = 0;
    for (const struct device_use *use = process->uses; use != nullptr; use = use->next) {
        size += use->kind == USE_DMA ? use->size : 0;
        ++*count;
    }
    return size;
}

static bool is_replaced(const struct process *process, const void *at, size_t size) {
    uintptr_t start = (uintptr_t)at;
    for (const struct device_use *use = process->uses; use != nullptr; use = use->next) {
        uintptr_t used = (uintptr_t)use->at;
        if (use->kind != USE_LINE && start < used + use->size && used < start + size) {
            return true;
        }
    }
    return false;
}

/* Not in the list yet. */
static status_t use_create(const struct process *process, struct device *device, enum use_kind kind,
                           struct device_use **out) {
    uint32_t count;
    (void)uses_count(process, &count);
    if (count >= DEVICE_USES_MAX) {
        return ERR_FULL;
    }
    struct device_use *use = port_allocate(sizeof *use);
    if (use == nullptr) {
        return ERR_NO_MEMORY;
    }
    *use = (struct device_use){.device = device, .kind = kind};
    shared_acquire(&device->shared);
    *out = use;
    return OK;
}

static void use_destroy(struct device_use *use) {
    device_release(use->device);
    port_release(use, sizeof *use);
}

/* Keeps it, or not. */
static status_t use_end(struct process *process, struct device_use *use, status_t status) {
    if (status == OK) {
        use->next = process->uses;
        process->uses = use;
    } else {
        use_destroy(use);
    }
    return status;
}

/* ---- pages ---- */

static status_t check_window(const struct device *device, uint32_t index, size_t room,
                             size_t *size) {
    if (index >= device->info.resource_count ||
        device->info.resources[index].kind != DEVICE_WINDOW) {
        return ERR_INVALID;
    }
    const struct device_resource *window = &device->info.resources[index];
    if ((window->flags & DEVICE_MAPPABLE) == 0) {
        return ERR_DENIED;
    }
    *size = align_up(window->size, DEVICE_PAGE);
    return *size <= room ? OK : ERR_TOO_BIG;
}

status_t process_device_map(struct process *process, handle_t handle, uint32_t index, void *at,
                            size_t room, size_t *size) {
    struct device *device = device_find(process, handle);
    if (device == nullptr) {
        return ERR_BAD_HANDLE;
    }
    status_t status = check_window(device, index, room, size);
    if (status == OK && is_replaced(process, at, *size)) {
        status = ERR_EXISTS;
    }
    struct device_use *use;
    status = status == OK ? use_create(process, device, USE_PAGES, &use) : status;
    if (status != OK) {
        return status;
    }
    const struct device_resource *window = &device->info.resources[index];
    use->at = at;
    use->size = *size;
    enum port_pages pages =
        (window->flags & DEVICE_PIXELS) != 0 ? PORT_PAGES_PIXELS : PORT_PAGES_REGISTERS;
    return use_end(process, use, port_pages_replace(at, *size, window->start, pages));
}

/* ---- lines ---- */

static const struct device_resource *line_of(const struct device *device, uint32_t index) {
    if (index >= device->info.resource_count) {
        return nullptr;
    }
    const struct device_resource *resource = &device->info.resources[index];
    return resource->kind == DEVICE_LINE && resource->size == 1 ? resource : nullptr;
}

status_t process_device_interrupt(struct process *process, handle_t handle, uint32_t index,
                                  uint64_t key) {
    struct device *device = device_find(process, handle);
    if (device == nullptr) {
        return ERR_BAD_HANDLE;
    }
    const struct device_resource *line = line_of(device, index);
    if (line == nullptr) {
        return ERR_INVALID;
    }
    if (use_find(process, device, USE_LINE, index) != nullptr) {
        return ERR_EXISTS;
    }
    struct device_use *use;
    status_t status = use_create(process, device, USE_LINE, &use);
    if (status != OK) {
        return status;
    }
    use->index = index;
    use->binding.process = process;
    use->binding.notice.envelope.message =
        (struct message){.operation = MESSAGE_INTERRUPT, .badge = key};
    return use_end(process, use, line_bind((unsigned)line->start, &use->binding));
}

status_t process_device_acknowledge(struct process *process, handle_t handle, uint32_t index) {
    const struct device *device = device_find(process, handle);
    if (device == nullptr) {
        return ERR_BAD_HANDLE;
    }
    struct device_use *use = use_find(process, device, USE_LINE, index);
    if (use == nullptr) {
        return ERR_NOT_FOUND;
    }
    line_acknowledge(&use->binding);
    return OK;
}

/* ---- DMA memory ---- */

static status_t check_dma(struct process *process, struct device *device, const void *at,
                          size_t size) {
    uint32_t count;
    if ((device->info.flags & DEVICE_DMA) == 0) {
        return ERR_DENIED;
    }
    if (size == 0 || size % DEVICE_PAGE != 0) {
        return ERR_INVALID;
    }
    if (size > DEVICE_DMA_MAX || uses_count(process, &count) > DEVICE_DMA_MAX - size) {
        return ERR_TOO_BIG;
    }
    if (is_replaced(process, at, size)) {
        return ERR_EXISTS;
    }
    /* what silences it is mapped now: later there may be no memory for it */
    return device_registers(device, device->info.silence.resource) != nullptr ? OK : ERR_NO_MEMORY;
}

static status_t dma_attach(struct device_use *use) {
    status_t status = port_dma_allocate(use->size, &use->physical);
    if (status != OK) {
        return status;
    }
    status = port_pages_replace(use->at, use->size, use->physical, PORT_PAGES_DMA);
    if (status != OK) {
        port_dma_release(use->physical, use->size);
    }
    return status;
}

status_t process_device_dma(struct process *process, handle_t handle, size_t size, void *at,
                            uint64_t *physical) {
    struct device *device = device_find(process, handle);
    if (device == nullptr) {
        return ERR_BAD_HANDLE;
    }
    status_t status = check_dma(process, device, at, size);
    struct device_use *use;
    status = status == OK ? use_create(process, device, USE_DMA, &use) : status;
    if (status != OK) {
        return status;
    }
    use->at = at;
    use->size = size;
    status = dma_attach(use);
    *physical = use->physical;
    return use_end(process, use, status);
}

/* ---- the end ---- */

static void unbind_all(const struct process *process) {
    for (struct device_use *use = process->uses; use != nullptr; use = use->next) {
        if (use->kind == USE_LINE) {
            line_unbind(&use->binding);
        }
    }
}

static void restore_all(const struct process *process) {
    for (struct device_use *use = process->uses; use != nullptr; use = use->next) {
        if (use->kind != USE_LINE) {
            port_pages_restore(use->at, use->size);
        }
    }
}

/* Each device is asked once, and its other memory goes along. */
static void release_dma(struct process *process, const struct device_use *first) {
    bool silent = device_silence(first->device);
    if (!silent) {
        log_write(LOG_ERROR, "core", "%s: its device does not fall silent; its memory is lost",
                  process_name(process));
    }
    for (struct device_use *use = process->uses; use != nullptr; use = use->next) {
        if (use->kind == USE_DMA && use->device == first->device) {
            if (silent) {
                port_dma_release(use->physical, use->size);
            }
            use->kind = USE_PAGES; /* done with */
        }
    }
}

void process_devices_close(struct process *process) {
    unbind_all(process);
    restore_all(process);
    for (struct device_use *use = process->uses; use != nullptr; use = use->next) {
        if (use->kind == USE_DMA) {
            release_dma(process, use);
        }
    }
    while (process->uses != nullptr) {
        struct device_use *use = process->uses;
        process->uses = use->next;
        use_destroy(use);
    }
}
