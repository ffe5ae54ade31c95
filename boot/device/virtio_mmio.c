/* SPDX-License-Identifier: MIT */
/* Virtio by registers in memory. Source: VIRTIO 1.1, 4.2.2 (registers), 4.2.4 (legacy). */
#include "virtio_way.h"
#include <base/string.h>
#include <boot/device.h>

enum : uint32_t {
    REGISTER_MAGIC = 0x000, /* "virt" */
    REGISTER_VERSION = 0x004,
    REGISTER_DEVICE = 0x008,
    REGISTER_FEATURES = 0x010,
    REGISTER_FEATURES_SELECT = 0x014,
    REGISTER_DRIVER = 0x020,
    REGISTER_DRIVER_SELECT = 0x024,
    REGISTER_PAGE_SIZE = 0x028, /* legacy */
    REGISTER_QUEUE_SELECT = 0x030,
    REGISTER_QUEUE_MOST = 0x034,
    REGISTER_QUEUE_SIZE = 0x038,
    REGISTER_QUEUE_ALIGN = 0x03C, /* legacy */
    REGISTER_QUEUE_PAGE = 0x040,  /* legacy */
    REGISTER_QUEUE_READY = 0x044,
    REGISTER_NOTIFY = 0x050,
    REGISTER_STATUS = 0x070,
    REGISTER_DESCRIPTORS = 0x080, /* low half, high half: like the next two */
    REGISTER_AVAILABLE = 0x090,
    REGISTER_USED = 0x0A0,
    REGISTER_SETTINGS = 0x100,
};

constexpr uint32_t MAGIC = 0x7472'6976, DEVICE_BLOCK = 2, LEGACY = 1, STANDARD = 2, PAGE = 4096;

static uint32_t get(const struct virtio_block *block, uint32_t offset) {
    return device_read32(block->registers + offset);
}

static void put(const struct virtio_block *block, uint32_t offset, uint32_t value) {
    device_write32(block->registers + offset, value);
}

static void put_address(const struct virtio_block *block, uint32_t offset, const void *at) {
    put(block, offset, (uint32_t)(uintptr_t)at);
    put(block, offset + 4, (uint32_t)((uint64_t)(uintptr_t)at >> 32));
}

static uint8_t status_get(const struct virtio_block *block) {
    return (uint8_t)get(block, REGISTER_STATUS);
}

static void status_set(const struct virtio_block *block, uint8_t status) {
    put(block, REGISTER_STATUS, status);
}

static uint32_t features_get(const struct virtio_block *block, uint32_t half) {
    put(block, REGISTER_FEATURES_SELECT, half);
    return get(block, REGISTER_FEATURES);
}

static void features_set(const struct virtio_block *block, uint32_t half, uint32_t features) {
    put(block, REGISTER_DRIVER_SELECT, half);
    put(block, REGISTER_DRIVER, features);
}

static uint32_t setting_get(const struct virtio_block *block, uint32_t offset) {
    return get(block, REGISTER_SETTINGS + offset);
}

static bool queue_start_legacy(struct virtio_block *block) {
    uint64_t page = (uintptr_t)block / PAGE;
    put(block, REGISTER_PAGE_SIZE, PAGE);
    put(block, REGISTER_QUEUE_ALIGN, PAGE);
    put(block, REGISTER_QUEUE_PAGE, page <= UINT32_MAX ? (uint32_t)page : 0);
    return page <= UINT32_MAX;
}

static bool queue_start(struct virtio_block *block) {
    put(block, REGISTER_QUEUE_SELECT, 0);
    if (get(block, REGISTER_QUEUE_MOST) < VIRTIO_QUEUE) {
        return false;
    }
    put(block, REGISTER_QUEUE_SIZE, VIRTIO_QUEUE);
    if (block->legacy) {
        return queue_start_legacy(block);
    }
    put_address(block, REGISTER_DESCRIPTORS, block->descriptors);
    put_address(block, REGISTER_AVAILABLE, &block->available);
    put_address(block, REGISTER_USED, &block->used);
    put(block, REGISTER_QUEUE_READY, 1);
    return true;
}

static void notify(const struct virtio_block *block) {
    put(block, REGISTER_NOTIFY, 0);
}

bool virtio_block_open(struct virtio_block *block, uintptr_t registers) {
    static const struct virtio_way way = {
        .status_get = status_get,
        .status_set = status_set,
        .features_get = features_get,
        .features_set = features_set,
        .setting_get = setting_get,
        .queue_start = queue_start,
        .notify = notify,
    };
    memset(block, 0, sizeof(*block));
    block->way = &way;
    block->registers = registers;
    uint32_t version = get(block, REGISTER_VERSION);
    block->legacy = version == LEGACY;
    return get(block, REGISTER_MAGIC) == MAGIC && (version == LEGACY || version == STANDARD) &&
           get(block, REGISTER_DEVICE) == DEVICE_BLOCK && virtio_block_start(block);
}
