/* SPDX-License-Identifier: MIT */
/* The screen: a Raspberry Pi's graphics core makes one when asked; else one on the PCI bus. */
#include "bare.h"
#include "pi.h"
#include <boot/bochs_display.h>
#include <boot/firmware.h>
#include <boot/tree_disks.h>

void firmware_screen(uint32_t width, uint32_t height, struct framebuffer *out) {
    *out = (struct framebuffer){};
    if (bare_mmio != 0) {
        pi_screen(width, height, out);
    } else if (bare_has_tree && tree_bus(&bare_tree) != nullptr) {
        bochs_display_start(tree_bus(&bare_tree), width, height, out);
    }
}
