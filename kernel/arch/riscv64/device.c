/* SPDX-License-Identifier: MIT */
/* Devices for drivers, as the device tree tells: 16550s, and slots of virtio devices. */
#include "platform.h"
#include <arch/machine.h>

constexpr uint32_t VIRTIO_STATUS = 0x70; /* 0 resets the device */

static uint64_t number_of(const struct device_tree *tree, device_node_t node, const char *name,
                          uint64_t otherwise) {
    uint64_t value;
    return device_tree_number(tree, node, name, &value) ? value : otherwise;
}

static bool fill(const struct device_tree *tree, device_node_t node, struct device_info *out) {
    struct device_region registers;
    if (!device_tree_region(tree, node, 0, &registers)) {
        return false;
    }
    out->resources[0] =
        (struct device_resource){DEVICE_WINDOW, 0, registers.address, registers.size};
    out->resource_count = 1;
    unsigned line = platform_line(node);
    if (line != MACHINE_NO_LINE) {
        out->resources[out->resource_count++] = (struct device_resource){DEVICE_LINE, 0, line, 1};
    }
    return true;
}

/* In the order of machine_serial(): the console first. */
bool machine_serial_device(unsigned index, struct device_info *out) {
    const struct device_tree *tree = platform_tree();
    if (tree == nullptr || index > 0) {
        return false;
    }
    device_node_t node = device_tree_find_console(tree);
    if (node < 0 || !device_tree_is_compatible(tree, node, "ns16550a")) {
        node = device_tree_find_compatible(tree, DEVICE_NODE_NONE, "ns16550a");
    }
    *out = (struct device_info){.kind = "16550"};
    if (node < 0 || !fill(tree, node, out)) {
        return false;
    }
    out->facts[0] = number_of(tree, node, "reg-shift", 0);
    out->facts[1] = number_of(tree, node, "clock-frequency", 0);
    out->facts[2] = number_of(tree, node, "reg-io-width", 1) * 8;
    return true;
}

bool machine_device(unsigned index, struct device_info *out) {
    const struct device_tree *tree = platform_tree();
    device_node_t node = DEVICE_NODE_NONE;
    if (tree == nullptr) {
        return false;
    }
    do {
        node = device_tree_find_compatible(tree, node, "virtio,mmio");
    } while (node >= 0 && index-- > 0);
    *out = (struct device_info){.kind = "virtio-mmio",
                                .flags = DEVICE_DMA,
                                .silence = {.offset = VIRTIO_STATUS, .width = 32}};
    return node >= 0 && fill(tree, node, out);
}

bool machine_port_read(uint16_t port, unsigned width, uint32_t *value) {
    return false;
}

bool machine_port_write(uint16_t port, unsigned width, uint32_t value) {
    return false;
}
