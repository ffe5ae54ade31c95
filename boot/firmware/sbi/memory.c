/* SPDX-License-Identifier: MIT */
/*
 * Memory by the device tree. What the loader itself lies in is its own while it runs, and told to
 * be free at the end: what the kernel is entered from lies in memory that was allocated.
 */
#include "sbi_loader.h"
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

/* Address 0 is nobody's: a null pointer leads there. */
bool sbi_memory_start(void) {
    device_tree_visit_memory(&sbi_tree, paint_free, nullptr);
    device_tree_visit_reserved(&sbi_tree, paint_used, nullptr);
    paint((uintptr_t)sbi_tree.blob, sbi_tree.size, BOOTINFO_USED);
    paint((uintptr_t)image_start, (size_t)(image_end - image_start), BOOTINFO_USED);
    paint(0, MEMORY_PAGE, BOOTINFO_USED);
    return !full;
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
