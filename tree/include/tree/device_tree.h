/* SPDX-License-Identifier: MIT */
/*
 * Device trees: what firmware says is in the machine, for loaders and kernels on CPUs without ACPI.
 *
 * A struct device_tree borrows its blob, which must stay, unchanged, for as long as it is used. A
 * blob is looked at as a whole first; what is damaged is refused, so that nothing that is asked
 * later reads outside of it, whatever the blob says. Nodes are offsets into it. Nothing here
 * allocates. Every question takes time linear in the size of the blob; a visit asks at most
 * DEVICE_TREE_VISITS_MAX times.
 *
 * Sources: Devicetree Specification 0.3 (format: chapter 5; properties: 2.3; interrupts: 2.4; base
 * nodes: 3). The reading is libfdt's.
 */
#pragma once
#include <base/bytes.h>
#include <base/string.h>
#include <stdint.h>

struct device_tree {
    const void *blob;
    uint32_t size; /* bytes */
};

/* Negative: there is none. */
typedef int32_t device_node_t;
constexpr device_node_t DEVICE_NODE_NONE = -1;
constexpr device_node_t DEVICE_NODE_ROOT = 0;

constexpr uint32_t DEVICE_TREE_SIZE_MAX = 16 * 1024 * 1024;
constexpr size_t DEVICE_TREE_HEADER_SIZE = 40;
constexpr unsigned DEVICE_TREE_DEPTH_MAX = 32;
constexpr unsigned DEVICE_TREE_VISITS_MAX = 512;
constexpr unsigned DEVICE_TREE_CELLS_MAX = 4; /* of an interrupt */

/* How long the blob is whose first DEVICE_TREE_HEADER_SIZE bytes these are; 0: no device tree. */
uint32_t device_tree_measure(const void *header);
/* False: not a sound device tree of version 17 in the first `size` bytes of `blob`, which is
 * aligned to 8. */
[[nodiscard]] bool device_tree_init(struct device_tree *out, const void *blob, size_t size);

/* ---- finding nodes ---- */

/* By a whole path, "/chosen"; unit addresses ("@10000000") may be left out. */
device_node_t device_tree_find_path(const struct device_tree *tree, struct text path);
/* The first node behind `after` (DEVICE_NODE_NONE: of all) whose list `compatible` names this, and
 * which is not disabled. */
device_node_t device_tree_find_compatible(const struct device_tree *tree, device_node_t after,
                                          const char *compatible);
device_node_t device_tree_find_phandle(const struct device_tree *tree, uint32_t phandle);
/* The device that the firmware says the console is: stdout-path of /chosen, by an alias, too. */
device_node_t device_tree_find_console(const struct device_tree *tree);
/* NONE for the root. */
device_node_t device_tree_parent(const struct device_tree *tree, device_node_t node);
/* Does its list `compatible` name this? */
bool device_tree_is_compatible(const struct device_tree *tree, device_node_t node,
                               const char *compatible);

/* ---- properties ---- */

/* The bytes of a property, numbers of it big endian; false when the node has none. Borrowed. */
bool device_tree_property(const struct device_tree *tree, device_node_t node, const char *name,
                          struct bytes *out);
/* Its first text, without the NUL; false when there is none, or it does not end. */
bool device_tree_text(const struct device_tree *tree, device_node_t node, const char *name,
                      struct text *out);
/* A property that is one number of 4 or of 8 bytes. */
bool device_tree_number(const struct device_tree *tree, device_node_t node, const char *name,
                        uint64_t *out);
/* A number of 1 or 2 cells (4 bytes each) out of a property that is read on. */
bool device_tree_read_cells(struct bytes *bytes, uint32_t count, uint64_t *out);

/* ---- what they mean ---- */

struct device_region {
    uint64_t address; /* physical */
    uint64_t size;    /* never reaching beyond 2^64 */
};

/* The index-th region of `reg`, translated by the `ranges` of all buses above the node. False: no
 * such region, or not one that the CPU can reach. */
bool device_tree_region(const struct device_tree *tree, device_node_t node, unsigned index,
                        struct device_region *out);

struct device_interrupt {
    device_node_t controller;
    uint32_t cell_count; /* as many as the controller wants */
    uint32_t cells[DEVICE_TREE_CELLS_MAX];
};

/* Called with each interrupt of a node, in order; returns whether to go on. */
typedef bool device_interrupt_visit(void *data, const struct device_interrupt *interrupt);
void device_tree_visit_interrupts(const struct device_tree *tree, device_node_t node,
                                  device_interrupt_visit *visit, void *data);
/* The first. */
bool device_tree_interrupt(const struct device_tree *tree, device_node_t node,
                           struct device_interrupt *out);

typedef void device_region_visit(void *data, const struct device_region *region);
/* All memory that there is, and what of it is not to be touched: the blob's own list and the
 * regions in /reserved-memory. (The blob itself is in neither.) */
void device_tree_visit_memory(const struct device_tree *tree, device_region_visit *visit,
                              void *data);
void device_tree_visit_reserved(const struct device_tree *tree, device_region_visit *visit,
                                void *data);

/* Each CPU that is not disabled, with its `reg`: a hart's or a core's number. */
typedef void device_cpu_visit(void *data, device_node_t node, uint64_t id);
void device_tree_visit_cpus(const struct device_tree *tree, device_cpu_visit *visit, void *data);
