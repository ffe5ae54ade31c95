/* SPDX-License-Identifier: MIT */
/*
 * Functions on a PCI bus that no firmware has set up: finding them, and giving them addresses. One
 * bus; its configuration space lies in memory, and its addresses below 4 GiB are the CPU's.
 *
 * Sources: PCI Local Bus Specification 3.0, 6.1 to 6.2.5; PCI Express Base Specification 3.0, 7.2.2
 * (configuration space in memory); IEEE 1275's PCI binding, 2.2.1.1 (addresses in device trees).
 */
#pragma once
#include <stdint.h>
#include <tree/device_tree.h>

struct pci_bus {
    uint64_t configuration, configuration_size;
    uint64_t memory, memory_end; /* where functions may be given addresses */
    uint64_t next;               /* the first address that nobody has */
};

/* The bus of the device tree, whose functions keep the addresses that they have. False: there is
 * none that can be used. */
[[nodiscard]] bool pci_bus_find(const struct device_tree *tree, struct pci_bus *out);
/* The same for a bus of which these four are known. */
void pci_bus_init(struct pci_bus *bus, uint64_t configuration, uint64_t configuration_size,
                  uint64_t memory, uint64_t memory_size);

constexpr unsigned PCI_FUNCTIONS = 256; /* of a bus */

/* The address of a function's configuration space, and who made what (device << 16 | vendor); 0:
 * there is no such function. */
uintptr_t pci_function(const struct pci_bus *bus, unsigned index, uint32_t *id);

struct pci_area {
    uint64_t address;
    uint32_t size;
};

/* What base address register `index` leads to; gives it an address if it has none. False: it leads
 * to no memory, or there is no room. */
[[nodiscard]] bool pci_area_settle(struct pci_bus *bus, uintptr_t function, unsigned index,
                                   struct pci_area *out);
/* The function answers at its addresses, and may reach memory. */
void pci_enable(uintptr_t function);
