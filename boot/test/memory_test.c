/* SPDX-License-Identifier: MIT */
/* The memory map against a model: one byte for each page. */
#include "fixture.h"
#include <test/check.h>

constexpr size_t MODEL_PAGES = 256;
constexpr uint8_t NOTHING = 0xFF;

static bool sound(const struct memory_map *map) {
    for (size_t i = 0; i < map->count; i++) {
        bool ordered = map->ranges[i].start < map->ranges[i].end &&
                       (i == 0 || map->ranges[i - 1].end <= map->ranges[i].start);
        bool joined = i > 0 && map->ranges[i - 1].end == map->ranges[i].start &&
                      map->ranges[i - 1].kind == map->ranges[i].kind;
        if (!ordered || joined) {
            return false;
        }
    }
    return true;
}

static uint8_t kind_at(const struct memory_map *map, uint64_t address) {
    for (size_t i = 0; i < map->count; i++) {
        if (address >= map->ranges[i].start && address < map->ranges[i].end) {
            return map->ranges[i].kind;
        }
    }
    return NOTHING;
}

static void check_model(const struct memory_map *map, const uint8_t *model) {
    bool same = true;
    for (size_t page = 0; page < MODEL_PAGES; page++) {
        same = same && kind_at(map, page * MEMORY_PAGE) == model[page];
    }
    CHECK(same);
    CHECK(sound(map));
}

static void test_random(void) {
    struct random random = {42};
    for (int round = 0; round < 50; round++) {
        struct memory_map map = {};
        uint8_t model[MODEL_PAGES];
        memset(model, NOTHING, sizeof model);
        for (int step = 0; step < 60; step++) {
            uint32_t start = random_below(&random, MODEL_PAGES);
            uint32_t end = start + random_below(&random, (uint32_t)MODEL_PAGES - start) / 4;
            uint8_t kind = (uint8_t)random_below(&random, 4);
            CHECK(memory_paint(&map, start * MEMORY_PAGE, end * MEMORY_PAGE, kind));
            memset(model + start, kind, end - start);
        }
        check_model(&map, model);
    }
}

static void test_take(void) {
    struct memory_map map = {};
    uint64_t address;
    CHECK(memory_paint(&map, 0x10'0001, 0x20'0FFF, BOOTINFO_FREE));
    CHECK(memory_paint(&map, 0x1'0000'0000, 0x2'0000'0000, BOOTINFO_FREE));
    CHECK(memory_take(&map, 1, 0x1'0000'0000, &address) && address == 0x1F'F000);
    CHECK(memory_take(&map, 0x2000, 0x1'0000'0000, &address) && address == 0x1F'D000);
    CHECK(memory_take(&map, 0x1000, 0x18'0800, &address) && address == 0x17'F000);
    CHECK(!memory_take(&map, 0x20'0000, 0x1'0000'0000, &address));
    CHECK(!memory_take(&map, UINT64_MAX, UINT64_MAX, &address));
    CHECK(memory_take(&map, 0xFC000, 0x1'0000'0000, &address) == false);
    CHECK(kind_at(&map, 0x1F'F000) == BOOTINFO_USED);
    CHECK(sound(&map));
}

static void test_full(void) {
    struct memory_map map = {};
    bool painted = true;
    size_t count = 0;
    for (; painted && count < 2 * MEMORY_RANGES_MAX; count++) {
        painted = memory_paint(&map, count * 32, count * 32 + 16, BOOTINFO_USED);
    }
    CHECK(!painted && map.count <= MEMORY_RANGES_MAX && sound(&map));
}

static void test_export(void) {
    struct memory_map map = {};
    struct bootinfo_map out[4];
    CHECK(memory_paint(&map, 0x0800, 0x3800, BOOTINFO_FREE));
    CHECK(memory_paint(&map, 0x3800, 0x3805, BOOTINFO_USED));
    CHECK(memory_paint(&map, 0x3805, 0x3900, BOOTINFO_FREE));
    CHECK(memory_paint(&map, 0x8000, 0x9000, BOOTINFO_ACPI));
    CHECK(memory_export(&map, out, 4) == 3);
    CHECK(out[0].address == 0x1000 && out[0].size_and_type == (0x2000 | BOOTINFO_FREE));
    CHECK(out[1].address == 0x3800 && out[1].size_and_type == (0x10 | BOOTINFO_USED));
    CHECK(out[2].address == 0x8000 && out[2].size_and_type == (0x1000 | BOOTINFO_ACPI));
    CHECK(memory_export(&map, out, 2) == 2);
    CHECK(out[1].size_and_type == (0x1000 | BOOTINFO_ACPI));
}

int main(void) {
    test_random();
    test_take();
    test_full();
    test_export();
    return check_finish("boot/memory");
}
