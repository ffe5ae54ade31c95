/* SPDX-License-Identifier: MIT */
/* Looking up source lines: row by row, as it is only done when all is over. */
#include <kernel/line.h>

struct row {
    uint32_t address;
    uint32_t node;
    uint32_t line;
};

/* A number that is cut off at the end is what there is of it. */
static uint32_t number_read(const uint8_t **at, const uint8_t *end) {
    uint32_t number = 0;
    for (unsigned shift = 0; *at < end; shift += 7) {
        uint8_t byte = *(*at)++;
        number |= shift < 32 ? (uint32_t)(byte & 0x7F) << shift : 0;
        if (byte < 0x80) {
            break;
        }
    }
    return number;
}

static uint32_t difference_read(const uint8_t **at, const uint8_t *end) {
    uint32_t number = number_read(at, end);
    return number >> 1 ^ -(number & 1);
}

/* The last row at or below an address. */
static struct row row_find(const struct line_table *table, uint32_t address) {
    struct row found = {0}, row = {.address = table->base};
    const uint8_t *at = table->rows, *end = at + table->rows_size;
    while (at < end) {
        row.address += number_read(&at, end);
        row.node += difference_read(&at, end);
        row.line += difference_read(&at, end);
        if (row.address > address) {
            break;
        }
        found = row;
    }
    return found;
}

size_t line_search(const struct line_table *table, uint32_t address,
                   struct line_place places[LINE_PLACES_MAX]) {
    struct row row = row_find(table, address);
    size_t count = 0;
    while (row.node > 0 && row.node < table->node_count && count < LINE_PLACES_MAX) {
        const struct line_node *node = &table->nodes[row.node];
        places[count++] =
            (struct line_place){table->strings + node->name, table->strings + node->file, row.line};
        row.line = node->line;
        row.node = node->parent < row.node ? node->parent : 0;
    }
    return count;
}
