/* SPDX-License-Identifier: MIT */
/*
 * <boot/firmware.h> by a running kernel. Memory for the next system comes from what is free here,
 * so that nothing of this system is touched; the next memory map is the one that we were given,
 * with what the next system needs told as used, and what only we needed as free. Of what is given
 * to us only pages below 4 GiB are of use: the protocol maps no others.
 *
 *   handed to us      free, unless kept    loader's tables, our kernel, stacks, an initrd of old
 *   ours              free already         whatever we allocated; the old map says so
 *   the next one's    used                 blocks[], what is kept, the landing
 */
#include "firmware.h"
#include "reload.h"
#include <abi/bootinfo.h>
#include <arch/cpu.h>
#include <arch/leave.h>
#include <arch/machine.h>
#include <base/checked.h>
#include <base/ensure.h>
#include <base/string.h>
#include <boot/landing.h>
#include <boot/tables.h>
#include <chip/date.h>
#include <kernel/memory.h>

constexpr size_t BLOCKS_MAX = 128;
constexpr size_t HELD_MAX = 64;

static struct {
    uint64_t address, size;
    bool scratch;
} blocks[BLOCKS_MAX];
static size_t block_count;
static uint64_t kept_address, kept_size;
static void (*leaving)(void);
static physical_t identity[LEAVE_TABLES]; /* made once */

static const struct bootinfo *bootinfo(void) {
    return (const struct bootinfo *)BOOTINFO_ADDRESS;
}

/* ---- memory ---- */

static unsigned order_of(uint64_t size) {
    unsigned order = 0;
    while (order < FRAME_ORDER_MAX && (uint64_t)PAGE_SIZE << order < size) {
        order++;
    }
    return order;
}

/* A block below 4 GiB: those that are not are held until one is, or enough have been tried. */
static bool block_take(uint64_t size, physical_t *out) {
    physical_t held[HELD_MAX];
    size_t count = 0;
    bool found = false;
    unsigned order = order_of(size);
    while (size <= (uint64_t)PAGE_SIZE << order && !found && count < HELD_MAX &&
           frames_allocate(&kernel_frames, order, FRAME_OWNER_HEAP, &held[count]) == OK) {
        found = range_within(held[count], size, LEAVE_IDENTITY_SIZE);
        *out = held[count];
        count += !found;
    }
    while (count > 0) {
        frames_release(&kernel_frames, held[--count], order);
    }
    return found;
}

void *reload_allocate(size_t size) {
    physical_t block;
    return block_take(size, &block) ? memory_at(block) : nullptr;
}

void reload_release(void *bytes, size_t size) {
    frames_release(&kernel_frames, (uintptr_t)bytes - memory_direct, order_of(size));
}

bool firmware_allocate(uint64_t size, uint64_t *address) {
    if (block_count == BLOCKS_MAX || size == 0 || !block_take(size, address)) {
        return false;
    }
    blocks[block_count].address = *address;
    blocks[block_count].scratch = false;
    blocks[block_count++].size = size;
    return true;
}

bool firmware_scratch(uint64_t size, uint64_t *address) {
    if (!firmware_allocate(size, address)) {
        return false;
    }
    blocks[block_count - 1].scratch = true;
    return true;
}

void firmware_release(uint64_t address, uint64_t size) {
    for (size_t i = 0; i < block_count; i++) {
        if (blocks[i].address == address) {
            frames_release(&kernel_frames, address, order_of(blocks[i].size));
            blocks[i] = blocks[--block_count];
            return;
        }
    }
}

/* By the map that we were given. */
bool firmware_is_memory(uint64_t address, uint64_t size) {
    size_t count = bootinfo()->size > sizeof(struct bootinfo)
                       ? (bootinfo()->size - sizeof(struct bootinfo)) / sizeof(struct bootinfo_map)
                       : 0;
    for (size_t i = 0; i < count && i < BOOTINFO_MAP_MAX; i++) {
        const struct bootinfo_map *entry = &bootinfo()->map[i];
        uint64_t end;
        if ((entry->size_and_type & 15) != BOOTINFO_MMIO && entry->address < address + size &&
            checked_add(entry->address, entry->size_and_type & ~(uint64_t)15, &end) &&
            address < end) {
            return true;
        }
    }
    return false;
}

uint64_t firmware_memory_left(void) {
    return (uint64_t)(kernel_frames.available - kernel_frames.promised) * PAGE_SIZE;
}

static bool identity_make(void) {
    for (unsigned i = 0; i < LEAVE_TABLES; i++) {
        if (identity[i] == 0 &&
            frames_allocate(&kernel_frames, 0, FRAME_OWNER_TABLE, &identity[i]) != OK) {
            return false;
        }
    }
    leave_identity_map(identity);
    return true;
}

