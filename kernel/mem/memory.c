/* SPDX-License-Identifier: MIT */
/*
 * Taking memory over from the loader. Until the switch of page tables RAM is reached through the
 * loader's identity map (memory_direct is 0), afterwards through our direct map. The loader's own
 * page tables stay reserved: other cores sleep on them.
 */
#include "map.h"
#include "space.h"
#include <arch/core.h>
#include <base/checked.h>
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/audit.h>
#include <kernel/log.h>
#include <kernel/memory.h>
#include <kernel/panic.h>

constexpr physical_t IDENTITY_END = UINT64_C(4) << 30; /* what every loader maps */

struct frames kernel_frames;
struct space kernel_space;
struct heap kernel_heap;
physical_t memory_loader_root;

/* From the link script: each is aligned to pages. */
extern const uint8_t kernel_text_start[], kernel_text_end[], kernel_rodata_end[], kernel_end[];

static struct map map;

/* Memory that is in use and not the allocator's. */
static struct {
    size_t books, initrd;
} reserved;

static const struct bootinfo *bootinfo(void) {
    return (const struct bootinfo *)BOOTINFO_ADDRESS;
}

static size_t map_entry_count(void) {
    size_t size = bootinfo()->size;
    size_t count = size > sizeof(struct bootinfo)
                       ? (size - sizeof(struct bootinfo)) / sizeof(struct bootinfo_map)
                       : 0;
    return count < BOOTINFO_MAP_MAX ? count : BOOTINFO_MAP_MAX;
}

static void remove_frame(void *data, physical_t frame) {
    map_remove(&map, frame, frame + PAGE_SIZE);
}

/* The frames behind the last 2 MiB of addresses: bootinfo, environment, kernel, first stacks. */
static void remove_high(const struct page_table *loader) {
    for (uintptr_t at = BOOTINFO_ADDRESS; at != 0; at += PAGE_SIZE) {
        unsigned level;
        mmu_entry_t entry = *page_table_find(loader, at, &level);
        if (mmu_entry_kind(entry, level) == MMU_PAGE) {
            uint64_t span = (uint64_t)PAGE_SIZE << (9 * level);
            physical_t frame = align_down(mmu_entry_address(entry), span) + (at & (span - 1));
            map_remove(&map, frame, frame + PAGE_SIZE);
        }
    }
}

/* Frames for the first page tables come off the largest span. */
static status_t early_allocate(void *data, physical_t *out) {
    *out = map_cut(&map, PAGE_SIZE, IDENTITY_END);
    return *out != 0 ? OK : ERR_NO_MEMORY;
}

static void early_release(void *data, physical_t frame) {
}

/* Maps a part of the last 2 MiB as it is now, with other rights. */
static void map_high(struct page_table *table, const struct page_table *loader, uintptr_t start,
                     uintptr_t end, uint32_t rights) {
    for (uintptr_t at = start; at < end; at += PAGE_SIZE) {
        unsigned level;
        mmu_entry_t entry = *page_table_find(loader, at, &level);
        ensure(mmu_entry_kind(entry, level) == MMU_PAGE);
        uint64_t span = (uint64_t)PAGE_SIZE << (9 * level);
        physical_t frame = align_down(mmu_entry_address(entry), span) + (at & (span - 1));
        ensure(page_table_map(table, at, frame, PAGE_SIZE, rights) == OK);
    }
}

static void map_direct(struct page_table *table, physical_t start, physical_t end) {
    uint32_t rights = MMU_WRITE | (mmu_splits_in_use() ? 0u : MMU_SMALL); /* code comes out of it */
    ensure(page_table_map(table, memory_layout()->direct + start, start, end - start, rights) ==
           OK);
}

static void *heap_map(size_t size) {
    uintptr_t base;
    if (space_reserve(&kernel_space, size, &base) != OK) {
        return nullptr;
    }
    if (space_populate(&kernel_space, base, size, FRAME_OWNER_HEAP) != OK) {
        space_release(&kernel_space, base, size);
        return nullptr;
    }
    return (void *)base;
}

static void heap_unmap(void *block, size_t size) {
    space_release(&kernel_space, (uintptr_t)block, size);
}

static bool heap_settle(void) {
    return space_settle(&kernel_space);
}

/* Called with the space's lock held. The kernel's books are never given back. */
static void *books_allocate(void *data, size_t size) {
    return heap_try_allocate(&kernel_heap, size);
}

