/* SPDX-License-Identifier: MIT */
/* A node with all that it lies in. */
#pragma once
#include <tree/device_tree.h>

struct chain {
    unsigned depth; /* nodes[depth] is the node itself, nodes[0] the root */
    device_node_t nodes[DEVICE_TREE_DEPTH_MAX];
};

/* False: there is no such node. One pass over what comes before it. */
bool chain_find(const struct device_tree *tree, device_node_t node, struct chain *out);
/* A property like #address-cells. */
uint32_t cells_of(const struct device_tree *tree, device_node_t node, const char *name,
                  uint32_t otherwise);
