/* SPDX-License-Identifier: MIT */
/*
 * Inside of devices: the object, and what a process does with one.
 *
 *   struct process   uses --> struct device_use --> struct device_use ...
 *                                | counts             what it is: pages, a line, DMA memory
 *                                v
 *                             struct device   shared by handles and uses
 *
 * The list of uses is the process's own, as its handle table is. Lines are shared: device_line.c.
 */
#pragma once
#include "core.h"
#include <kernel/device.h>

/* What never changes, but for the kernel's mappings, made when they are first wanted. */
struct device {
    struct shared shared; /* first */
    struct device_info info;
    void *registers[DEVICE_RESOURCES]; /* atomic; windows, as the kernel reaches them */
};
static_assert(offsetof(struct device, shared) == 0);

struct binding {
    struct list_node node; /* of the line */
    struct process *process;
    struct notice notice;
    struct line *line;
    bool owes; /* an acknowledgement */
};

enum use_kind : uint8_t { USE_PAGES, USE_LINE, USE_DMA };

struct device_use {
    struct device_use *next;
    struct device *device; /* counted */
    enum use_kind kind;
    uint32_t index; /* USE_LINE: of the resource */
    void *at;       /* USE_PAGES, USE_DMA: what of the process's memory is replaced */
    size_t size;
    uint64_t physical; /* USE_DMA */
    struct binding binding;
};
constexpr uint32_t DEVICE_USES_MAX = 64; /* of one process */

/* NULL: no such handle, or of something else. */
struct device *device_find(struct process *process, handle_t handle);
/* The kernel's own mapping of a window; NULL: it is no window, too large for that, or there is no
 * memory. */
void *device_registers(struct device *device, uint32_t index);
/* One access; ERR_INVALID: outside of the resource, not aligned, or of no such width. */
status_t device_access(struct device *device, uint32_t index, uint32_t offset, uint32_t how,
                       uint32_t *value);
/* The device leaves memory alone: false, it would not. */
bool device_silence(struct device *device);

/* device_line.c. The notice is set up by the caller. ERR_BUSY, ERR_NOT_SUPPORTED, ERR_FULL. */
status_t line_bind(unsigned number, struct binding *binding);
void line_unbind(struct binding *binding);
void line_acknowledge(struct binding *binding);
