/* SPDX-License-Identifier: MIT */
/* Source lines of a small table, at every address, and of tables that are cut off anywhere. */
#include <base/ensure.h>
#include <kernel/line.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

[[noreturn]] void ensure_failed(const char *condition, const char *file, int line) {
    abort();
}

/* "outer" of a.c at 1000 has "middle" of b.h inlined at its line 300, and that "inner" at line 5.
 */
static const char strings[] = "\0a.c\0b.h\0middle\0inner";
enum : uint16_t { NONE = 0, A = 1, B = 5, MIDDLE = 9, INNER = 16 };
static const struct line_node nodes[] = {
    {0}, {NONE, A, 0, 0}, {MIDDLE, B, 1, 300}, {INNER, B, 2, 5}};
static const uint8_t rows[] = {
    0,   2, 0xD4, 0x04, /* 1000: node 1, line 298 */
    4,   4, 0xC9, 0x04, /* 1004: node 3, line 5: 293 less */
    200, 1, 1,    4,    /* 1204: node 2, line 7: two bytes of address */
    10,  3, 13,         /* 1214: node 0, line 0 */
};

static const struct line_table table = {rows, nodes, strings, sizeof(rows), 1000, 4};

static bool place_is(const struct line_place *place, const char *function, const char *file,
                     uint32_t line) {
    return strcmp(place->function, function) == 0 && strcmp(place->file, file) == 0 &&
           place->line == line;
}

static void find_all(void) {
    struct line_place places[LINE_PLACES_MAX];
    bool good = true;
    for (uint32_t address = 0; address < 1400; address++) {
        size_t count = line_search(&table, address, places);
        if (address < 1000 || address >= 1214) {
            good &= count == 0;
        } else if (address < 1004) {
            good &= count == 1 && place_is(&places[0], "", "a.c", 298);
        } else if (address < 1204) {
            good &= count == 3 && place_is(&places[0], "inner", "b.h", 5) &&
                    place_is(&places[1], "middle", "b.h", 5) &&
                    place_is(&places[2], "", "a.c", 300);
        } else {
            good &= count == 2 && place_is(&places[0], "middle", "b.h", 7) &&
                    place_is(&places[1], "", "a.c", 300);
        }
    }
    CHECK(good);
}

static void survive_damage(void) {
    struct line_place places[LINE_PLACES_MAX];
    for (uint32_t size = 0; size < sizeof(rows); size++) {
        uint8_t *cut = malloc(size + 1);
        memcpy(cut, rows, size);
        for (uint32_t address = 900; address < 1300; address += 3) {
            struct line_table damaged = {cut, nodes, strings, size, 1000, 4};
            CHECK(line_search(&damaged, address, places) <= LINE_PLACES_MAX);
        }
        free(cut);
    }
    const struct line_node circle[] = {{0}, {NONE, A, 2, 1}, {NONE, A, 1, 2}};
    const struct line_table turning = {rows, circle, strings, sizeof(rows), 1000, 3};
    CHECK(line_search(&turning, 1000, places) == 1);
}

/* Deeper than there is room: the innermost. */
static void cut_depth(void) {
    struct line_node deep[20] = {{0}};
    for (uint16_t i = 1; i < 20; i++) {
        deep[i] = (struct line_node){A, A, (uint16_t)(i - 1), i};
    }
    const uint8_t row[] = {0, 2 * 19, 2 * 19};
    const struct line_table table_deep = {row, deep, strings, sizeof(row), 7, 20};
    struct line_place places[LINE_PLACES_MAX];
    CHECK(line_search(&table_deep, 8, places) == LINE_PLACES_MAX);
    CHECK(places[0].line == 19 && places[1].line == 19 && places[7].line == 13);
}

int main(void) {
    find_all();
    survive_damage();
    cut_depth();
    return check_finish("line");
}
