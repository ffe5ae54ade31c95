/* SPDX-License-Identifier: MIT */
/* Memory maps: ordinary, nonsensical, and random ones compared with a plain bit per page. */
#include "../map.h"
#include "arena.h"
#include <string.h>

constexpr physical_t MIB = 1024 * 1024;
static struct map map;

static struct bootinfo_map entry(uint64_t start, uint64_t size, enum bootinfo_memory type) {
    return (struct bootinfo_map){start, (size & ~UINT64_C(15)) | type};
}

static void test_ordinary(void) {
    const struct bootinfo_map entries[] = {
        entry(0, 0x9FC00, BOOTINFO_FREE),
        entry(0xF0000, 0x10000, BOOTINFO_USED),
        entry(1 * MIB, 127 * MIB, BOOTINFO_FREE),
        entry(0xFFFC'0000, 0x4'0000, BOOTINFO_USED),
    };
    map_init(&map, entries, 4, (physical_t)1 << 46);
    CHECK(map.count == 1 && map.spans[0].start == MIB && map.spans[0].end == 128 * MIB);
    map_remove(&map, 2 * MIB + 1, 3 * MIB - 1);
    CHECK(map.count == 2 && map.spans[0].end == 2 * MIB && map.spans[1].start == 3 * MIB);
    CHECK(map_cut(&map, MIB, 64 * MIB) == 63 * MIB);
    CHECK(map.count == 3 && map.spans[1].end == 63 * MIB && map.spans[2].start == 64 * MIB);
    CHECK(map_cut(&map, 128 * MIB, 4096 * MIB) == 0);
}

static void test_nonsense(void) {
    const struct bootinfo_map entries[] = {
        entry(UINT64_MAX - 4096, 1 * MIB, BOOTINFO_FREE), /* wraps */
        entry(8 * MIB, 0, BOOTINFO_FREE),
        entry(4 * MIB + 100, 4000, BOOTINFO_FREE), /* no whole page */
        entry(16 * MIB, 16 * MIB, BOOTINFO_FREE),
        entry(12 * MIB, 8 * MIB, BOOTINFO_FREE), /* overlaps, unsorted */
        entry(20 * MIB + 8, 16, BOOTINFO_MMIO),  /* takes its whole page */
        entry(30 * MIB, UINT64_MAX, BOOTINFO_ACPI),
    };
    map_init(&map, entries, 7, (physical_t)1 << 46);
    CHECK(map.count == 2);
    CHECK(map.spans[0].start == 12 * MIB && map.spans[0].end == 20 * MIB);
    CHECK(map.spans[1].start == 20 * MIB + 4096 && map.spans[1].end == 30 * MIB);
    map_remove(&map, 0, UINT64_MAX);
    CHECK(map.count == 0);
    map_init(&map, entries, 0, 0);
    CHECK(map.count == 0);
}

static void test_random(void) {
    constexpr size_t PAGES = 4096; /* from LOW_END */
    static uint8_t pages[PAGES];
    bool equal = true;
    for (unsigned round = 0; round < 300; round++) {
        struct bootinfo_map entries[40];
        memset(pages, 0, PAGES);
        for (unsigned pass = 0; pass < 2; pass++) {
            for (unsigned i = 0; i < 40; i++) {
                if (pass == 0) {
                    entries[i] = entry(MIB + random_next() % PAGES * PAGE_SIZE,
                                       random_next() % 200 * PAGE_SIZE,
                                       i % 3 == 0 ? BOOTINFO_USED : BOOTINFO_FREE);
                }
                bool free = (entries[i].size_and_type & 15) == BOOTINFO_FREE;
                size_t first = (entries[i].address - MIB) / PAGE_SIZE;
                size_t count = (entries[i].size_and_type & ~UINT64_C(15)) / PAGE_SIZE;
                for (size_t page = first; page < first + count && page < PAGES; page++) {
                    pages[page] = free ? pass == 0 || pages[page] : 0;
                }
            }
        }
        map_init(&map, entries, 40, MIB + PAGES * PAGE_SIZE);
        for (size_t i = 0; i < map.count; i++) {
            equal &= map.spans[i].start < map.spans[i].end;
            equal &= i == 0 || map.spans[i - 1].end < map.spans[i].start;
            for (physical_t at = map.spans[i].start; at < map.spans[i].end; at += PAGE_SIZE) {
                size_t page = (at - MIB) / PAGE_SIZE;
                equal &= pages[page] == 1;
                pages[page] = 2;
            }
        }
        equal &= memchr(pages, 1, PAGES) == nullptr;
    }
    CHECK(equal);
}

static void test_full(void) {
    struct bootinfo_map all = entry(MIB, (uint64_t)64 << 30, BOOTINFO_FREE);
    map_init(&map, &all, 1, (physical_t)1 << 46);
    for (size_t i = 0; i < 2 * MAP_SPANS_MAX; i++) {
        map_remove(&map, (2 + 2 * i) * MIB, (3 + 2 * i) * MIB);
    }
    bool clear = true;
    for (size_t i = 0; i < map.count; i++) {
        for (size_t hole = 0; hole < 2 * MAP_SPANS_MAX; hole++) {
            clear &= map.spans[i].end <= (2 + 2 * hole) * MIB ||
                     map.spans[i].start >= (3 + 2 * hole) * MIB;
        }
    }
    CHECK(map.count <= MAP_SPANS_MAX && clear);
}

int main(void) {
    test_ordinary();
    test_nonsense();
    test_random();
    test_full();
    return check_finish("map");
}
