/* SPDX-License-Identifier: MIT */
/* See platform.h. Before memory_start() all is reached where it is: loaders map it so. */
#include "platform.h"
#include "early.h"
#include <abi/bootinfo.h>
#include <base/ensure.h>
#include <kernel/log.h>
#include <kernel/memory.h>

constexpr size_t REGIONS_MAX = 32;
constexpr uint64_t LOADER_END = UINT64_C(4) << 30; /* what a loader maps */

static struct platform platform;
static bool known, moved;

static struct {
    uint64_t physical;
    uintptr_t mapped;
} regions[REGIONS_MAX];
static size_t region_count;

static const struct bootinfo *bootinfo(void) {
    return (const struct bootinfo *)BOOTINFO_ADDRESS;
}

static void tree_open(const void *blob) {
    uint32_t size = device_tree_measure(blob);
    platform.has_tree = size > 0 && device_tree_init(&platform.tree, blob, size);
}

/* Where loaders map memory, and later by us. */
static const void *table_map(uint64_t physical, size_t size) {
    if (memory_direct == 0) {
        return physical < LOADER_END ? (const void *)physical : nullptr;
    }
    return physical < memory_layout()->direct_size ? memory_map_physical(physical, size, MMU_READ)
                                                   : nullptr;
}

static void table_unmap(const void *mapped, size_t size) {
    if (memory_direct != 0) {
        memory_unmap_physical(mapped, size);
    }
}

static void acpi_open(uint64_t root) {
    const struct acpi_memory memory = {table_map, table_unmap};
    acpi_arm_read(&memory, root, &platform.acpi);
    platform.has_acpi = platform.acpi.distributor != 0;
}

const struct platform *platform_get(void) {
    if (!known) {
        known = true;
        platform.mmio = bootinfo()->arch.aarch64.mmio;
        uint64_t tree = bootinfo()->arch.aarch64.tree;
        if (tree != 0 && tree % 8 == 0) {
            tree_open((const void *)tree);
        }
        uint64_t acpi = bootinfo()->arch.aarch64.acpi;
        if (!platform.has_tree && platform.mmio == 0 && acpi != 0) {
            acpi_open(acpi);
        }
    }
    return &platform;
}

void platform_move(void) {
    moved = true;
    if (platform_get()->has_tree) {
        uint32_t size = platform.tree.size;
        const void *blob = memory_map_physical(bootinfo()->arch.aarch64.tree, size, MMU_READ);
        ensure(blob != nullptr);
        tree_open(blob);
    }
}

uintptr_t platform_map(uint64_t physical, uint64_t size) {
    if (!moved) {
        return physical;
    }
    for (size_t i = 0; i < region_count; i++) {
        if (regions[i].physical == physical) {
            return regions[i].mapped;
        }
    }
    void *mapped = memory_map_physical(physical, size, MMU_WRITE | MMU_DEVICE);
    ensure(mapped != nullptr && region_count < REGIONS_MAX);
    regions[region_count].physical = physical;
    regions[region_count++].mapped = (uintptr_t)mapped;
    return (uintptr_t)mapped;
}

bool platform_line(const struct device_interrupt *interrupt, unsigned *line) {
    constexpr uint32_t SHARED = 0, PRIVATE = 1;
    uint32_t number = interrupt->cells[1];
    if (interrupt->cell_count < 3 || interrupt->cells[0] > PRIVATE || number >= 988) {
        return false;
    }
    *line = number + (interrupt->cells[0] == SHARED ? 32 : 16);
    return true;
}
