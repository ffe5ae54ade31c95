/* SPDX-License-Identifier: MIT */
/* The screen: a display on the PCI bus, if there is one. */
#include "sbi_loader.h"
#include <boot/bochs_display.h>
#include <boot/tree_disks.h>

void firmware_screen(uint32_t width, uint32_t height, struct framebuffer *out) {
    struct pci_bus *bus = tree_bus(&sbi_tree);
    *out = (struct framebuffer){};
    if (bus != nullptr) {
        bochs_display_start(bus, width, height, out);
    }
}
