/* SPDX-License-Identifier: MIT */
/*
 * Source lines of the kernel's own code, with the calls that the compiler inlined. The table is
 * made from the linked kernel's debug information (tools/line_table) and linked into it once more;
 * in the second link no function moves. It is searched from its start: for panics.
 *
 * rows: per place where the line changes, ascending: address, node and line, each as the difference
 * to the row before, in LEB128: the address unsigned, the others with their sign in the lowest bit
 * (0 1 2 3 4 are 0 -1 1 -2 2).
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* A function in another: a name, the file of its lines, and where in `parent` it was inlined.
 * Parent 0 is none: a function of its own, whose name the symbols know (kernel/symbol.h). Parents
 * come before their children. */
struct line_node {
    uint16_t name, file; /* in the strings */
    uint16_t parent, line;
};

struct line_table {
    const uint8_t *rows;
    const struct line_node *nodes;
    const char *strings;
    uint32_t rows_size; /* bytes */
    uint32_t base;      /* address of the first row; the lower half is enough for all */
    uint32_t node_count;
};

struct line_place {
    const char *function; /* inlined into that of the next place; "": a function of its own */
    const char *file;     /* from the root of the sources */
    uint32_t line;
};

constexpr size_t LINE_PLACES_MAX = 8;

/* The places of an instruction, innermost first; 0 when none is known. Of more than LINE_PLACES_MAX
 * the innermost. */
size_t line_search(const struct line_table *table, uint32_t address,
                   struct line_place places[LINE_PLACES_MAX]);

/* The same for an address of the kernel's text. */
size_t line_find(uintptr_t address, struct line_place places[LINE_PLACES_MAX]);
