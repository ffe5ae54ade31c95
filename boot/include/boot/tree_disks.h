/* SPDX-License-Identifier: MIT */
/*
 * What a device tree leads to on virtual machines: a PCI bus, and disks by virtio, on the bus or
 * with registers in memory. Both are searched for when they are first asked for, in the tree of
 * that call; there is one tree in a loader's life.
 */
#pragma once
#include <boot/disk.h>
#include <boot/pci.h>
#include <tree/device_tree.h>

/* NULL: there is none. */
struct pci_bus *tree_bus(const struct device_tree *tree);
/* False when there is no disk of this number. */
[[nodiscard]] bool tree_disk(const struct device_tree *tree, size_t index, struct disk *out);
/* The disks are left alone from now on. */
void tree_disks_close(void);
