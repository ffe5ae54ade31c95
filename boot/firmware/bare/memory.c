/* SPDX-License-Identifier: MIT */
/*
 * Memory by the device tree, or by a Raspberry Pi's firmware. What the loader itself lies in is its
 * own while it runs, and told to be free at the end: what the kernel is entered from lies in memory
 * that was allocated.
 */
#include "bare.h"
#include "pi.h"
#include <base/checked.h>
#include <boot/firmware.h>
#include <boot/landing.h>
#include <boot/pages.h>
#include <boot/tree_disks.h>

extern const uint8_t image_start[], image_end[];

static struct memory_map map;
static bool full;

static void paint(uint64_t start, uint64_t size, enum bootinfo_memory kind) {
    uint64_t end;
    if (!checked_add(start, size, &end) || !memory_paint(&map, start, end, kind)) {
        full = true;
    }
}

static void paint_free(void *data, const struct device_region *region) {
    paint(region->address, region->size, BOOTINFO_FREE);
}

static void paint_used(void *data, const struct device_region *region) {
    paint(region->address, region->size, BOOTINFO_USED);
}

/* The first page has the firmware's spin table; what the graphics core has is memory, too, but not
 * ours. */
static void paint_pi(void) {
    struct device_region memory;
    if (pi_memory(&memory)) {
        paint(0, bare_mmio, BOOTINFO_USED);
        paint(memory.address, memory.size, BOOTINFO_FREE);
        paint(bare_mmio, PAGES_IDENTITY_SIZE / 4 - bare_mmio, BOOTINFO_MMIO);
    }
}

bool bare_memory_start(void) {
    if (bare_mmio != 0) {
        paint_pi();
    } else if (bare_has_tree) {
        device_tree_visit_memory(&bare_tree, paint_free, nullptr);
        device_tree_visit_reserved(&bare_tree, paint_used, nullptr);
    }
    bool any = map.count > 0;
    if (bare_has_tree) {
        paint((uintptr_t)bare_tree.blob, bare_tree.size, BOOTINFO_USED);
    }
    paint((uintptr_t)image_start, (size_t)(image_end - image_start), BOOTINFO_USED);
    paint(0, MEMORY_PAGE, BOOTINFO_USED);
    return any && !full;
}

bool firmware_is_memory(uint64_t address, uint64_t size) {
    for (size_t i = 0; i < map.count; i++) {
        const struct memory_range *range = &map.ranges[i];
        if (range->kind != BOOTINFO_MMIO && range->start < address + size && address < range->end) {
            return address != 0 || bare_mmio != 0; /* page 0 is painted everywhere */
        }
    }
    return false;
}

bool firmware_allocate(uint64_t size, uint64_t *address) {
    return memory_take(&map, size, PAGES_IDENTITY_SIZE, address);
}

/* A full map only means that the pages stay in use. */
void firmware_release(uint64_t address, uint64_t size) {
    (void)!memory_paint(&map, address, address + align_up(size, MEMORY_PAGE), BOOTINFO_FREE);
}

uint64_t firmware_memory_left(void) {
    return memory_free_size(&map);
}

bool firmware_finish(uint64_t pages, struct cores *cores, const struct memory_map **out,
                     struct complaint *complaint) {
    tree_disks_close();
    *out = &map;
    firmware_release((uintptr_t)image_start, (size_t)(image_end - image_start));
    landing_prepare();
    landing_start_cores(pages, cores);
    return true;
}
