/* SPDX-License-Identifier: MIT */
/* Disks: those of virtual machines, wherever the device tree leads to. */
#include "sbi_loader.h"
#include <boot/firmware.h>
#include <boot/tree_disks.h>

bool firmware_disk(size_t index, struct disk *out) {
    return tree_disk(&sbi_tree, index, out);
}
