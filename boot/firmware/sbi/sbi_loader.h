/* SPDX-License-Identifier: MIT */
/* What the files of this folder share: the machine as its device tree tells it. */
#pragma once
#include <boot/pci.h>
#include <tree/device_tree.h>

/* Until firmware_finish(). */
extern struct device_tree sbi_tree;

/* Reads the memory map; the loader's own memory and the tree are used. False: it says too much. */
bool sbi_memory_start(void);
/* NULL: there is none. */
struct pci_bus *sbi_pci(void);
/* Devices are left alone from now on. */
void sbi_disks_close(void);
