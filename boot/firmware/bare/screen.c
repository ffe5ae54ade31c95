/* SPDX-License-Identifier: MIT */
/* The screen: a Raspberry Pi's graphics core makes one when asked; else one on the PCI bus, or one
 * that shows memory. */
#include "bare.h"
#include "pi.h"
#include <boot/bochs_display.h>
#include <boot/firmware.h>
#include <boot/ramfb.h>
#include <boot/tree_disks.h>

static void ramfb_find(uint32_t width, uint32_t height, struct framebuffer *out) {
    struct device_region registers;
    device_node_t node = bare_has_tree ? device_tree_find_compatible(&bare_tree, DEVICE_NODE_NONE,
                                                                     "qemu,fw-cfg-mmio")
                                       : DEVICE_NODE_NONE;
    if (node >= 0 && device_tree_region(&bare_tree, node, 0, &registers)) {
        ramfb_start(registers.address, width, height, out);
    }
}

void firmware_screen(uint32_t width, uint32_t height, struct framebuffer *out) {
    *out = (struct framebuffer){};
    if (bare_mmio != 0) {
        pi_screen(width, height, out);
    } else if (bare_has_tree && tree_bus(&bare_tree) != nullptr) {
        bochs_display_start(tree_bus(&bare_tree), width, height, out);
    }
    if (out->address == 0 && bare_mmio == 0) {
        ramfb_find(width, height, out);
    }
}
