/* SPDX-License-Identifier: MIT */
/* The machine as its device tree tells it. */
#pragma once
#include <tree/device_tree.h>

/* NULL: the loader has passed none that is sound. At its physical address until platform_map(). */
const struct device_tree *platform_tree(void);
/* When there is memory: the tree is mapped for good. */
void platform_map(void);
/* The registers of a device, to be read and written: mapped by the loader (identity), or, when
 * there is memory, for good. 0: they cannot be reached. */
uintptr_t platform_registers(device_node_t node, unsigned index);
/* The line of <arch/interrupt.h> of a device; MACHINE_NO_LINE if it has none. */
unsigned platform_line(device_node_t node);
