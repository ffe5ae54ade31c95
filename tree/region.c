/* SPDX-License-Identifier: MIT */
/*
 * Regions: `reg`, which counts as the node's parent says, and the way up through the buses, each of
 * which says in `ranges` where its addresses are in those of its own parent.
 */
#include "chain.h"
#include <base/checked.h>
#include <libfdt.h>

static uint32_t address_cells(const struct device_tree *tree, device_node_t node) {
    return cells_of(tree, node, "#address-cells", 2);
}

static uint32_t size_cells(const struct device_tree *tree, device_node_t node) {
    return cells_of(tree, node, "#size-cells", 1);
}

static bool is_sound(const struct device_region *region) {
    return region->size > 0 && region->address <= UINT64_MAX - (region->size - 1);
}

/* The next of a list of regions. */
static bool region_read(struct bytes *bytes, uint32_t address, uint32_t size,
                        struct device_region *out) {
    return address > 0 && device_tree_read_cells(bytes, address, &out->address) &&
           device_tree_read_cells(bytes, size, &out->size);
}

/* From the addresses of a bus to those of its parent. */
static bool bus_translate(const struct device_tree *tree, device_node_t bus, device_node_t parent,
                          struct device_region *region) {
    struct bytes ranges;
    if (!device_tree_property(tree, bus, "ranges", &ranges)) {
        return false;
    }
    if (bytes_left(&ranges) == 0) {
        return true;
    }
    uint32_t child = address_cells(tree, bus), above = address_cells(tree, parent);
    uint32_t size = size_cells(tree, bus);
    uint64_t from, to, length;
    while (child > 0 && above > 0 && device_tree_read_cells(&ranges, child, &from) &&
           device_tree_read_cells(&ranges, above, &to) &&
           device_tree_read_cells(&ranges, size, &length)) {
        if (region->address >= from && range_within(region->address - from, region->size, length)) {
            region->address = region->address - from + to;
            return is_sound(region);
        }
    }
    return false;
}

static bool translate(const struct device_tree *tree, const struct chain *chain,
                      struct device_region *region) {
    for (unsigned i = chain->depth; i > 1; i--) {
        if (!bus_translate(tree, chain->nodes[i - 1], chain->nodes[i - 2], region)) {
            return false;
        }
    }
    return true;
}

bool device_tree_region(const struct device_tree *tree, device_node_t node, unsigned index,
                        struct device_region *out) {
    struct chain chain;
    struct bytes reg;
    if (!device_tree_property(tree, node, "reg", &reg) || !chain_find(tree, node, &chain) ||
        chain.depth == 0) {
        return false;
    }
    device_node_t parent = chain.nodes[chain.depth - 1];
    uint32_t address = address_cells(tree, parent), size = size_cells(tree, parent);
    uint64_t stride = 4 * ((uint64_t)address + size);
    return index <= UINT32_MAX / 32 && stride <= 32 && bytes_skip(&reg, index * stride) &&
           region_read(&reg, address, size, out) && is_sound(out) && translate(tree, &chain, out);
}

struct visitor {
    const struct device_tree *tree;
    device_region_visit *visit;
    void *data;
    unsigned left; /* visits */
};

/* All regions of a child of `parent` that lies where addresses are the CPU's own. */
static void regions_visit(struct visitor *visitor, device_node_t node, device_node_t parent) {
    const struct device_tree *tree = visitor->tree;
    uint32_t address = address_cells(tree, parent), size = size_cells(tree, parent);
    struct bytes reg;
    struct device_region region;
    if (!device_tree_property(tree, node, "reg", &reg)) {
        return;
    }
    while (visitor->left > 0 && region_read(&reg, address, size, &region)) {
        if (is_sound(&region)) {
            visitor->visit(visitor->data, &region);
            visitor->left--;
        }
    }
}

static bool is_memory(const struct device_tree *tree, device_node_t node) {
    struct text type;
    return device_tree_text(tree, node, "device_type", &type) &&
           text_equal(type, text_of("memory"));
}

static bool is_anything(const struct device_tree *tree, device_node_t node) {
    return true;
}

static void children_visit(struct visitor *visitor, device_node_t parent,
                           bool (*wanted)(const struct device_tree *tree, device_node_t node)) {
    int depth = 0, node = parent;
    while (node >= 0 && visitor->left > 0) {
        node = fdt_next_node(visitor->tree->blob, node, &depth);
        if (depth <= 0) {
            return;
        }
        if (node >= 0 && depth == 1 && wanted(visitor->tree, node)) {
            regions_visit(visitor, node, parent);
        }
    }
}

void device_tree_visit_memory(const struct device_tree *tree, device_region_visit *visit,
                              void *data) {
    struct visitor visitor = {tree, visit, data, DEVICE_TREE_VISITS_MAX};
    children_visit(&visitor, DEVICE_NODE_ROOT, is_memory);
}

void device_tree_visit_reserved(const struct device_tree *tree, device_region_visit *visit,
                                void *data) {
    struct visitor visitor = {tree, visit, data, DEVICE_TREE_VISITS_MAX};
    int count = fdt_num_mem_rsv(tree->blob);
    for (int i = 0; i < count && visitor.left > 0; i++) {
        struct device_region region;
        fdt_get_mem_rsv(tree->blob, i, &region.address, &region.size);
        if (is_sound(&region)) {
            visit(data, &region);
            visitor.left--;
        }
    }
    children_visit(&visitor, device_tree_find_path(tree, text_of("/reserved-memory")), is_anything);
}
