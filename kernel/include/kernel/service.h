/* SPDX-License-Identifier: MIT */
/*
 * The kernel as a server: <proto/kernel.h>. A native handler, whose badge is a set of rights; its
 * turns are bounded. What only the place knows in which the kernel runs is asked of it.
 */
#pragma once
#include <base/bytes.h>
#include <base/format.h>
#include <base/string.h>
#include <kernel/process.h>

struct engine;
struct kernel_memory;

/* Each may be NULL: then what needs it is answered with ERR_NOT_SUPPORTED. */
struct service_place {
    struct engine *engine; /* that modules are made in */
    /* The initrd, an archive (base/archive.h), which stays; false: there is none. */
    bool (*initrd_get)(struct bytes *out);
    /* A device, with a reference for the caller. ERR_NOT_FOUND, and what else goes wrong. */
    status_t (*device_find)(struct text name, struct shared **out);
    void (*memory_get)(struct kernel_memory *out);
    void (*describe)(format_sink *sink, void *context);
    /* Bytes for the screen; false: there is none. */
    bool (*show)(const uint8_t *bytes, size_t size);
    void (*power)(bool reboot); /* does not return, or cannot */
};

/* There is one. To be granted with a badge of KERNEL_MAY_. `place` stays. */
status_t service_start(const struct service_place *place, struct process **out);
