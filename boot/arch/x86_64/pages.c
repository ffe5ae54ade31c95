/* SPDX-License-Identifier: MIT */
/*
 * Four-level page tables of x86-64, with 2 MiB pages where both addresses allow.
 *
 * Source: Intel SDM volume 3A, section 4.5. An address is
 *
 *     47     39 38      30 29        21 20    12 11    0
 *     | level 3 | level 2  | level 1    | level 0 | offset |
 *
 * No-execute and global pages are left to the kernel: EFER.NXE is not promised by the protocol.
 */
#include <base/checked.h>
#include <base/string.h>
#include <boot/firmware.h>
#include <boot/pages.h>

constexpr uint64_t PRESENT = 1 << 0, WRITABLE = 1 << 1, LARGE = 1 << 7;
constexpr uint64_t ADDRESS = 0x000F'FFFF'FFFF'F000;
constexpr uint64_t PAGE = 4096, LARGE_PAGE = 2 << 20;
constexpr unsigned ENTRIES = 512;

static uint64_t *table_at(uint64_t physical) {
    return (uint64_t *)(uintptr_t)(physical & ADDRESS);
}

static bool table_create(uint64_t *out, struct complaint *complaint) {
    if (!firmware_allocate(PAGE, out)) {
        return complain(complaint, "too little memory for page tables");
    }
    memset(table_at(*out), 0, PAGE);
    return true;
}

/* The entry for `address` in the table of `level`, making the tables above it. */
static bool entry_find(struct pages *pages, uint64_t address, unsigned level, uint64_t **out,
                       struct complaint *complaint) {
    uint64_t *table = table_at(pages->root);
    for (unsigned at = 3;; at--) {
        uint64_t *entry = &table[address >> (12 + 9 * at) & (ENTRIES - 1)];
        if (at == level) {
            *out = entry;
            return true;
        }
        uint64_t made;
        if ((*entry & LARGE) != 0) {
            return complain(complaint, "0x%llx is mapped twice", (unsigned long long)address);
        }
        if (*entry == 0) {
            if (!table_create(&made, complaint)) {
                return false;
            }
            *entry = made | PRESENT | WRITABLE;
        }
        table = table_at(*entry);
    }
}

bool pages_map(struct pages *pages, uint64_t address, uint64_t physical, uint64_t size,
               struct complaint *complaint) {
    uint64_t left = align_up(size, PAGE);
    while (left > 0) {
        bool large = (address | physical) % LARGE_PAGE == 0 && left >= LARGE_PAGE;
        uint64_t step = large ? LARGE_PAGE : PAGE;
        uint64_t *entry;
        if (!entry_find(pages, address, large ? 1 : 0, &entry, complaint)) {
            return false;
        }
        if (*entry != 0) {
            return complain(complaint, "0x%llx is mapped twice", (unsigned long long)address);
        }
        *entry = physical | PRESENT | WRITABLE | (large ? LARGE : 0);
        address += step;
        physical += step;
        left -= step;
    }
    return true;
}

bool pages_create(struct pages *out, struct complaint *complaint) {
    return table_create(&out->root, complaint) &&
           pages_map(out, 0, 0, PAGES_IDENTITY_SIZE, complaint);
}
