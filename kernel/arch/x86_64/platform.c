/* SPDX-License-Identifier: MIT */
/* The tables of this machine, and what the loader's memory map says of the first megabyte. */
#include "platform.h"
#include <abi/bootinfo.h>
#include <kernel/memory.h>

constexpr physical_t LOW_START = 0x1000, LOW_END = 0xA'0000;

static const struct bootinfo *bootinfo(void) {
    return (const struct bootinfo *)BOOTINFO_ADDRESS;
}

static const void *map(uint64_t physical, size_t size) {
    return physical < memory_layout()->direct_size ? memory_map_physical(physical, size, MMU_READ)
                                                   : nullptr;
}

static void platform_read(struct platform *out) {
    const struct acpi_memory memory = {map, memory_unmap_physical};
    uint64_t root = bootinfo()->arch.x86_64.acpi;
    struct acpi_table table;
    out->known = acpi_table_find(&memory, root, "APIC", &table);
    if (out->known) {
        madt_read(&table, &out->madt);
        acpi_table_close(&memory, &table);
    }
    acpi_find_clocks(&memory, root, &out->clocks);
}

const struct platform *platform_get(void) {
    static struct platform platform;
    static bool done;
    if (!done) {
        done = true;
        platform_read(&platform);
    }
    return &platform;
}

static bool overlaps(physical_t page, uint64_t address, uint64_t size) {
    return page < address ? address - page < PAGE_SIZE : page - address < size;
}

/* Free by the map, in one entry, and used by no other. */
static bool is_free(physical_t page) {
    size_t count = (bootinfo()->size - sizeof(struct bootinfo)) / sizeof(struct bootinfo_map);
    bool free = false;
    for (size_t i = 0; i < count && i < BOOTINFO_MAP_MAX; i++) {
        const struct bootinfo_map *entry = &bootinfo()->map[i];
        uint64_t size = entry->size_and_type & ~UINT64_C(15);
        if ((entry->size_and_type & 15) != BOOTINFO_FREE) {
            if (overlaps(page, entry->address, size)) {
                return false;
            }
        } else if (page >= entry->address && page - entry->address < size &&
                   size - (page - entry->address) >= PAGE_SIZE) {
            free = true;
        }
    }
    return free;
}

/* A loader may have put what is mapped at the top of addresses into memory that it calls free. */
static bool is_mapped_high(physical_t page) {
    for (uintptr_t at = BOOTINFO_ADDRESS; at != 0; at += PAGE_SIZE) {
        physical_t physical;
        uint32_t rights;
        if (space_find(&kernel_space, at, &physical, &rights) && physical == page) {
            return true;
        }
    }
    return false;
}

physical_t platform_low_page(void) {
    for (physical_t page = LOW_END - PAGE_SIZE; page >= LOW_START; page -= PAGE_SIZE) {
        if (is_free(page) && !is_mapped_high(page) &&
            !overlaps(page, bootinfo()->initrd_address, bootinfo()->initrd_size)) {
            return page;
        }
    }
    return 0;
}
