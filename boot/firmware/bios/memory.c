/* SPDX-License-Identifier: MIT */
/*
 * Memory by int 15h, function E820h. What several ranges claim is painted in the order free, ACPI,
 * used: the least usable wins.
 *
 * While the loader runs, all below 1 MiB is its own; only at the end it is told to be free again.
 */
#include "bios.h"
#include <base/checked.h>
#include <boot/firmware.h>
#include <boot/landing.h>
#include <boot/pages.h>

struct range {
    uint64_t start, size;
    uint32_t type, attributes;
};

constexpr uint32_t SIGNATURE = 0x534D4150; /* "SMAP" */
constexpr size_t RANGES_MAX = 128;
constexpr uint64_t LOW_END = 1 << 20;

static struct range ranges[RANGES_MAX];
static size_t range_count;
static struct memory_map map;
static bool ready;

/* Reads the next range; *next is 0 after the last. */
static bool range_read(struct range *out, uint32_t *next) {
    static struct range buffer;
    buffer = (struct range){.attributes = 1};
    struct bios_registers registers = {
        .eax = 0xE820,
        .ebx = *next,
        .ecx = sizeof buffer,
        .edx = SIGNATURE,
        .edi = bios_offset(&buffer),
        .es = bios_segment(&buffer),
    };
    bios_call(0x15, &registers);
    *next = registers.ebx;
    *out = buffer;
    return (registers.flags & BIOS_CARRY) == 0 && registers.eax == SIGNATURE;
}

static void ranges_read(void) {
    uint32_t next = 0;
    do {
        struct range range;
        if (!range_read(&range, &next)) {
            break;
        }
        bool ignored = (range.attributes & 1) == 0;
        if (!ignored && range.size != 0 && range.start + range.size > range.start) {
            ranges[range_count++] = range;
        }
    } while (next != 0 && range_count < RANGES_MAX);
}

static enum bootinfo_memory kind_of(uint32_t type) {
    return type == 1 ? BOOTINFO_FREE : type == 3 || type == 4 ? BOOTINFO_ACPI : BOOTINFO_USED;
}

/* Paints the ranges of one kind within [start, end). There is room: RANGES_MAX is small. */
static void paint(enum bootinfo_memory kind, uint64_t start, uint64_t end) {
    for (size_t i = 0; i < range_count; i++) {
        uint64_t first = ranges[i].start, last = first + ranges[i].size;
        first = first < start ? start : first;
        last = last > end ? end : last;
        if (kind_of(ranges[i].type) == kind && !memory_paint(&map, first, last, kind)) {
            return;
        }
    }
}

static void paint_all(uint64_t start, uint64_t end) {
    paint(BOOTINFO_FREE, start, end);
    paint(BOOTINFO_ACPI, start, end);
    paint(BOOTINFO_USED, start, end);
}

static void get_ready(void) {
    if (!ready) {
        ready = true;
        ranges_read();
        paint_all(LOW_END, UINT64_MAX);
    }
}

bool firmware_allocate(uint64_t size, uint64_t *address) {
    get_ready();
    return memory_take(&map, size, PAGES_IDENTITY_SIZE, address);
}

/* A full map only means that the pages stay in use. */
void firmware_release(uint64_t address, uint64_t size) {
    (void)!memory_paint(&map, address, address + align_up(size, MEMORY_PAGE), BOOTINFO_FREE);
}

uint64_t firmware_memory_left(void) {
    get_ready();
    return memory_free_size(&map);
}

bool firmware_finish(uint64_t pages, struct cores *cores, const struct memory_map **out,
                     struct complaint *complaint) {
    get_ready();
    paint_all(0, LOW_END);
    *out = &map;
    if (!memory_paint(&map, 0, MEMORY_PAGE, BOOTINFO_USED) ||
        !memory_paint(&map, landing_place.address, landing_place.address + landing_place.size,
                      BOOTINFO_USED)) {
        return complain(complaint, "the memory map has more than %zu ranges", MEMORY_RANGES_MAX);
    }
    landing_prepare();
    landing_start_cores(pages, cores);
    return true;
}
