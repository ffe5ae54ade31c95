/* SPDX-License-Identifier: MIT */
/* What the files of this folder share: the machine as its device tree tells it. */
#pragma once
#include <tree/device_tree.h>

/* Until firmware_finish(). */
extern struct device_tree sbi_tree;

/* Reads the memory map; the loader's own memory and the tree are used. False: it says too much. */
bool sbi_memory_start(void);
