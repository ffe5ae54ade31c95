/* SPDX-License-Identifier: MIT */
/*
 * Walks of page tables. Tables are reached through memory_at(). Entries are written as one word
 * each, and what they lead to before: a core that walks at that moment sees the one or the other.
 */
#include "page_table.h"
#include <base/checked.h>
#include <base/ensure.h>
#include <base/string.h>
#include <kernel/frame.h>

static uint64_t span_of(unsigned level) {
    return (uint64_t)PAGE_SIZE << (9 * level);
}

static unsigned index_of(uintptr_t address, unsigned level) {
    return address >> (PAGE_SHIFT + 9 * level) & (MMU_ENTRIES - 1);
}

static void entry_set(mmu_entry_t *entry, mmu_entry_t value) {
    __atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

static status_t node_create(struct page_table *table, physical_t *out) {
    status_t status = table->source.allocate(table->source.data, out);
    if (status == OK) {
        memset(memory_at(*out), 0, PAGE_SIZE);
    }
    return status;
}

status_t page_table_init(struct page_table *table, const struct page_table_source *source) {
    table->source = *source;
    table->levels = mmu_levels();
    return node_create(table, &table->root);
}

mmu_entry_t *page_table_find(const struct page_table *table, uintptr_t address, unsigned *level) {
    physical_t node = table->root;
    for (unsigned at = table->levels - 1;; at--) {
        mmu_entry_t *entry = (mmu_entry_t *)memory_at(node) + index_of(address, at);
        if (at == 0 || mmu_entry_kind(*entry, at) != MMU_TABLE) {
            *level = at;
            return entry;
        }
        node = mmu_entry_address(*entry);
    }
}

bool page_table_translate(const struct page_table *table, uintptr_t address, physical_t *out,
                          uint32_t *rights) {
    unsigned level;
    mmu_entry_t entry = *page_table_find(table, address, &level);
    if (mmu_entry_kind(entry, level) != MMU_PAGE) {
        return false;
    }
    uint64_t span = span_of(level);
    *out = align_down(mmu_entry_address(entry), span) + (address & (span - 1));
    *rights = mmu_entry_rights(entry);
    return true;
}

/* Puts a table of small pages where a large page is, mapping the same. */
static status_t split(struct page_table *table, mmu_entry_t *entry, unsigned level) {
    ensure(level == 1);
    physical_t node;
    status_t status = node_create(table, &node);
    if (status != OK) {
        return status;
    }
    mmu_entry_t *entries = memory_at(node);
    physical_t frame = align_down(mmu_entry_address(*entry), LARGE_PAGE_SIZE);
    for (unsigned i = 0; i < MMU_ENTRIES; i++) {
        entries[i] = mmu_entry_page(frame + i * PAGE_SIZE, 0, mmu_entry_rights(*entry));
    }
    entry_set(entry, mmu_entry_table(node));
    return OK;
}

/* The entry of `level` for an address; makes and splits tables on the way. */
static status_t entry_reach(struct page_table *table, uintptr_t address, unsigned level,
                            mmu_entry_t **out) {
    for (;;) {
        unsigned at;
        mmu_entry_t *entry = page_table_find(table, address, &at);
        if (at == level) {
            *out = entry;
            return OK;
        }
        ensure(at > level);
        enum mmu_kind kind = mmu_entry_kind(*entry, at);
        physical_t node;
        status_t status;
        if (kind == MMU_PAGE) {
            status = split(table, entry, at);
        } else {
            ensure(kind == MMU_EMPTY);
            status = node_create(table, &node);
            if (status == OK) {
                entry_set(entry, mmu_entry_table(node));
            }
        }
        if (status != OK) {
            return status;
        }
    }
}

/* A large page where both are aligned, unless a table of small ones is there already. */
static unsigned level_fitting(const struct page_table *table, uintptr_t address,
                              physical_t physical, size_t size, uint32_t rights) {
    unsigned at;
    page_table_find(table, address, &at);
    return at > 0 && !(rights & MMU_SMALL) && (address | physical) % LARGE_PAGE_SIZE == 0 &&
           size >= LARGE_PAGE_SIZE;
}

status_t page_table_map(struct page_table *table, uintptr_t address, physical_t physical,
                        size_t size, uint32_t rights) {
    for (size_t done = 0; done < size;) {
        unsigned level = level_fitting(table, address + done, physical + done, size - done, rights);
        mmu_entry_t *entry;
        status_t status = entry_reach(table, address + done, level, &entry);
        if (status != OK) {
            ensure(page_table_unmap(table, address, done) ==
                   OK); /* whole pages as mapped: no split */
            return status;
        }
        ensure(mmu_entry_kind(*entry, level) == MMU_EMPTY);
        entry_set(entry, mmu_entry_page(physical + done, level, rights));
        done += span_of(level);
    }
    mmu_publish(address, size);
    return OK;
}

/* Splits the large page that holds `address`, unless it starts there. */
static status_t split_at(struct page_table *table, uintptr_t address) {
    unsigned level;
    mmu_entry_t *entry = page_table_find(table, address, &level);
    if (address % LARGE_PAGE_SIZE == 0 || mmu_entry_kind(*entry, level) != MMU_PAGE || level == 0) {
        return OK;
    }
    return split(table, entry, level);
}

status_t page_table_unmap(struct page_table *table, uintptr_t address, size_t size) {
    status_t status = split_at(table, address);
    if (status == OK) {
        status = split_at(table, address + size);
    }
    if (status != OK) {
        return status;
    }
    for (size_t done = 0; done < size;) {
        unsigned level;
        mmu_entry_t *entry = page_table_find(table, address + done, &level);
        ensure(mmu_entry_kind(*entry, level) == MMU_PAGE);
        entry_set(entry, 0);
        done += span_of(level);
    }
    return OK;
}

/* All tables first, so that marking cannot fail. */
status_t page_table_promise(struct page_table *table, uintptr_t address, size_t size,
                            size_t *count) {
    *count = 0;
    mmu_entry_t *entry;
    uintptr_t end = address + size;
    for (uintptr_t at = address; at < end; at = align_down(at, span_of(1)) + span_of(1)) {
        status_t status = entry_reach(table, at, 0, &entry);
        if (status != OK) {
            return status;
        }
    }
    for (uintptr_t at = address; at < end; at += PAGE_SIZE) {
        unsigned level;
        entry = page_table_find(table, at, &level);
        if (mmu_entry_kind(*entry, 0) == MMU_EMPTY) {
            entry_set(entry, mmu_entry_promised());
            (*count)++;
        }
    }
    return OK;
}

bool page_table_resolve(const struct page_table *table, uintptr_t address, physical_t frame) {
    unsigned level;
    mmu_entry_t *entry = page_table_find(table, address, &level);
    bool promised = level == 0 && mmu_entry_kind(*entry, 0) == MMU_PROMISED;
    if (promised) {
        entry_set(entry, mmu_entry_page(frame, 0, MMU_WRITE));
        mmu_publish(align_down(address, PAGE_SIZE), PAGE_SIZE);
    }
    return promised;
}

void page_table_withdraw(struct page_table *table, uintptr_t address, size_t size,
                         void (*detach)(void *data, physical_t frame), void *data) {
    for (size_t done = 0; done < size; done += PAGE_SIZE) {
        unsigned level;
        mmu_entry_t *entry = page_table_find(table, address + done, &level);
        enum mmu_kind kind = mmu_entry_kind(*entry, level);
        ensure(level == 0 && (kind == MMU_PAGE || kind == MMU_PROMISED));
        if (kind == MMU_PAGE) {
            physical_t frame = mmu_entry_address(*entry);
            entry_set(entry, mmu_entry_promised());
            detach(data, frame);
        }
    }
}

void page_table_replace(struct page_table *table, uintptr_t address, physical_t physical,
                        size_t size, uint32_t rights) {
    for (size_t done = 0; done < size; done += PAGE_SIZE) {
        unsigned level;
        mmu_entry_t *entry = page_table_find(table, address + done, &level);
        ensure(level == 0 && mmu_entry_kind(*entry, 0) == MMU_PROMISED);
        entry_set(entry, mmu_entry_page(physical + done, 0, rights));
    }
    mmu_publish(address, size);
}

static bool node_is_empty(physical_t node) {
    const mmu_entry_t *entries = memory_at(node);
    for (unsigned i = 0; i < MMU_ENTRIES; i++) {
        if (entries[i] != 0) {
            return false;
        }
    }
    return true;
}

/* The part of [address, last] that lies in one entry of a level: its last byte. */
static uintptr_t entry_last(uintptr_t address, uintptr_t last, unsigned level) {
    uintptr_t end = address | (span_of(level) - 1);
    return end < last ? end : last;
}

struct clearing {
    void (*detach)(void *data, physical_t frame);
    void *data;
    unsigned top; /* the root's level */
    bool whole;   /* tables right below the root go, too */
};

static size_t clear(const struct clearing *clearing, physical_t node, unsigned level,
                    uintptr_t address, uintptr_t last);

/* One entry and what lies below it; returns how many promises were dropped. */
static size_t clear_entry(const struct clearing *clearing, mmu_entry_t *entry, unsigned level,
                          uintptr_t address, uintptr_t last) {
    size_t dropped = 0;
    physical_t below = mmu_entry_address(*entry);
    switch (mmu_entry_kind(*entry, level)) {
    case MMU_EMPTY:
        break;
    case MMU_PROMISED:
        entry_set(entry, 0);
        return 1;
    case MMU_PAGE:
        ensure(level == 0);
        entry_set(entry, 0);
        clearing->detach(clearing->data, below);
        break;
    case MMU_TABLE:
        dropped = clear(clearing, below, level - 1, address, last);
        if ((level < clearing->top || clearing->whole) && node_is_empty(below)) {
            entry_set(entry, 0);
            clearing->detach(clearing->data, below);
        }
        break;
    }
    return dropped;
}

static size_t clear(const struct clearing *clearing, physical_t node, unsigned level,
                    uintptr_t address, uintptr_t last) {
    size_t dropped = 0;
    for (;;) {
        uintptr_t end = entry_last(address, last, level);
        mmu_entry_t *entry = (mmu_entry_t *)memory_at(node) + index_of(address, level);
        dropped += clear_entry(clearing, entry, level, address, end);
        if (end == last) {
            return dropped;
        }
        address = end + 1;
    }
}

size_t page_table_clear(struct page_table *table, uintptr_t address, size_t size,
                        void (*detach)(void *data, physical_t frame), void *data) {
    const struct clearing clearing = {detach, data, table->levels - 1, false};
    return clear(&clearing, table->root, clearing.top, address, address + size - 1);
}

size_t page_table_clear_low(struct page_table *table, void (*detach)(void *data, physical_t frame),
                            void *data) {
    const struct clearing clearing = {detach, data, table->levels - 1, true};
    return clear(&clearing, table->root, clearing.top, 0, page_table_low_end() - 1);
}

/* ---- the upper half, which all trees share ---- */

static mmu_entry_t *root_entry(const struct page_table *table, uintptr_t address) {
    return (mmu_entry_t *)memory_at(table->root) + index_of(address, table->levels - 1);
}

status_t page_table_prepare(struct page_table *table, uintptr_t address, bool *made) {
    mmu_entry_t *entry = root_entry(table, address);
    *made = false;
    if (mmu_entry_kind(*entry, table->levels - 1) != MMU_EMPTY) {
        return OK;
    }
    physical_t node;
    status_t status = node_create(table, &node);
    if (status == OK) {
        entry_set(entry, mmu_entry_table(node));
        *made = true;
    }
    return status;
}

void page_table_share(struct page_table *table, const struct page_table *from) {
    for (unsigned i = MMU_ENTRIES / 2; i < MMU_ENTRIES; i++) {
        entry_set((mmu_entry_t *)memory_at(table->root) + i,
                  ((const mmu_entry_t *)memory_at(from->root))[i]);
    }
}

static void visit_below(physical_t node, unsigned level,
                        void (*visit)(void *data, physical_t frame), void *data) {
    visit(data, node);
    const mmu_entry_t *entries = memory_at(node);
    for (unsigned i = 0; level > 0 && i < MMU_ENTRIES; i++) {
        if (mmu_entry_kind(entries[i], level) == MMU_TABLE) {
            visit_below(mmu_entry_address(entries[i]), level - 1, visit, data);
        }
    }
}

void page_table_visit(const struct page_table *table, void (*visit)(void *data, physical_t frame),
                      void *data) {
    visit_below(table->root, table->levels - 1, visit, data);
}

struct page_visitor {
    void (*visit)(void *data, uintptr_t address, unsigned level, mmu_entry_t entry);
    void *data;
    unsigned levels;
};

/* The sign of an address is its highest translated bit. */
static uintptr_t address_extend(uintptr_t address, unsigned levels) {
    unsigned unused = 64 - PAGE_SHIFT - 9 * levels;
    return (uintptr_t)((int64_t)(address << unused) >> unused);
}

static void visit_pages(const struct page_visitor *visitor, physical_t node, unsigned level,
                        uintptr_t address) {
    const mmu_entry_t *entries = memory_at(node);
    for (unsigned i = 0; i < MMU_ENTRIES; i++) {
        uintptr_t at = address + i * span_of(level);
        enum mmu_kind kind = mmu_entry_kind(entries[i], level);
        if (kind == MMU_PAGE) {
            visitor->visit(visitor->data, address_extend(at, visitor->levels), level, entries[i]);
        } else if (kind == MMU_TABLE && level > 0) {
            visit_pages(visitor, mmu_entry_address(entries[i]), level - 1, at);
        }
    }
}

void page_table_visit_pages(const struct page_table *table,
                            void (*visit)(void *data, uintptr_t address, unsigned level,
                                          mmu_entry_t entry),
                            void *data) {
    const struct page_visitor visitor = {visit, data, table->levels};
    visit_pages(&visitor, table->root, table->levels - 1, 0);
}
