/* SPDX-License-Identifier: MIT */
/*
 * Page tables, for every CPU: trees of 512 entries, whose entries <arch/mmu.h> makes and reads.
 * Ranges are whole pages. What is mapped is there when a function returns; nothing here flushes a
 * TLB: the space does (kernel/space.h).
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
    unsigned levels;
    struct page_table_source source;
};

/* An empty tree, of as many levels as mmu_root_set() takes. */
status_t page_table_init(struct page_table *table, const struct page_table_source *source);

/* The entry that decides over an address, and its level; NULL when a table is missing. */
mmu_entry_t *page_table_find(const struct page_table *table, uintptr_t address, unsigned *level);

/* What is mapped at an address; false when nothing is. */
bool page_table_translate(const struct page_table *table, uintptr_t address, physical_t *out,
                          uint32_t *rights);

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

/* Makes good the promise at an address with a frame; false when there is none. */
bool page_table_resolve(const struct page_table *table, uintptr_t address, physical_t frame);

/* Every page of a range of small ones, all of which are mapped or promised, is promised; what was
 * mapped goes to `detach`. Old walks may know it until the flush. Takes no memory. */
void page_table_withdraw(struct page_table *table, uintptr_t address, size_t size,
                         void (*detach)(void *data, physical_t frame), void *data);
/* Given memory in place of promises, whose marks go, though the frames stay promised. */
void page_table_replace(struct page_table *table, uintptr_t address, physical_t physical,
                        size_t size, uint32_t rights);

/* Empties a range of small pages: no new walk reaches any, nor tables that have become empty. Their
 * frames go to `detach`; old walks may know them until the flush. Returns how many promises were
 * dropped. Tables right below the root stay. */
size_t page_table_clear(struct page_table *table, uintptr_t address, size_t size,
                        void (*detach)(void *data, physical_t frame), void *data);

/*
 * Trees that share the upper half of all addresses have the same entries in the second half of
 * their roots. So an entry there, once made, stays; making it is page_table_prepare()'s business.
 */
static inline uintptr_t page_table_low_end(void) {
    return (uintptr_t)1 << (PAGE_SHIFT + 9 * mmu_levels() - 1);
}

/* Makes the table right below the root that an address needs; says whether it was not there. */
status_t page_table_prepare(struct page_table *table, uintptr_t address, bool *made);
/* Copies the second half of a root. */
void page_table_share(struct page_table *table, const struct page_table *from);
/* Empties the lower half, tables and all, as page_table_clear() does. */
size_t page_table_clear_low(struct page_table *table, void (*detach)(void *data, physical_t frame),
                            void *data);

/* Calls `visit` for the frame of every table of a tree that someone else made. */
void page_table_visit(const struct page_table *table, void (*visit)(void *data, physical_t frame),
                      void *data);

/* Calls `visit` for every entry of a tree that maps something, with the first address that it maps.
 */
void page_table_visit_pages(const struct page_table *table,
                            void (*visit)(void *data, uintptr_t address, unsigned level,
                                          mmu_entry_t entry),
                            void *data);
