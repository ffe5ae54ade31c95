/* SPDX-License-Identifier: MIT */
/* Finding nodes and properties: a thin layer over libfdt, whose blob was checked (check.c). */
#include "chain.h"
#include "check.h"
#include <libfdt.h>

uint32_t device_tree_measure(const void *header) {
    if ((uintptr_t)header % 4 != 0 || fdt_magic(header) != FDT_MAGIC ||
        fdt_totalsize(header) > DEVICE_TREE_SIZE_MAX) {
        return 0;
    }
    return fdt_totalsize(header);
}

bool device_tree_init(struct device_tree *out, const void *blob, size_t size) {
    if (!blob_check(blob, size)) {
        return false;
    }
    *out = (struct device_tree){blob, device_tree_measure(blob)};
    return true;
}

bool device_tree_property(const struct device_tree *tree, device_node_t node, const char *name,
                          struct bytes *out) {
    int size;
    const void *value = node < 0 ? nullptr : fdt_getprop(tree->blob, node, name, &size);
    if (value == nullptr) {
        return false;
    }
    *out = bytes_init(value, (size_t)size);
    return true;
}

bool device_tree_text(const struct device_tree *tree, device_node_t node, const char *name,
                      struct text *out) {
    struct bytes value;
    if (!device_tree_property(tree, node, name, &value)) {
        return false;
    }
    for (const uint8_t *at = value.at; at < value.end; at++) {
        if (*at == 0) {
            *out = (struct text){(const char *)value.at, (size_t)(at - value.at)};
            return true;
        }
    }
    return false;
}

bool device_tree_read_cells(struct bytes *bytes, uint32_t count, uint64_t *out) {
    uint64_t value = 0;
    if (count > 2) {
        return false;
    }
    for (uint32_t i = 0; i < 4 * count; i++) {
        uint8_t byte;
        if (!bytes_read_u8(bytes, &byte)) {
            return false;
        }
        value = value << 8 | byte;
    }
    *out = value;
    return true;
}

bool device_tree_number(const struct device_tree *tree, device_node_t node, const char *name,
                        uint64_t *out) {
    struct bytes value;
    return device_tree_property(tree, node, name, &value) &&
           (bytes_left(&value) == 4 || bytes_left(&value) == 8) &&
           device_tree_read_cells(&value, (uint32_t)bytes_left(&value) / 4, out);
}

uint32_t cells_of(const struct device_tree *tree, device_node_t node, const char *name,
                  uint32_t otherwise) {
    uint64_t value;
    bool known = device_tree_number(tree, node, name, &value) && value <= UINT32_MAX;
    return known ? (uint32_t)value : otherwise;
}

/* ---- nodes ---- */

bool device_tree_is_compatible(const struct device_tree *tree, device_node_t node,
                               const char *compatible) {
    return node >= 0 && fdt_node_check_compatible(tree->blob, node, compatible) == 0;
}

static bool is_enabled(const struct device_tree *tree, device_node_t node) {
    struct text status;
    return !device_tree_text(tree, node, "status", &status) ||
           text_equal(status, text_of("okay")) || text_equal(status, text_of("ok"));
}

device_node_t device_tree_find_compatible(const struct device_tree *tree, device_node_t after,
                                          const char *compatible) {
    device_node_t node = after;
    do {
        node = fdt_node_offset_by_compatible(tree->blob, node, compatible);
    } while (node >= 0 && !is_enabled(tree, node));
    return node;
}

device_node_t device_tree_find_phandle(const struct device_tree *tree, uint32_t phandle) {
    uint32_t wanted = cpu_to_fdt32(phandle);
    if (phandle == 0 || phandle == UINT32_MAX) {
        return DEVICE_NODE_NONE;
    }
    int node = fdt_node_offset_by_prop_value(tree->blob, -1, "phandle", &wanted, sizeof wanted);
    return node >= 0 ? node
                     : fdt_node_offset_by_prop_value(tree->blob, -1, "linux,phandle", &wanted,
                                                     sizeof wanted);
}

device_node_t device_tree_find_path(const struct device_tree *tree, struct text path) {
    device_node_t node = DEVICE_NODE_ROOT;
    if (path.size == 0 || path.bytes[0] != '/') {
        return DEVICE_NODE_NONE;
    }
    while (path.size > 0 && node >= 0) {
        struct text name = text_split(&path, '/');
        if (name.size > 0) {
            node = fdt_subnode_offset_namelen(tree->blob, node, name.bytes, (int)name.size);
        }
    }
    return node;
}

/* A name of /aliases leads to a path. */
static device_node_t alias_find(const struct device_tree *tree, struct text name) {
    device_node_t aliases = device_tree_find_path(tree, text_of("/aliases"));
    char key[64];
    struct text path;
    if (name.size >= sizeof key) {
        return DEVICE_NODE_NONE;
    }
    memcpy(key, name.bytes, name.size);
    key[name.size] = 0;
    return device_tree_text(tree, aliases, key, &path) ? device_tree_find_path(tree, path)
                                                       : DEVICE_NODE_NONE;
}

device_node_t device_tree_find_console(const struct device_tree *tree) {
    device_node_t chosen = device_tree_find_path(tree, text_of("/chosen"));
    struct text value;
    if (!device_tree_text(tree, chosen, "stdout-path", &value) &&
        !device_tree_text(tree, chosen, "linux,stdout-path", &value)) {
        return DEVICE_NODE_NONE;
    }
    struct text path = text_split(&value, ':'); /* what follows is its speed */
    bool whole = path.size > 0 && path.bytes[0] == '/';
    return whole ? device_tree_find_path(tree, path) : alias_find(tree, path);
}

bool chain_find(const struct device_tree *tree, device_node_t node, struct chain *out) {
    int depth = 0;
    for (int at = DEVICE_NODE_ROOT; at >= 0 && at <= node && depth >= 0;
         at = fdt_next_node(tree->blob, at, &depth)) {
        out->nodes[depth] = at;
        if (at == node) {
            out->depth = (unsigned)depth;
            return true;
        }
    }
    return false;
}

device_node_t device_tree_parent(const struct device_tree *tree, device_node_t node) {
    struct chain chain;
    return chain_find(tree, node, &chain) && chain.depth > 0 ? chain.nodes[chain.depth - 1]
                                                             : DEVICE_NODE_NONE;
}

/* ---- CPUs ---- */

static bool is_cpu(const struct device_tree *tree, device_node_t node) {
    struct text type;
    return device_tree_text(tree, node, "device_type", &type) && text_equal(type, text_of("cpu")) &&
           is_enabled(tree, node);
}

void device_tree_visit_cpus(const struct device_tree *tree, device_cpu_visit *visit, void *data) {
    device_node_t cpus = device_tree_find_path(tree, text_of("/cpus"));
    uint32_t cells = cells_of(tree, cpus, "#address-cells", 2);
    unsigned visits = 0;
    int depth = 0, node = cpus;
    while (node >= 0 && visits < DEVICE_TREE_VISITS_MAX) {
        struct bytes reg;
        uint64_t id;
        node = fdt_next_node(tree->blob, node, &depth);
        if (depth <= 0) {
            return;
        }
        if (node >= 0 && depth == 1 && is_cpu(tree, node) &&
            device_tree_property(tree, node, "reg", &reg) &&
            device_tree_read_cells(&reg, cells, &id)) {
            visit(data, node, id);
            visits++;
        }
    }
}
