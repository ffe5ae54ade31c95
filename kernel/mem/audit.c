/* SPDX-License-Identifier: MIT */
/*
 * Three walks over all pages: how high do executable frames lie, which are they, and is one of them
 * writable anywhere. Time is linear in what is mapped. Rights are those of the last entry of a
 * walk: entries of tables allow everything (arch/mmu.h).
 */
#include "page_table.h"
#include <base/string.h>
#include <kernel/audit.h>

struct walk {
    struct audit *audit;
    uint64_t *bits; /* a bit per frame: executable somewhere */
    size_t frame_end;
};

static size_t pages_of(unsigned level) {
    return (size_t)1 << (9 * level);
}

/* The first frame of a page; a large page's address may carry an attribute in its low bits. */
static size_t frame_of(mmu_entry_t entry, unsigned level) {
    return mmu_entry_address(entry) / PAGE_SIZE & ~(pages_of(level) - 1);
}

static void find_end(void *data, uintptr_t address, unsigned level, mmu_entry_t entry) {
    struct walk *walk = data;
    size_t end = frame_of(entry, level) + pages_of(level);
    if ((mmu_entry_rights(entry) & MMU_EXECUTE) && end > walk->frame_end) {
        walk->frame_end = end;
    }
}

static void mark_executable(void *data, uintptr_t address, unsigned level, mmu_entry_t entry) {
    struct walk *walk = data;
    if (!(mmu_entry_rights(entry) & MMU_EXECUTE)) {
        return;
    }
    walk->audit->executable += pages_of(level);
    for (size_t i = 0; i < pages_of(level); i++) {
        size_t frame = frame_of(entry, level) + i;
        walk->bits[frame / 64] |= UINT64_C(1) << frame % 64;
    }
}

static void check_writable(void *data, uintptr_t address, unsigned level, mmu_entry_t entry) {
    struct walk *walk = data;
    if (!(mmu_entry_rights(entry) & MMU_WRITE)) {
        return;
    }
    walk->audit->writable += pages_of(level);
    for (size_t i = 0; i < pages_of(level) && walk->audit->good; i++) {
        size_t frame = frame_of(entry, level) + i;
        if (frame < walk->frame_end && walk->bits[frame / 64] >> frame % 64 & 1) {
            walk->audit->good = false;
            walk->audit->offender = address + i * PAGE_SIZE;
        }
    }
}

status_t audit_walk(physical_t root, struct heap *heap, struct audit *out) {
    *out = (struct audit){.good = true};
    struct walk walk = {.audit = out};
    const struct page_table table = {.root = root, .levels = mmu_levels()};
    page_table_visit_pages(&table, find_end, &walk);
    size_t size = (walk.frame_end / 64 + 1) * sizeof *walk.bits;
    walk.bits = heap_allocate(heap, size);
    if (walk.bits == nullptr) {
        return ERR_NO_MEMORY;
    }
    memset(walk.bits, 0, size);
    page_table_visit_pages(&table, mark_executable, &walk);
    page_table_visit_pages(&table, check_writable, &walk);
    heap_release(heap, walk.bits, size);
    return OK;
}
