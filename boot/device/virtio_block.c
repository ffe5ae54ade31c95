/* SPDX-License-Identifier: MIT */
/*
 * A request is a chain of three descriptors, always the same ones:
 *
 *     0: what is wanted (device reads) -> 1: the data (device writes) -> 2: how it went (writes)
 *
 * The device is done when its index in the used ring has come as far as ours in the available ring.
 */
#include "virtio_way.h"
#include <base/checked.h>
#include <base/string.h>
#include <boot/device.h>
#include <boot/disk.h>

/* Of the device's settings. */
enum : uint32_t { SETTING_CAPACITY = 0, SETTING_SIZE_MAX = 8 };

enum : uint8_t { STATUS_KNOWN = 1, STATUS_DRIVER = 2, STATUS_LIVE = 4, STATUS_FEATURES = 8 };
enum : uint16_t { DESCRIPTOR_NEXT = 1, DESCRIPTOR_WRITE = 2, AVAILABLE_QUIET = 1 };

constexpr uint32_t FEATURE_SIZE_MAX = 1 << 1;         /* of bits 0 to 31 */
constexpr uint32_t FEATURE_STANDARD = 1 << (32 - 32); /* of bits 32 to 63 */
constexpr uint32_t READ = 0, SECTORS_MOST = 2048;
constexpr uint32_t PATIENCE = 1'000'000'000;

static void status_add(const struct virtio_block *block, uint8_t bit) {
    block->way->status_set(block, block->way->status_get(block) | bit);
}

static bool standard_agree(const struct virtio_block *block) {
    if ((block->way->features_get(block, 1) & FEATURE_STANDARD) == 0) {
        return false;
    }
    block->way->features_set(block, 1, FEATURE_STANDARD);
    status_add(block, STATUS_FEATURES);
    return (block->way->status_get(block) & STATUS_FEATURES) != 0;
}

/* Nothing is asked of it but to tell how much it reads at once. */
static bool features_agree(struct virtio_block *block) {
    uint32_t low = block->way->features_get(block, 0) & FEATURE_SIZE_MAX;
    block->way->features_set(block, 0, low);
    if (!block->legacy && !standard_agree(block)) {
        return false;
    }
    uint32_t most = low != 0 ? block->way->setting_get(block, SETTING_SIZE_MAX) / DISK_SECTOR_SIZE
                             : SECTORS_MOST;
    block->sectors_most = most < SECTORS_MOST ? most : SECTORS_MOST;
    block->sector_count = (uint64_t)block->way->setting_get(block, SETTING_CAPACITY + 4) << 32 |
                          block->way->setting_get(block, SETTING_CAPACITY);
    return most > 0;
}

bool virtio_block_start(struct virtio_block *block) {
    block->patience = PATIENCE;
    block->available.flags = AVAILABLE_QUIET;
    block->way->status_set(block, 0);
    status_add(block, STATUS_KNOWN);
    status_add(block, STATUS_DRIVER);
    if (!features_agree(block) || !block->way->queue_start(block)) {
        virtio_block_close(block);
        return false;
    }
    status_add(block, STATUS_LIVE);
    return true;
}

void virtio_block_close(struct virtio_block *block) {
    block->way->status_set(block, 0);
    block->sector_count = 0;
}

static void request_write(struct virtio_block *block, uint64_t sector, void *to, uint32_t size) {
    block->request = (struct virtio_request){.type = READ, .sector = sector};
    block->status = UINT8_MAX;
    block->descriptors[0] = (struct virtio_descriptor){(uintptr_t)&block->request,
                                                       sizeof(block->request), DESCRIPTOR_NEXT, 1};
    block->descriptors[1] =
        (struct virtio_descriptor){(uintptr_t)to, size, DESCRIPTOR_NEXT | DESCRIPTOR_WRITE, 2};
    block->descriptors[2] =
        (struct virtio_descriptor){(uintptr_t)&block->status, 1, DESCRIPTOR_WRITE, 0};
}

static bool request_await(struct virtio_block *block) {
    const volatile uint16_t *done = &block->used.index;
    for (uint32_t i = 0; i < block->patience; i++) {
        if (*done == block->available.index) {
            device_barrier();
            return block->status == 0;
        }
    }
    return false;
}

/* The descriptors are there before the index says so. */
static bool request_make(struct virtio_block *block, uint64_t sector, void *to, uint32_t size) {
    request_write(block, sector, to, size);
    block->available.ring[block->available.index % VIRTIO_QUEUE] = 0;
    device_barrier();
    *(volatile uint16_t *)&block->available.index += 1;
    device_barrier();
    block->way->notify(block);
    return request_await(block);
}

bool virtio_block_read(struct virtio_block *block, uint64_t sector, uint32_t count, void *to) {
    uint8_t *at = to;
    if (!range_within(sector, count, block->sector_count)) {
        return false;
    }
    while (count > 0) {
        uint32_t some = count < block->sectors_most ? count : block->sectors_most;
        if (!request_make(block, sector, at, some * DISK_SECTOR_SIZE)) {
            virtio_block_close(block); /* so that it writes nowhere later */
            return false;
        }
        at += (size_t)some * DISK_SECTOR_SIZE;
        sector += some;
        count -= some;
    }
    return true;
}
