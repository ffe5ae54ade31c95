/* SPDX-License-Identifier: MIT */
/* Disks: a Raspberry Pi's card, or those at each virtio register block that the device tree names.
 */
#include "bare.h"
#include "pi.h"
#include <base/format.h>
#include <boot/disk.h>
#include <boot/firmware.h>
#include <boot/virtio_block.h>

constexpr size_t DISKS_MAX = 8;

static struct virtio_block blocks[DISKS_MAX];
static size_t count;
static bool searched;

static void try_open(device_node_t node) {
    struct device_region registers;
    if (count < DISKS_MAX && device_tree_region(&bare_tree, node, 0, &registers) &&
        virtio_block_open(&blocks[count], registers.address)) {
        count++;
    }
}

static void search(void) {
    device_node_t node = DEVICE_NODE_NONE;
    searched = true;
    while (bare_has_tree &&
           (node = device_tree_find_compatible(&bare_tree, node, "virtio,mmio")) >= 0) {
        try_open(node);
    }
}

static bool read(void *context, uint64_t sector, uint32_t sectors, void *to) {
    return virtio_block_read(context, sector, sectors, to);
}

bool firmware_disk(size_t index, struct disk *out) {
    if (bare_mmio != 0) {
        return index == 0 && pi_card(out);
    }
    if (!searched) {
        search();
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

void bare_disks_close(void) {
    for (size_t i = 0; i < count; i++) {
        virtio_block_close(&blocks[i]);
    }
}
