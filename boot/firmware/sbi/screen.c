/* SPDX-License-Identifier: MIT */
/* The screen: a display on the PCI bus that the device tree names, if there is one. */
#include "sbi_loader.h"
#include <boot/bochs_display.h>
#include <boot/pages.h>

constexpr uint64_t SPACE_MASK = 0x0300'0000, SPACE_MEMORY = 0x0200'0000; /* of 32 bits */

/* The window of 32-bit memory whose addresses are the same on both sides. Three cells are an
 * address of the bus (IEEE 1275's PCI binding, 2.2.1.1), the first of them flags. */
static bool window_find(struct bytes ranges, struct pci_window *out) {
    uint64_t flags, from, to, size;
    while (device_tree_read_cells(&ranges, 1, &flags) &&
           device_tree_read_cells(&ranges, 2, &from) && device_tree_read_cells(&ranges, 2, &to) &&
           device_tree_read_cells(&ranges, 2, &size)) {
        if ((flags & SPACE_MASK) == SPACE_MEMORY && from == to && to < PAGES_IDENTITY_SIZE &&
            size <= PAGES_IDENTITY_SIZE - to) {
            out->memory = to;
            out->memory_size = size;
            return true;
        }
    }
    return false;
}

void firmware_screen(uint32_t width, uint32_t height, struct framebuffer *out) {
    device_node_t bus =
        device_tree_find_compatible(&sbi_tree, DEVICE_NODE_NONE, "pci-host-ecam-generic");
    struct device_region configuration;
    struct pci_window window;
    struct bytes ranges;
    *out = (struct framebuffer){};
    if (!device_tree_region(&sbi_tree, bus, 0, &configuration) ||
        !device_tree_property(&sbi_tree, bus, "ranges", &ranges) || !window_find(ranges, &window)) {
        return;
    }
    window.configuration = configuration.address;
    window.configuration_size = configuration.size;
    bochs_display_start(&window, width, height, out);
}
