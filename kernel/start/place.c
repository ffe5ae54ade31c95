/* SPDX-License-Identifier: MIT */
/* See place.h. What is told of memory are numbers of a moment, each read by itself. */
#include "place.h"
#include <abi/bootinfo.h>
#include <arch/core.h>
#include <arch/timer.h>
#include <kernel/device.h>
#include <kernel/devices.h>
#include <kernel/display.h>
#include <kernel/machine.h>
#include <kernel/memory.h>
#include <kernel/target.h>
#include <proto/kernel.h>

static struct bytes initrd;

static bool initrd_get(struct bytes *out) {
    *out = initrd;
    return true;
}

static status_t device_find(struct text name, struct shared **out) {
    struct device *device = devices_take(name);
    if (device == nullptr) {
        return ERR_NOT_FOUND;
    }
    *out = device_shared(device);
    shared_acquire(*out);
    return OK;
}

static uint64_t bytes_of(const size_t *frames) {
    return (uint64_t)__atomic_load_n(frames, __ATOMIC_RELAXED) * PAGE_SIZE;
}

static void memory_get(struct kernel_memory *out) {
    const struct frames *frames = &kernel_frames;
    *out = (struct kernel_memory){
        .total = bytes_of(&frames->total),
        .free = bytes_of(&frames->available),
        .promised = bytes_of(&frames->promised),
        .tables = bytes_of(&frames->used[FRAME_OWNER_TABLE]),
        .heap = bytes_of(&frames->used[FRAME_OWNER_HEAP]),
        .code = bytes_of(&frames->used[FRAME_OWNER_CODE]),
        .programs = bytes_of(&frames->used[FRAME_OWNER_PROGRAM]),
        .stacks = bytes_of(&frames->used[FRAME_OWNER_STACK]),
        .devices = bytes_of(&frames->used[FRAME_OWNER_DEVICE]),
    };
}

struct describing {
    format_sink *sink;
    void *context;
};

static void describe_device(void *data, const char *name, const struct device_info *info) {
    const struct describing *to = data;
    format_to(to->sink, to->context, "device: %s\n", name);
}

static void describe(format_sink *sink, void *context) {
    const struct bootinfo *info = (const struct bootinfo *)BOOTINFO_ADDRESS;
    struct describing to = {sink, context};
    format_to(sink, context, "CPU: %s\ncores: %u\n", kernel_target->name, core_count());
    format_to(sink, context, "clock: %s at %llu kHz\n", timer_describe(),
              (unsigned long long)timer_frequency_hz() / 1000);
    if (info->framebuffer_size > 0) {
        format_to(sink, context, "screen: %u x %u pixels\n", info->framebuffer_width,
                  info->framebuffer_height);
    }
    devices_visit(describe_device, &to);
}

static void power(bool reboot) {
    if (reboot) {
        power_reboot();
    }
    power_off();
}

void place_fill(struct bytes archive, struct service_place *out) {
    initrd = archive;
    *out = (struct service_place){.initrd_get = initrd_get,
                                  .device_find = device_find,
                                  .memory_get = memory_get,
                                  .describe = describe,
                                  .show = display_write,
                                  .power = power};
}
