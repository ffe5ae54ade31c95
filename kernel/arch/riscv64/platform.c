/* SPDX-License-Identifier: MIT */
/* Finding things in the device tree, which the loader has left in memory that nobody else uses. */
#include "platform.h"
#include <abi/bootinfo.h>
#include <arch/machine.h>
#include <kernel/memory.h>

constexpr uint64_t IDENTITY_END = UINT64_C(4) << 30; /* what every loader maps */

static struct device_tree tree;
static bool known, looked;

static bool tree_read(uint64_t address) {
    if (address == 0 || address % 8 != 0 || address >= IDENTITY_END - DEVICE_TREE_SIZE_MAX) {
        return false;
    }
    const void *blob = (const void *)address;
    return device_tree_init(&tree, blob, device_tree_measure(blob));
}

const struct device_tree *platform_tree(void) {
    if (!looked) {
        looked = true;
        known = tree_read(((const struct bootinfo *)BOOTINFO_ADDRESS)->arch.riscv64.tree);
    }
    return known ? &tree : nullptr;
}

void platform_map(void) {
    if (platform_tree() != nullptr) {
        const void *blob = memory_map_physical((uintptr_t)tree.blob, tree.size, MMU_READ);
        known = blob != nullptr && device_tree_init(&tree, blob, tree.size);
    }
}

uintptr_t platform_registers(device_node_t node, unsigned index) {
    struct device_region region;
    if (platform_tree() == nullptr || !device_tree_region(&tree, node, index, &region)) {
        return 0;
    }
    if (memory_direct == 0) {
        return region.address < IDENTITY_END && region.size <= IDENTITY_END - region.address
                   ? region.address
                   : 0;
    }
    if (region.address >= memory_layout()->direct_size || region.size > LARGE_PAGE_SIZE * 32) {
        return 0;
    }
    return (uintptr_t)memory_map_physical(region.address, region.size, MMU_WRITE | MMU_DEVICE);
}

unsigned platform_line(device_node_t node) {
    struct device_interrupt interrupt;
    bool by_plic = platform_tree() != nullptr && device_tree_interrupt(&tree, node, &interrupt) &&
                   (device_tree_is_compatible(&tree, interrupt.controller, "sifive,plic-1.0.0") ||
                    device_tree_is_compatible(&tree, interrupt.controller, "riscv,plic0"));
    return by_plic ? interrupt.cells[0] : MACHINE_NO_LINE;
}
