/* SPDX-License-Identifier: MIT */
/*
 * Devices for drivers: PL011s, those of a Raspberry Pi where they always are, others as the device
 * tree or ACPI tells; and slots of virtio devices.
 */
#include "platform.h"
#include <arch/machine.h>

constexpr unsigned PI_PL011 = 0x20'1000, PI_PL011_LINE = 57;
constexpr uint32_t VIRTIO_STATUS = 0x70; /* 0 resets the device */

static void line_add(struct device_info *out, unsigned line) {
    out->resources[out->resource_count++] = (struct device_resource){DEVICE_LINE, 0, line, 1};
}

static bool fill(const struct device_tree *tree, device_node_t node, struct device_info *out) {
    struct device_region registers;
    struct device_interrupt interrupt;
    unsigned line;
    if (!device_tree_region(tree, node, 0, &registers)) {
        return false;
    }
    out->resources[0] =
        (struct device_resource){DEVICE_WINDOW, 0, registers.address, registers.size};
    out->resource_count = 1;
    if (device_tree_interrupt(tree, node, &interrupt) && platform_line(&interrupt, &line)) {
        line_add(out, line);
    }
    return true;
}

static device_node_t find(const struct device_tree *tree, const char *name, unsigned index) {
    device_node_t node = DEVICE_NODE_NONE;
    do {
        node = device_tree_find_compatible(tree, node, name);
    } while (node >= 0 && index-- > 0);
    return node;
}

/* The console that ACPI tells of. */
static bool fill_acpi(const struct acpi_arm *acpi, struct device_info *out) {
    constexpr uint64_t PL011_SIZE = 0x1000;
    constexpr unsigned FIRST_SHARED = 32, END = 1020; /* interrupts that a device may have */
    out->resources[0] = (struct device_resource){DEVICE_WINDOW, 0, acpi->serial, PL011_SIZE};
    if (acpi->serial_line >= FIRST_SHARED && acpi->serial_line < END) {
        line_add(out, acpi->serial_line);
    }
    return acpi->serial != 0;
}

/* In the order of machine_serial(): the console first. */
bool machine_serial_device(unsigned index, struct device_info *out) {
    const struct platform *platform = platform_get();
    *out = (struct device_info){.kind = "pl011", .resource_count = 1};
    if (platform->mmio != 0 && index == 0) {
        out->resources[0] =
            (struct device_resource){DEVICE_WINDOW, 0, platform->mmio + PI_PL011, 0x1000};
        line_add(out, PI_PL011_LINE);
        return true;
    }
    if (platform->mmio != 0 || index > 0) {
        return false;
    }
    if (!platform->has_tree) {
        return platform->has_acpi && fill_acpi(&platform->acpi, out);
    }
    device_node_t console = device_tree_find_console(&platform->tree);
    bool known = console >= 0 && device_tree_is_compatible(&platform->tree, console, "arm,pl011");
    device_node_t node = known ? console : find(&platform->tree, "arm,pl011", 0);
    return node >= 0 && fill(&platform->tree, node, out);
}

bool machine_device(unsigned index, struct device_info *out) {
    const struct platform *platform = platform_get();
    device_node_t node =
        platform->has_tree ? find(&platform->tree, "virtio,mmio", index) : DEVICE_NODE_NONE;
    *out = (struct device_info){.kind = "virtio-mmio",
                                .flags = DEVICE_DMA,
                                .silence = {.offset = VIRTIO_STATUS, .width = 32}};
    return node >= 0 && fill(&platform->tree, node, out);
}

bool machine_port_read(uint16_t port, unsigned width, uint32_t *value) {
    return false;
}

bool machine_port_write(uint16_t port, unsigned width, uint32_t value) {
    return false;
}
