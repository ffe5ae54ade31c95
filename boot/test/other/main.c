/* SPDX-License-Identifier: MIT */
/*
 * Another loader, as the kernel sees it. Our own loader starts this as if it were a kernel; it maps
 * the real one, sys/core of the initrd, rewrites the memory map into one that is hard to believe,
 * and jumps. What it says is free, but is in use: the kernel's own frames, the initrd, the boot
 * information, the environment, the first stack, and all page tables. Then it says so again and
 * again, out of order, with sizes of zero and beyond all memory, in more entries than fit.
 */
#include <abi/bootinfo.h>
#include <base/archive.h>
#include <base/checked.h>
#include <base/format.h>
#include <base/string.h>
#include <boot/kernel.h>
#include <boot/port.h>

uint64_t other_main(void);

constexpr uint64_t PAGE = 4096, LARGE = 1 << 7, PRESENT = 1 << 0, WRITABLE = 1 << 1;
constexpr uint64_t ADDRESS = 0x000F'FFFF'FFFF'F000;
constexpr uint64_t LOW_END = 1 << 20, IDENTITY_END = UINT64_C(4) << 30;

static struct bootinfo *const info = (struct bootinfo *)BOOTINFO_ADDRESS;
static struct bootinfo_map map[BOOTINFO_MAP_MAX];
static size_t count;

static void put(void *context, const char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        while ((port_read_u8(0x3FD) & 0x20) == 0) {
        }
        port_write_u8(0x3F8, (uint8_t)bytes[i]);
    }
}

#define say(...) format_to(put, nullptr, __VA_ARGS__)

[[noreturn]] static void give_up(const char *why) {
    say("other: %s\n", why);
    while (true) {
        __asm__ volatile("cli; hlt");
    }
}

/* ---- the map ---- */

static void add(uint64_t address, uint64_t size, enum bootinfo_memory kind) {
    if (count < BOOTINFO_MAP_MAX) {
        map[count++] = (struct bootinfo_map){address, (size & ~UINT64_C(15)) | kind};
    }
}

static enum bootinfo_memory kind_of(const struct bootinfo_map *entry) {
    return (enum bootinfo_memory)(entry->size_and_type & 15);
}

static uint64_t size_of(const struct bootinfo_map *entry) {
    return entry->size_and_type & ~UINT64_C(15);
}

/* All that is true of it but what is in use, the last first. */
static void add_truth(void) {
    size_t entries = (info->size - sizeof *info) / sizeof info->map[0];
    for (size_t i = entries; i > 0; i--) {
        const struct bootinfo_map *entry = &info->map[i - 1];
        if (kind_of(entry) != BOOTINFO_USED) {
            add(entry->address, size_of(entry), kind_of(entry));
        }
    }
}

static uint64_t *table_at(uint64_t entry) {
    return (uint64_t *)(uintptr_t)(entry & ADDRESS);
}

static uint64_t root(void) {
    uint64_t value;
    __asm__ volatile("movq %%cr3, %0" : "=r"(value));
    return value;
}

static void add_tables(uint64_t table, unsigned level) {
    add(table & ADDRESS, PAGE, BOOTINFO_FREE);
    for (unsigned i = 0; level > 0 && i < 512; i++) {
        uint64_t entry = table_at(table)[i];
        if ((entry & PRESENT) != 0 && (entry & LARGE) == 0) {
            add_tables(entry, level - 1);
        }
    }
}

/* The lowest table's entry for an address in the last 2 MiB, where one is. */
static uint64_t *entry_at(uint64_t address) {
    uint64_t table = root();
    for (unsigned shift = 39; shift > 12; shift -= 9) {
        table = table_at(table)[address >> shift & 511];
        if ((table & PRESENT) == 0) {
            give_up("the last 2 MiB have no page table");
        }
    }
    return &table_at(table)[address >> 12 & 511];
}

static void add_page(uint64_t address) {
    add(*entry_at(address) & ADDRESS, PAGE, BOOTINFO_FREE);
}

static void add_lies(void) {
    add(info->initrd_address, info->initrd_size, BOOTINFO_FREE);
    add(info->initrd_address + PAGE, info->initrd_size - PAGE, BOOTINFO_FREE);
    add_page(BOOTINFO_ADDRESS);
    add_page(BOOTINFO_ENVIRONMENT_ADDRESS);
    add_page(-PAGE); /* the first core's stack */
    add_tables(root(), 3);
    add(UINT64_MAX - PAGE + 1, UINT64_MAX, BOOTINFO_FREE);
    add(3 * LOW_END + 1, 14, BOOTINFO_FREE);
    add_truth();
    while (count < BOOTINFO_MAP_MAX) {
        add(count * PAGE, 0, count % 2 == 0 ? BOOTINFO_FREE : BOOTINFO_MMIO);
    }
}

/* ---- the kernel ---- */

static struct bytes kernel_file(void) {
    static struct archive archive;
    struct archive_entry file;
    archive_init(&archive, (const void *)(uintptr_t)info->initrd_address, info->initrd_size);
    if (archive_find(&archive, text_of("sys/core"), &file) != ARCHIVE_ENTRY) {
        give_up("no sys/core in the initrd");
    }
    return bytes_init(file.data, (size_t)file.size);
}

/* Frames from the middle of the largest free range, which the map goes on to call free. */
static uint64_t frames_find(uint64_t size) {
    const struct bootinfo_map *best = nullptr;
    size_t entries = (info->size - sizeof *info) / sizeof info->map[0];
    for (size_t i = 0; i < entries; i++) {
        const struct bootinfo_map *entry = &info->map[i];
        if (kind_of(entry) == BOOTINFO_FREE && entry->address + size_of(entry) <= IDENTITY_END &&
            (best == nullptr || size_of(entry) > size_of(best))) {
            best = entry;
        }
    }
    if (best == nullptr || size_of(best) < 4 * size) {
        give_up("too little memory");
    }
    return align_down(best->address + size_of(best) / 2, PAGE);
}

static void kernel_place(const struct kernel *kernel) {
    uint64_t size = align_up(kernel->size, PAGE), frames = frames_find(size);
    memset((void *)(uintptr_t)frames, 0, size);
    for (size_t i = 0; i < kernel->part_count; i++) {
        const struct kernel_part *part = &kernel->parts[i];
        memcpy((uint8_t *)(uintptr_t)frames + part->offset, part->contents.at,
               bytes_left(&part->contents));
    }
    for (uint64_t at = 0; at < size; at += PAGE) {
        uint64_t *entry = entry_at(kernel->address + at);
        if (*entry != 0) {
            give_up("the kernel's place is taken");
        }
        *entry = (frames + at) | PRESENT | WRITABLE;
    }
}

uint64_t other_main(void) {
    static struct kernel kernel;
    static struct complaint complaint;
    if (!kernel_parse(kernel_file(), KERNEL_X86_64, &kernel, &complaint)) {
        give_up(complaint.text);
    }
    kernel_place(&kernel);
    add_lies();
    memcpy(info->map, map, sizeof map);
    info->size = UINT32_MAX;
    say("other: %zu entries, caches off\n", count);
    return kernel.entry;
}
