/* SPDX-License-Identifier: MIT */
/* See boot/tree_disks.h. Disks with registers in memory come first. */
#include <base/format.h>
#include <boot/tree_disks.h>
#include <boot/virtio_block.h>

constexpr size_t DISKS_MAX = 8;

static struct virtio_block blocks[DISKS_MAX];
static size_t count;
static bool searched;

struct pci_bus *tree_bus(const struct device_tree *tree) {
    static struct pci_bus bus;
    static bool found, known;
    if (!known) {
        known = true;
        found = pci_bus_find(tree, &bus);
    }
    return found ? &bus : nullptr;
}

static void search_registers(const struct device_tree *tree) {
    device_node_t node = DEVICE_NODE_NONE;
    while (count < DISKS_MAX &&
           (node = device_tree_find_compatible(tree, node, "virtio,mmio")) >= 0) {
        struct device_region registers;
        count += device_tree_region(tree, node, 0, &registers) &&
                 virtio_block_open(&blocks[count], registers.address);
    }
}

static void search_bus(struct pci_bus *bus) {
    for (unsigned i = 0; bus != nullptr && i < PCI_FUNCTIONS && count < DISKS_MAX; i++) {
        uint32_t id;
        uintptr_t function = pci_function(bus, i, &id);
        count += function != 0 && virtio_block_open_pci(&blocks[count], bus, function, id);
    }
}

static bool read(void *context, uint64_t sector, uint32_t sectors, void *to) {
    return virtio_block_read(context, sector, sectors, to);
}

bool tree_disk(const struct device_tree *tree, size_t index, struct disk *out) {
    if (!searched) {
        searched = true;
        search_registers(tree);
        search_bus(tree_bus(tree));
    }
    if (index >= count) {
        return false;
    }
    *out = (struct disk){
        .sector_count = blocks[index].sector_count,
        .read = read,
        .context = &blocks[index],
    };
    format_buffer(out->name, sizeof out->name, "disk %zu", index);
    return true;
}

void tree_disks_close(void) {
    for (size_t i = 0; i < count; i++) {
        virtio_block_close(&blocks[i]);
    }
}