static void books_release(void *data, void *books, size_t size) {
    heap_release(&kernel_heap, books, size);
}

/* The books of frames reach up to the highest; they lie in the largest low span. Where that is too
 * small for so much memory, the upper half of it stays unused. What the books and the page tables
 * take is not mapped before it has been cut off. */
static physical_t books_place(size_t *count) {
    for (;;) {
        ensure(map.count > 0);
        *count = map.spans[map.count - 1].end / PAGE_SIZE;
        size_t size = align_up(frames_books_size(*count), PAGE_SIZE);
        physical_t books = map_cut(&map, size, IDENTITY_END);
        if (books != 0) {
            reserved.books = size;
            return books;
        }
        map_remove(&map, align_down(*count * PAGE_SIZE / 2, PAGE_SIZE), *count * PAGE_SIZE);
    }
}

/* The table of the cores' windows is made now and stays: a window is one entry of it. */
static void windows_prepare(struct page_table *table, physical_t any) {
    static_assert(CORES_MAX <= MMU_ENTRIES && MEMORY_WINDOW_BASE % LARGE_PAGE_SIZE == 0);
    constexpr size_t SIZE = CORES_MAX * PAGE_SIZE;
    for (size_t at = 0; at < SIZE; at += PAGE_SIZE) {
        ensure(page_table_map(table, MEMORY_WINDOW_BASE + at, any, PAGE_SIZE, MMU_READ) == OK);
    }
    ensure(page_table_unmap(table, MEMORY_WINDOW_BASE, SIZE) == OK);
}

/* The direct map holds what the spans hold now, and the books. Tables are cut off the spans while
 * this goes on: so the spans as they were at first are mapped, tables and all. */
static void tables_build(struct page_table *table, const struct page_table *loader,
                         physical_t books) {
    static struct map whole;
    whole = map;
    const struct page_table_source source = {early_allocate, early_release, nullptr};
    ensure(page_table_init(table, &source) == OK);
    for (size_t i = 0; i < whole.count; i++) {
        map_direct(table, whole.spans[i].start, whole.spans[i].end);
    }
    map_direct(table, books, books + reserved.books);
    map_high(table, loader, BOOTINFO_ADDRESS, BOOTINFO_KERNEL_ADDRESS, MMU_READ);
    map_high(table, loader, (uintptr_t)kernel_text_start, (uintptr_t)kernel_text_end, MMU_EXECUTE);
    map_high(table, loader, (uintptr_t)kernel_text_end, (uintptr_t)kernel_rodata_end, MMU_READ);
    map_high(table, loader, (uintptr_t)kernel_rodata_end, (uintptr_t)kernel_end, MMU_WRITE);
    windows_prepare(table, books);
}

static void allocators_start(const struct page_table *table, void *books, size_t count) {
    frames_init(&kernel_frames, books, count);
    for (size_t i = 0; i < map.count; i++) {
        frames_add(&kernel_frames, map.spans[i].start, map.spans[i].end);
    }
    const struct heap_source source = {heap_map, heap_unmap, heap_settle};
    heap_init(&kernel_heap, &kernel_frames, memory_layout()->direct + memory_layout()->direct_size,
              &source);
    const struct range_books range_books = {books_allocate, books_release, nullptr};
    space_init(&kernel_space, table->root, &kernel_frames, memory_layout()->ranges,
               memory_layout()->ranges_end, &range_books);
}

void memory_start(void) {
    struct page_table loader = {.root = mmu_root_get(), .levels = mmu_levels_now()};
    memory_loader_root = loader.root;
    map_init(&map, bootinfo()->map, map_entry_count(), memory_layout()->direct_size);
    map_remove(&map, bootinfo()->initrd_address,
               bootinfo()->initrd_address + bootinfo()->initrd_size);
    map_remove(&map, bootinfo()->framebuffer_address,
               bootinfo()->framebuffer_address + bootinfo()->framebuffer_size);
    remove_high(&loader);
    page_table_visit(&loader, remove_frame, nullptr);

    reserved.initrd = bootinfo()->initrd_size;
    size_t count;
    physical_t books = books_place(&count);
    struct page_table table;
    tables_build(&table, &loader, books);
    memory_direct = memory_layout()->direct;
    mmu_root_set(table.root);
    allocators_start(&table, memory_at(books), count);
}

void memory_tell(void) {
    log_write(LOG_INFO, "mem", "%zu KiB free in %zu spans", kernel_frames.available * 4, map.count);
}

