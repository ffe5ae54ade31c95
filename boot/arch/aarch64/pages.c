/* SPDX-License-Identifier: MIT */
/*
 * Four-level page tables of aarch64, with 2 MiB blocks where both addresses allow. One root serves
 * both halves of the addresses: TTBR0 and TTBR1 lead to it alike, with 48 bits each.
 *
 * Source: Arm ARM (DDI 0487), D8.3. An address is
 *
 *     47     39 38      30 29        21 20    12 11    0
 *     | level 3 | level 2  | level 1    | level 0 | offset |
 *
 * What is memory is mapped as such, and all else as devices: a CPU may look at memory that nobody
 * has asked for. The meaning of the attribute numbers is landing_code.S's.
 */
#include <base/checked.h>
#include <base/string.h>
#include <boot/firmware.h>
#include <boot/pages.h>

constexpr uint64_t VALID = 1 << 0, TABLE = 1 << 1, SHAREABLE = 3 << 8, ACCESSED = 1 << 10;
constexpr uint64_t NORMAL = 0 << 2, DEVICE = 1 << 2;
constexpr uint64_t DEVICE_NO_EXECUTE = UINT64_C(3) << 53;
constexpr uint64_t ADDRESS = 0x0000'FFFF'FFFF'F000;
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

static bool mapped_twice(uint64_t address, struct complaint *complaint) {
    return complain(complaint, "0x%llx is mapped twice", (unsigned long long)address);
}

/* The entry for `address` in the table of `level`, making the tables above it. */
static bool entry_find(struct pages *pages, uint64_t address, unsigned level, uint64_t **out,
                       struct complaint *complaint) {
    uint64_t *table = table_at(pages->root);
    for (unsigned at = 3;; at--) {
        uint64_t *entry = &table[address >> (12 + 9 * at) & (ENTRIES - 1)];
        if (at == level) {
            *out = entry;
            return *entry == 0 || mapped_twice(address, complaint);
        }
        uint64_t made;
        if (*entry != 0 && !(*entry & TABLE)) {
            return mapped_twice(address, complaint);
        }
        if (*entry == 0) {
            if (!table_create(&made, complaint)) {
                return false;
            }
            *entry = made | VALID | TABLE;
        }
        table = table_at(*entry);
    }
}

static uint64_t kind_of(uint64_t physical, uint64_t size) {
    return firmware_is_memory(physical, size) ? NORMAL | SHAREABLE : DEVICE | DEVICE_NO_EXECUTE;
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
        *entry = physical | VALID | ACCESSED | kind_of(physical, step) | (large ? 0 : TABLE);
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
