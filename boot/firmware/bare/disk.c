/* SPDX-License-Identifier: MIT */
/* Disks: a Raspberry Pi's card, or those of virtual machines, wherever the device tree leads to. */
#include "bare.h"
#include "pi.h"
#include <boot/firmware.h>
#include <boot/tree_disks.h>

bool firmware_disk(size_t index, struct disk *out) {
    if (bare_mmio != 0) {
        return index == 0 && pi_card(out);
    }
    return bare_has_tree && tree_disk(&bare_tree, index, out);
}
