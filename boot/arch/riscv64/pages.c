/* SPDX-License-Identifier: MIT */
/*
 * Page tables of three levels (Sv39), which every CPU for systems has: the kernel may change to
 * more. Large pages where both addresses allow.
 *
 * Source: RISC-V Privileged Architecture 1.12, 4.4. An address is
 *
 *     38      30 29        21 20    12 11    0
 *     | level 2  | level 1    | level 0 | offset |      bits 63-39 are like 38
 *
 * Accessed and dirty are set from the start: a CPU may leave that to software.
 */
#include <base/checked.h>
#include <base/string.h>
#include <boot/firmware.h>
#include <boot/pages.h>

constexpr uint64_t VALID = 1 << 0, READ = 1 << 1, WRITE = 1 << 2, EXECUTE = 1 << 3;
constexpr uint64_t ACCESSED = 1 << 6, DIRTY = 1 << 7;
constexpr uint64_t LEAF = VALID | READ | WRITE | EXECUTE | ACCESSED | DIRTY;
constexpr uint64_t PAGE = 4096;
constexpr unsigned ENTRIES = 512, LEVELS = 3, NUMBER_SHIFT = 10, NUMBER_BITS = 44;

static uint64_t entry_make(uint64_t physical, uint64_t bits) {
    return physical / PAGE << NUMBER_SHIFT | bits;
}

static uint64_t *table_of(uint64_t entry) {
    uint64_t number = entry >> NUMBER_SHIFT & ((UINT64_C(1) << NUMBER_BITS) - 1);
    return (uint64_t *)(uintptr_t)(number * PAGE);
}

static uint64_t span_of(unsigned level) {
    return PAGE << (9 * level);
}

static bool table_create(uint64_t *out, struct complaint *complaint) {
    if (!firmware_allocate(PAGE, out)) {
        return complain(complaint, "too little memory for page tables");
    }
    memset((void *)(uintptr_t)*out, 0, PAGE);
    return true;
}

static bool mapped_twice(uint64_t address, struct complaint *complaint) {
    return complain(complaint, "0x%llx is mapped twice", (unsigned long long)address);
}

/* The entry for `address` in the table of `level`, making the tables above it. */
static bool entry_find(struct pages *pages, uint64_t address, unsigned level, uint64_t **out,
                       struct complaint *complaint) {
    uint64_t *table = (uint64_t *)(uintptr_t)pages->root;
    for (unsigned at = LEVELS - 1;; at--) {
        uint64_t *entry = &table[address / span_of(at) % ENTRIES];
        if (at == level) {
            *out = entry;
            return *entry == 0 || mapped_twice(address, complaint);
        }
        uint64_t made;
        if ((*entry & (READ | WRITE | EXECUTE)) != 0) {
            return mapped_twice(address, complaint);
        }
        if (*entry == 0) {
            if (!table_create(&made, complaint)) {
                return false;
            }
            *entry = entry_make(made, VALID);
        }
        table = table_of(*entry);
    }
}

static unsigned level_fitting(uint64_t address, uint64_t physical, uint64_t size) {
    unsigned level = LEVELS - 1;
    while (level > 0 && ((address | physical) % span_of(level) != 0 || size < span_of(level))) {
        level--;
    }
    return level;
}

bool pages_map(struct pages *pages, uint64_t address, uint64_t physical, uint64_t size,
               struct complaint *complaint) {
    uint64_t left = align_up(size, PAGE);
    while (left > 0) {
        unsigned level = level_fitting(address, physical, left);
        uint64_t *entry;
        if (!entry_find(pages, address, level, &entry, complaint)) {
            return false;
        }
        *entry = entry_make(physical, LEAF);
        address += span_of(level);
        physical += span_of(level);
        left -= span_of(level);
    }
    return true;
}

bool pages_create(struct pages *out, struct complaint *complaint) {
    return table_create(&out->root, complaint) &&
           pages_map(out, 0, 0, PAGES_IDENTITY_SIZE, complaint);
}
