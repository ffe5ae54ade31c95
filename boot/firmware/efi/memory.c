/* SPDX-License-Identifier: MIT */
/*
 * Memory by UEFI's boot services, and the way out of them. What we allocate is told to be used by
 * the firmware's own map; what boot services used is free once they are left.
 */
#include "efi.h"
#include <base/checked.h>
#include <boot/landing.h>
#include <boot/pages.h>

constexpr size_t BUFFER_SIZE = 48 * 1024;
constexpr int TRIES = 4; /* leaving may change the map, then it must be read again */

static struct memory_map map;
static uint8_t buffer[BUFFER_SIZE];
static size_t used, entry_size, key;

bool firmware_allocate(uint64_t size, uint64_t *address) {
    *address = PAGES_IDENTITY_SIZE - 1;
    return size <= PAGES_IDENTITY_SIZE &&
           efi_system->boot->allocate_pages(EFI_ALLOCATE_BELOW, EFI_LOADER_DATA,
                                            align_up(size, MEMORY_PAGE) / MEMORY_PAGE,
                                            address) == 0;
}

void firmware_release(uint64_t address, uint64_t size) {
    efi_system->boot->free_pages(address, align_up(size, MEMORY_PAGE) / MEMORY_PAGE);
}

static bool map_read(void) {
    uint32_t version;
    used = sizeof buffer;
    return efi_system->boot->get_memory_map(&used, buffer, &key, &entry_size, &version) == 0;
}

static enum bootinfo_memory kind_of(uint32_t type) {
    switch (type) {
    case EFI_BOOT_CODE:
    case EFI_BOOT_DATA:
    case EFI_CONVENTIONAL:
        return BOOTINFO_FREE;
    case EFI_ACPI_RECLAIM:
    case EFI_ACPI_NVS:
        return BOOTINFO_ACPI;
    case EFI_MMIO:
    case EFI_MMIO_PORTS:
        return BOOTINFO_MMIO;
    default:
        return BOOTINFO_USED;
    }
}

/* Paints the map that was read last; UEFI's ranges do not overlap. */
static bool map_paint(void) {
    map.count = 0;
    for (size_t at = 0; range_within(at, sizeof(struct efi_memory), used); at += entry_size) {
        struct efi_memory entry;
        memcpy(&entry, buffer + at, sizeof entry);
        uint64_t end = entry.physical + entry.pages * MEMORY_PAGE;
        if (!memory_paint(&map, entry.physical, end, kind_of(entry.type))) {
            return false;
        }
    }
    return true;
}

/* By the firmware's map as it was when this was asked first: allocating changes no kind of memory.
 */
bool firmware_is_memory(uint64_t address, uint64_t size) {
    static bool known;
    known = known || (map_read() && map_paint());
    for (size_t i = 0; known && i < map.count; i++) {
        const struct memory_range *range = &map.ranges[i];
        if (range->kind != BOOTINFO_MMIO && range->start < address + size && address < range->end) {
            return true;
        }
    }
    return !known;
}

uint64_t firmware_memory_left(void) {
    uint64_t size = 0;
    struct efi_memory entry;
    bool known = map_read();
    for (size_t at = 0; known && range_within(at, sizeof entry, used); at += entry_size) {
        memcpy(&entry, buffer + at, sizeof entry);
        size += entry.type == EFI_CONVENTIONAL ? entry.pages * MEMORY_PAGE : 0;
    }
    return size;
}

/* Is the landing's page free once boot services are gone? */
static bool landing_free(void) {
    if (landing_place.size == 0) {
        return true;
    }
    for (size_t i = 0; i < map.count; i++) {
        const struct memory_range *range = &map.ranges[i];
        if (range->start <= landing_place.address &&
            range->end - landing_place.size >= landing_place.address) {
            return range->kind == BOOTINFO_FREE;
        }
    }
    return false;
}

static bool leave(struct complaint *complaint) {
    for (int i = 0; i < TRIES; i++) {
        if (!map_read() || !map_paint()) {
            return complain(complaint, "the memory map has more than %zu ranges",
                            MEMORY_RANGES_MAX);
        }
        if (!landing_free()) {
            return complain(complaint, "the firmware keeps the page at 0x%llx",
                            (unsigned long long)landing_place.address);
        }
        if (efi_system->boot->exit_boot_services(efi_image, key) == 0) {
            return true;
        }
    }
    return complain(complaint, "the firmware does not let go");
}

bool firmware_finish(uint64_t pages, struct cores *cores, const struct memory_map **out,
                     struct complaint *complaint) {
    if (!leave(complaint)) {
        return false;
    }
    *out = &map;
    (void)!memory_paint(&map, 0, MEMORY_PAGE, BOOTINFO_USED);
    (void)!memory_paint(&map, landing_place.address, landing_place.address + landing_place.size,
                        BOOTINFO_USED);
    landing_prepare();
    landing_start_cores(pages, cores);
    return true;
}
