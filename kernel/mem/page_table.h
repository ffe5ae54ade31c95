/* SPDX-License-Identifier: MIT */
/*
 * Page tables, for every CPU: trees of 512 entries, whose entries <arch/mmu.h> makes and reads.
 * Ranges are whole pages. Nothing here flushes a TLB: the space does (kernel/space.h).
 */
#pragma once
#include <abi/status.h>
#include <arch/mmu.h>

/* Where the frames of tables come from: early from a bump allocator, later from frames. */
struct page_table_source {
    status_t (*allocate)(void *data, physical_t *out);
    void (*release)(void *data, physical_t frame);
    void *data;
};

struct page_table {
    physical_t root;
    struct page_table_source source;
};

/* An empty tree. */
status_t page_table_init(struct page_table *table, const struct page_table_source *source);

/* The entry that decides over an address, and its level; NULL when a table is missing. */
mmu_entry_t *page_table_find(const struct page_table *table, uintptr_t address, unsigned *level);

/* Maps [physical, + size) at `address`, by large pages where both are aligned. What was mapped
 * there must be nothing. ERR_NO_MEMORY: some tables were made, nothing else. */
status_t page_table_map(struct page_table *table, uintptr_t address, physical_t physical,
                        size_t size, uint32_t rights);
/* Takes mappings made by page_table_map() away; large pages are split when only a part goes. Fails
 * only for want of a frame for such a split, and then nothing has changed. */
status_t page_table_unmap(struct page_table *table, uintptr_t address, size_t size);

/* Makes every page of the range that is empty a promise, and says how many those were.
 * ERR_NO_MEMORY: none. */
status_t page_table_promise(struct page_table *table, uintptr_t address, size_t size,
                            size_t *count);

/* The two halves of taking demand-zero pages away. First: nothing of the range can be reached by a
 * new walk; returns how many promises were dropped. After the flush: the frames go to `release`,
 * tables that have become empty go back. */
size_t page_table_retire(struct page_table *table, uintptr_t address, size_t size);
void page_table_reap(struct page_table *table, uintptr_t address, size_t size,
                     void (*release)(void *data, physical_t frame), void *data);

/* Calls `visit` for the frame of every table of a tree that someone else made. */
void page_table_visit(physical_t root, void (*visit)(void *data, physical_t frame), void *data);

/* Calls `visit` for every entry of a tree that maps something, with the first address that it maps.
 */
void page_table_visit_pages(physical_t root,
                            void (*visit)(void *data, uintptr_t address, unsigned level,
                                          mmu_entry_t entry),
                            void *data);
