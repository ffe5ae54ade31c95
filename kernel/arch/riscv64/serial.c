/* SPDX-License-Identifier: MIT */
/*
 * Serial ports: 16550s of the device tree, the console that the firmware names first. Where there
 * is none, the firmware's own console, which only writes, is serial0.
 */
#include "console.h"
#include "io.h"
#include "platform.h"
#include <arch/machine.h>
#include <chip/uart16550.h>

constexpr unsigned SHIFT_MAX = 4;

static uint32_t byte_read(uintptr_t base, unsigned offset) {
    return io_read8(base + offset);
}

static void byte_write(uintptr_t base, unsigned offset, uint32_t value) {
    io_write8(base + offset, (uint8_t)value);
}

static uint32_t word_read(uintptr_t base, unsigned offset) {
    return io_read32(base + offset);
}

static void word_write(uintptr_t base, unsigned offset, uint32_t value) {
    io_write32(base + offset, value);
}

static const char *const kinds[] = {"ns16550a", "ns16550", "snps,dw-apb-uart"};

static bool is_16550(const struct device_tree *tree, device_node_t node) {
    bool is = false;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        is = is || device_tree_is_compatible(tree, node, kinds[i]);
    }
    return is;
}

/* The index-th port: the console, then the others in the tree's order. */
static device_node_t port_find(const struct device_tree *tree, unsigned index) {
    device_node_t console = device_tree_find_console(tree), node = DEVICE_NODE_NONE;
    bool first = is_16550(tree, console);
    if (first && index == 0) {
        return console;
    }
    for (unsigned at = first; (node = device_tree_find_compatible(tree, node, kinds[0])) >= 0;) {
        if (node != console && at++ == index) {
            return node;
        }
    }
    return DEVICE_NODE_NONE;
}

static uint32_t number_of(const struct device_tree *tree, device_node_t node, const char *name,
                          uint32_t otherwise) {
    uint64_t value;
    bool known = device_tree_number(tree, node, name, &value) && value <= UINT32_MAX;
    return known ? (uint32_t)value : otherwise;
}

static bool port_wire(const struct device_tree *tree, device_node_t node, struct uart_wiring *out) {
    bool words = number_of(tree, node, "reg-io-width", 1) == 4;
    *out = (struct uart_wiring){
        .chip = &uart16550,
        .read = words ? word_read : byte_read,
        .write = words ? word_write : byte_write,
        .base = platform_registers(node, 0),
        .shift = number_of(tree, node, "reg-shift", 0),
        .clock_hz = number_of(tree, node, "clock-frequency", 0),
    };
    out->base += out->base != 0 ? number_of(tree, node, "reg-offset", 0) : 0;
    return out->base != 0 && out->shift <= SHIFT_MAX;
}

bool machine_serial(unsigned index, struct uart_wiring *out, unsigned *line) {
    const struct device_tree *tree = platform_tree();
    device_node_t node = tree != nullptr ? port_find(tree, index) : DEVICE_NODE_NONE;
    *line = MACHINE_NO_LINE;
    if (node >= 0 && port_wire(tree, node, out)) {
        *line = platform_line(node);
        return true;
    }
    *out = (struct uart_wiring){.chip = &firmware_console};
    return index == 0;
}
