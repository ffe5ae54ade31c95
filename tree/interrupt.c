/* SPDX-License-Identifier: MIT */
/*
 * Interrupts: either `interrupts`, which are all the controller's that the node or one above it
 * names as its interrupt-parent, or `interrupts-extended`, where each names its own. How many cells
 * one has the controller says.
 */
#include "chain.h"

static bool cells_read(const struct device_tree *tree, struct bytes *bytes,
                       struct device_interrupt *interrupt) {
    uint32_t count = cells_of(tree, interrupt->controller, "#interrupt-cells", 0);
    if (interrupt->controller < 0 || count == 0 || count > DEVICE_TREE_CELLS_MAX) {
        return false;
    }
    interrupt->cell_count = count;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t cell;
        if (!device_tree_read_cells(bytes, 1, &cell)) {
            return false;
        }
        interrupt->cells[i] = (uint32_t)cell;
    }
    return true;
}

static device_node_t controller_find(const struct device_tree *tree, device_node_t node) {
    struct chain chain;
    if (!chain_find(tree, node, &chain)) {
        return DEVICE_NODE_NONE;
    }
    for (unsigned i = chain.depth + 1; i > 0; i--) {
        uint64_t phandle;
        if (device_tree_number(tree, chain.nodes[i - 1], "interrupt-parent", &phandle)) {
            return device_tree_find_phandle(tree, (uint32_t)phandle);
        }
    }
    return DEVICE_NODE_NONE;
}

void device_tree_visit_interrupts(const struct device_tree *tree, device_node_t node,
                                  device_interrupt_visit *visit, void *data) {
    struct device_interrupt interrupt = {.controller = DEVICE_NODE_NONE};
    struct bytes list;
    bool extended = device_tree_property(tree, node, "interrupts-extended", &list);
    if (!extended) {
        if (!device_tree_property(tree, node, "interrupts", &list)) {
            return;
        }
        interrupt.controller = controller_find(tree, node);
    }
    for (unsigned i = 0; i < DEVICE_TREE_VISITS_MAX; i++) {
        uint64_t phandle;
        if (extended) {
            if (!device_tree_read_cells(&list, 1, &phandle)) {
                return;
            }
            interrupt.controller = device_tree_find_phandle(tree, (uint32_t)phandle);
        }
        if (!cells_read(tree, &list, &interrupt) || !visit(data, &interrupt)) {
            return;
        }
    }
}

struct first {
    struct device_interrupt *out;
    bool found;
};

static bool take_first(void *data, const struct device_interrupt *interrupt) {
    struct first *first = data;
    *first->out = *interrupt;
    first->found = true;
    return false;
}

bool device_tree_interrupt(const struct device_tree *tree, device_node_t node,
                           struct device_interrupt *out) {
    struct first first = {out, false};
    device_tree_visit_interrupts(tree, node, take_first, &first);
    return first.found;
}
