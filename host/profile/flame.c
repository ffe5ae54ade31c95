/* SPDX-License-Identifier: MIT */
/*
 * A flame graph as one SVG without scripts: each box is a frame, as wide as its share of the time,
 * above the one that called it; its title says what it is when one points at it. Callees stand in
 * the order of their names, functions of one name as one box per caller. What is too narrow to see
 * is left out, so the size is bounded by the picture's and not by the program's.
 */
#include "unit.h"
#include <stdlib.h>
#include <string.h>

constexpr double WIDTH = 1200, MARGIN = 10, LEVEL = 17, HEAD = 40, VISIBLE = 0.2;
constexpr double LETTER = 7; /* width of one, about */

struct box {
    uint32_t node, depth;
    uint64_t total, start; /* milliseconds; from the left */
    uint64_t next;         /* where the next child starts */
};

static const struct node *nodes; /* for the comparison */

static int compare(const void *left, const void *right) {
    const struct node *a = &nodes[*(const uint32_t *)left], *b = &nodes[*(const uint32_t *)right];
    if (a->parent != b->parent) {
        return a->parent < b->parent ? -1 : 1;
    }
    return strcmp(name_text(a->name), name_text(b->name));
}

static void add_up(struct box *boxes, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        boxes[i] = (struct box){.node = i, .total = nodes[i].count};
    }
    for (uint32_t i = count; i-- > 1;) {
        boxes[nodes[i].parent].total += boxes[i].total;
    }
}

/* Children follow one another; a parent has its place before, for it comes before in the order. */
static uint32_t place_all(struct box *boxes, const uint32_t *order, uint32_t count) {
    uint32_t deepest = 0;
    for (uint32_t i = 1; i < count; i++) {
        struct box *box = &boxes[order[i]], *parent = &boxes[nodes[order[i]].parent];
        box->start = parent->next;
        box->next = box->start;
        box->depth = parent->depth + 1;
        parent->next += box->total;
        deepest = box->depth > deepest ? box->depth : deepest;
    }
    return deepest;
}

/* At most `limit` bytes, and no part of a character. */
static void write_text(FILE *file, const char *text, size_t limit) {
    for (size_t i = 0; text[i] != 0; i++) {
        if (i >= limit && (text[i] & 0xC0) != 0x80) {
            break;
        }
        switch (text[i]) {
        case '<':
            fputs("&lt;", file);
            break;
        case '>':
            fputs("&gt;", file);
            break;
        case '&':
            fputs("&amp;", file);
            break;
        default:
            fputc(text[i], file);
        }
    }
}

/* Warm for functions, each name always the same; cool for what is none. */
static void write_color(FILE *file, const char *name) {
    uint32_t hash = 2166136261;
    for (const char *at = name; *at != 0; at++) {
        hash = (hash ^ (uint8_t)*at) * 16777619;
    }
    if (*name == '[') {
        fprintf(file, "rgb(%u,%u,%u)", 120 + hash % 40, 160 + hash / 64 % 40, 220);
    } else {
        fprintf(file, "rgb(%u,%u,%u)", 215 + hash % 40, 110 + hash / 64 % 110, 50 + hash / 9 % 30);
    }
}

static void write_box(FILE *file, const struct box *box, uint64_t all, uint32_t deepest) {
    double scale = (WIDTH - 2 * MARGIN) / (double)all;
    double x = MARGIN + (double)box->start * scale, width = (double)box->total * scale;
    double y = HEAD + (double)(deepest - box->depth) * LEVEL;
    const char *name = name_text(nodes[box->node].name);
    if (width < VISIBLE) {
        return;
    }
    fputs("<g><title>", file);
    write_text(file, name, SIZE_MAX);
    fprintf(file, " (%llu ms, %.2f%%)</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" ",
            (unsigned long long)box->total, 100 * (double)box->total / (double)all, x, y, width);
    fprintf(file, "height=\"%.1f\" fill=\"", LEVEL - 1);
    write_color(file, name);
    fputs("\"/>", file);
    if (width > 4 * LETTER) {
        fprintf(file, "<text x=\"%.1f\" y=\"%.1f\">", x + 3, y + LEVEL - 5);
        write_text(file, name, (size_t)((width - 6) / LETTER));
        fputs("</text>", file);
    }
    fputs("</g>\n", file);
}

static void write_head(FILE *file, uint64_t all, uint64_t lost, uint32_t deepest) {
    double height = HEAD + (deepest + 1) * LEVEL + MARGIN;
    fprintf(file,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
            "viewBox=\"0 0 %.0f %.0f\" font-family=\"monospace\" font-size=\"11\">\n"
            "<rect width=\"100%%\" height=\"100%%\" fill=\"#fffdf4\"/>\n"
            "<text x=\"%.0f\" y=\"24\" font-size=\"15\">%llu ms of CPU time",
            WIDTH, height, WIDTH, height, MARGIN, (unsigned long long)all);
    if (lost != 0) {
        fprintf(file, ", without %llu ms that had no room", (unsigned long long)lost);
    }
    fputs("</text>\n", file);
}

bool flame_write(FILE *file, uint64_t lost) {
    uint32_t count;
    nodes = tree_nodes(&count);
    struct box *boxes = calloc(count, sizeof *boxes);
    uint32_t *order = calloc(count, sizeof *order);
    bool good = boxes != nullptr && order != nullptr;
    if (good) {
        for (uint32_t i = 0; i < count; i++) {
            order[i] = i;
        }
        qsort(order + 1, count - 1, sizeof *order, compare);
        add_up(boxes, count);
        uint32_t deepest = place_all(boxes, order, count);
        write_head(file, boxes[0].total, lost, deepest);
        for (uint32_t i = 0; i < count && boxes[0].total != 0; i++) {
            write_box(file, &boxes[i], boxes[0].total, deepest);
        }
        fputs("</svg>\n", file);
    }
    free(boxes);
    free(order);
    return good;
}
