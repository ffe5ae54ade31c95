/* SPDX-License-Identifier: MIT */
/* Folded stacks, as flame graph tools read them: "outermost;...;innermost milliseconds". */
#include "unit.h"
#include <engine/sample.h>

constexpr uint32_t DEPTH_MAX = SAMPLE_FRAMES + 2; /* with those who are no functions */

static void write_stack(FILE *file, const struct node *nodes, uint32_t node) {
    uint32_t path[DEPTH_MAX], depth = 0;
    for (uint32_t at = node; at != 0 && depth < DEPTH_MAX; at = nodes[at].parent) {
        path[depth++] = at;
    }
    while (depth-- > 0) {
        fprintf(file, "%s%s", name_text(nodes[path[depth]].name), depth > 0 ? ";" : "");
    }
    fprintf(file, " %llu\n", (unsigned long long)nodes[node].count);
}

void folded_write(FILE *file) {
    uint32_t count;
    const struct node *nodes = tree_nodes(&count);
    for (uint32_t i = 1; i < count; i++) {
        if (nodes[i].count != 0) {
            write_stack(file, nodes, i);
        }
    }
}