bool firmware_begin(struct complaint *complaint) {
    block_count = 0;
    kept_size = 0;
    if (!leave_possible()) {
        return complain(complaint, "only the core that booted can switch, and this is another");
    }
    return identity_make() || complain(complaint, "too little memory for page tables");
}

void firmware_fail(void) {
    while (block_count > 0) {
        firmware_release(blocks[0].address, blocks[0].size);
    }
    leave_identity_unmap();
}

void firmware_keep(uint64_t address, uint64_t size) {
    kept_address = address;
    kept_size = size;
}

/* ---- the machine ---- */

/* The screen stays as it is. */
void firmware_screen(uint32_t width, uint32_t height, struct framebuffer *out) {
    *out = (struct framebuffer){
        .address = bootinfo()->framebuffer_address,
        .size = bootinfo()->framebuffer_size,
        .width = bootinfo()->framebuffer_width,
        .height = bootinfo()->framebuffer_height,
        .scanline = bootinfo()->framebuffer_scanline,
        .type = (enum bootinfo_framebuffer)bootinfo()->framebuffer_type,
    };
}

void firmware_date(uint8_t date[8], int16_t *timezone_minutes) {
    struct date now;
    int64_t seconds;
    memset(date, 0, 8);
    *timezone_minutes = 0;
    if (machine_clock_read(&seconds) && date_from_seconds(seconds, &now)) {
        date_to_bcd(&now, date);
    }
}

void firmware_tables(uint64_t words[8]) {
    memcpy(words, bootinfo()->arch.words, sizeof(bootinfo()->arch.words));
}

void firmware_cores(bool single, struct cores *out) {
    landing_count_cores(bootinfo()->arch.words, single, out);
}

/* ---- the next memory map ---- */

struct painting {
    struct memory_map map;
    bool good;
};

static void paint(struct painting *painting, uint64_t start, uint64_t end,
                  enum bootinfo_memory kind) {
    painting->good = painting->good && memory_paint(&painting->map, start, end, kind);
}

static void paint_free_frame(void *painting, physical_t frame) {
    paint(painting, frame, frame + PAGE_SIZE, BOOTINFO_FREE);
}

/* The map that we were given. Where its entries overlap, what is not free wins. */
static void paint_given(struct painting *painting, bool free) {
    size_t size = bootinfo()->size;
    size_t count = size > sizeof(struct bootinfo)
                       ? (size - sizeof(struct bootinfo)) / sizeof(struct bootinfo_map)
                       : 0;
    for (size_t i = 0; i < count && i < BOOTINFO_MAP_MAX; i++) {
        const struct bootinfo_map *entry = &bootinfo()->map[i];
        uint64_t end;
        enum bootinfo_memory kind = (enum bootinfo_memory)(entry->size_and_type & 15);
        if (kind <= BOOTINFO_MMIO && (kind == BOOTINFO_FREE) == free &&
            checked_add(entry->address, entry->size_and_type & ~(uint64_t)15, &end)) {
            paint(painting, entry->address, end, kind);
        }
    }
}

static void paint_old(struct painting *painting) {
    uint64_t start = align_up(bootinfo()->initrd_address, PAGE_SIZE);
    uint64_t end = bootinfo()->initrd_address + align_up(bootinfo()->initrd_size, PAGE_SIZE);
    leave_visit_loader(memory_loader_root, paint_free_frame, painting);
    paint(painting, start, align_down(end, PAGE_SIZE), BOOTINFO_FREE);
}

static void paint_next(struct painting *painting) {
    paint(painting, 0, PAGE_SIZE, BOOTINFO_USED);
    paint(painting, landing_place.address, landing_place.address + landing_place.size,
          BOOTINFO_USED);
    paint(painting, kept_address, kept_address + align_up(kept_size, PAGE_SIZE), BOOTINFO_USED);
    for (size_t i = 0; i < block_count; i++) {
        paint(painting, blocks[i].address, blocks[i].address + align_up(blocks[i].size, PAGE_SIZE),
              blocks[i].scratch ? BOOTINFO_FREE : BOOTINFO_USED);
    }
}

/* ---- leaving ---- */

void firmware_on_leaving(void (*function)(void)) {
    leaving = function;
}

/* Cores are stopped wherever they are: from here on nobody else runs. */
bool firmware_finish(uint64_t pages, struct cores *cores, const struct memory_map **out,
                     struct complaint *complaint) {
    static struct painting painting;
    painting = (struct painting){.good = true};
    paint_given(&painting, true);
    paint_given(&painting, false);
    paint_old(&painting);
    paint_next(&painting);
    if (!painting.good) {
        return complain(complaint, "the memory map has too many parts");
    }
    *out = &painting.map;
    leaving();
    cpu_interrupts_disable();
    leave_quiet();
    landing_prepare();
    landing_start_cores(pages, cores);
    return true;
}

void firmware_enter(const struct entry *entry) {
    landing_enter(entry);
}