void *memory_map_physical(physical_t physical, size_t size, uint32_t rights) {
    physical_t first = align_down(physical, PAGE_SIZE);
    size_t whole = align_up(physical + size, PAGE_SIZE) - first;
    uintptr_t base;
    if (space_reserve(&kernel_space, whole, &base) != OK) {
        return nullptr;
    }
    if (space_map(&kernel_space, base, first, whole, rights) != OK) {
        space_release(&kernel_space, base, whole);
        return nullptr;
    }
    return (void *)(base + (physical - first));
}

void memory_unmap_physical(const void *mapped, size_t size) {
    uintptr_t base = align_down((uintptr_t)mapped, PAGE_SIZE);
    size_t whole = align_up((uintptr_t)mapped + size, PAGE_SIZE) - base;
    ensure(space_unmap(&kernel_space, base, whole) == OK); /* small pages: nothing to split */
    space_release(&kernel_space, base, whole);
}

void memory_audit(void) {
    struct audit audit;
    if (audit_walk(mmu_root_get(), &kernel_heap, &audit) != OK) {
        log_write(LOG_WARNING, "mem", "no memory for an audit of the page tables");
        return;
    }
    if (!audit.good) {
        panic("page %016lx is writable, and executable there or elsewhere", audit.offender);
    }
    log_write(LOG_DEBUG, "mem", "W^X holds: %zu pages executable, %zu others writable",
              audit.executable, audit.writable);
}

/* ---- windows ---- */

static uintptr_t window_here(void) {
    return MEMORY_WINDOW_BASE + core_index() * PAGE_SIZE;
}

/* An entry that only this core writes and reads: no lock, and no other core's flush. */
void *memory_window_open(physical_t frame) {
    uintptr_t at = window_here();
    ensure(page_table_map(&kernel_space.table, at, frame, PAGE_SIZE, MMU_WRITE) == OK);
    return (void *)at;
}

void memory_window_close(void) {
    uintptr_t at = window_here();
    ensure(page_table_unmap(&kernel_space.table, at, PAGE_SIZE) == OK);
    mmu_flush_page(at);
}

/* ---- page faults, panics ---- */

bool memory_resolve(uintptr_t address) {
    if (address >= memory_layout()->direct) {
        return space_resolve(&kernel_space, address);
    }
    struct space *space = space_current();
    return space != nullptr && address < page_table_low_end() && space_resolve(space, address);
}

/* Without the lock: who asks has interrupts masked, so that no table can go away before this is
 * done (a table is free after all cores have flushed), or is alone. */
bool memory_readable(uintptr_t address) {
    physical_t physical;
    uint32_t rights;
    return memory_direct != 0 && address >= memory_layout()->direct && /* canonical, too */
           page_table_translate(&kernel_space.table, address, &physical, &rights) &&
           !(rights & MMU_DEVICE);
}

/* ---- use ---- */

static size_t kib_of(size_t frames) {
    return frames * (PAGE_SIZE / 1024);
}

void memory_print(format_sink *sink, void *context) {
    struct frames_usage usage;
    if (memory_direct == 0) {
        return;
    }
    frames_usage_get(&kernel_frames, &usage);
    format_to(sink, context,
              "%zu of %zu KiB free, %zu promised, %zu together; initrd %zu, books %zu\n",
              kib_of(usage.available), kib_of(usage.total), kib_of(usage.promised),
              kib_of(usage.largest), reserved.initrd / 1024, reserved.books / 1024);
    for (unsigned owner = 0; owner < FRAME_OWNER_COUNT; owner++) {
        format_to(sink, context, "%s%s %zu", owner > 0 ? ", " : "",
                  frame_owner_name((enum frame_owner)owner), kib_of(usage.used[owner]));
    }
    format_to(sink, context, " KiB; heap blocks %zu bytes\n", kernel_heap.used);
}

struct line {
    char text[240];
    size_t size;
};

static void line_put(void *data, const char *bytes, size_t size) {
    struct line *line = data;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '\n') {
            log_write(LOG_DEBUG, "mem", "%.*s", (int)line->size, line->text);
            line->size = 0;
        } else if (line->size < sizeof(line->text)) {
            line->text[line->size++] = bytes[i];
        }
    }
}

void memory_report(void) {
    struct line line = {.size = 0};
    memory_print(line_put, &line);
}
