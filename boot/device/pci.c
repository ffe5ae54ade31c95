/* SPDX-License-Identifier: MIT */
/*
 * A base address register is measured by writing ones and looking which bits stay. What holds an
 * address already keeps it; new addresses lie above all of those.
 */
#include <base/checked.h>
#include <boot/device.h>
#include <boot/pages.h>
#include <boot/pci.h>

enum : uint32_t {
    REGISTER_ID = 0x00,
    REGISTER_COMMAND = 0x04,
    REGISTER_BASES = 0x10,
};

constexpr uint32_t FUNCTION_SIZE = 4096, NOBODY = UINT32_MAX;
constexpr unsigned BASES = 6;
constexpr uint32_t BASE_PORTS = 1, BASE_WIDE = 4, BASE_FLAGS = 15;
constexpr uint32_t COMMAND_MEMORY = 2, COMMAND_MASTER = 4, COMMAND_BITS = 0xFFFF;
constexpr uint64_t SPACE_MASK = 0x0300'0000, SPACE_MEMORY = 0x0200'0000; /* of 32 bits */

uintptr_t pci_function(const struct pci_bus *bus, unsigned index, uint32_t *id) {
    uint64_t offset = (uint64_t)index * FUNCTION_SIZE;
    if (!range_within(offset, FUNCTION_SIZE, bus->configuration_size)) {
        return 0;
    }
    *id = device_read32(bus->configuration + offset + REGISTER_ID);
    return *id != NOBODY && *id != 0 ? bus->configuration + offset : 0;
}

/* How much a register covers; 0: it is none, or of ports. */
static uint32_t base_measure(uintptr_t at) {
    uint32_t before = device_read32(at);
    device_write32(at, UINT32_MAX);
    uint32_t mask = device_read32(at);
    device_write32(at, before);
    return (mask & BASE_PORTS) != 0 ? 0 : -(mask & ~BASE_FLAGS);
}

static bool is_wide(uintptr_t at) {
    return (device_read32(at) & BASE_WIDE) != 0;
}

static uint64_t base_read(uintptr_t at) {
    uint64_t high = is_wide(at) ? device_read32(at + 4) : 0;
    return high << 32 | (device_read32(at) & ~BASE_FLAGS);
}

/* Addresses that somebody has are taken. */
static void bases_respect(struct pci_bus *bus, uintptr_t function) {
    for (unsigned i = 0; i < BASES; i++) {
        uintptr_t at = function + REGISTER_BASES + 4 * i;
        uint64_t address = base_read(at), size = base_measure(at);
        if (address >= bus->next && range_within(address, size, bus->memory_end)) {
            bus->next = address + size;
        }
        i += size != 0 && is_wide(at);
    }
}

void pci_bus_init(struct pci_bus *bus, uint64_t configuration, uint64_t configuration_size,
                  uint64_t memory, uint64_t memory_size) {
    *bus =
        (struct pci_bus){configuration, configuration_size, memory, memory + memory_size, memory};
    for (unsigned i = 0; i < PCI_FUNCTIONS; i++) {
        uint32_t id;
        uintptr_t function = pci_function(bus, i, &id);
        if (function != 0) {
            bases_respect(bus, function);
        }
    }
}

bool pci_area_settle(struct pci_bus *bus, uintptr_t function, unsigned index,
                     struct pci_area *out) {
    uintptr_t at = function + REGISTER_BASES + 4 * index;
    if (index >= BASES) {
        return false;
    }
    *out = (struct pci_area){base_read(at), base_measure(at)};
    if (out->size == 0 || out->address != 0) {
        return out->size != 0;
    }
    out->address = align_up(bus->next, out->size);
    if (!range_within(out->address, out->size, bus->memory_end)) {
        return false;
    }
    bus->next = out->address + out->size;
    device_write32(at, (uint32_t)out->address);
    if (is_wide(at)) {
        device_write32(at + 4, 0);
    }
    return true;
}

void pci_enable(uintptr_t function) {
    uint32_t command = device_read32(function + REGISTER_COMMAND) & COMMAND_BITS;
    device_write32(function + REGISTER_COMMAND, command | COMMAND_MEMORY | COMMAND_MASTER);
}

/* ---- by the device tree ---- */

/* 32-bit memory whose addresses are the same on both sides. Three cells are an address of the bus,
 * the first of them flags. */
static bool memory_find(struct bytes ranges, uint64_t *address, uint64_t *size) {
    uint64_t flags, from, to;
    while (device_tree_read_cells(&ranges, 1, &flags) &&
           device_tree_read_cells(&ranges, 2, &from) && device_tree_read_cells(&ranges, 2, &to) &&
           device_tree_read_cells(&ranges, 2, size)) {
        if ((flags & SPACE_MASK) == SPACE_MEMORY && from == to &&
            range_within(to, *size, PAGES_IDENTITY_SIZE)) {
            *address = to;
            return true;
        }
    }
    return false;
}

bool pci_bus_find(const struct device_tree *tree, struct pci_bus *out) {
    device_node_t node =
        device_tree_find_compatible(tree, DEVICE_NODE_NONE, "pci-host-ecam-generic");
    struct device_region configuration;
    struct bytes ranges;
    uint64_t address, size;
    if (!device_tree_region(tree, node, 0, &configuration) ||
        !range_within(configuration.address, configuration.size, device_space_end) ||
        !device_tree_property(tree, node, "ranges", &ranges) ||
        !memory_find(ranges, &address, &size)) {
        return false;
    }
    pci_bus_init(out, configuration.address, configuration.size, address, size);
    return true;
}
