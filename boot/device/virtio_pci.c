/* SPDX-License-Identifier: MIT */
/*
 * Virtio by a PCI function, whose capabilities say where its registers are in which of its areas.
 * Source: VIRTIO 1.1, 4.1.4 (capabilities, common configuration), 4.1.5.2 (notification).
 */
#include "virtio_way.h"
#include <base/checked.h>
#include <base/string.h>
#include <boot/device.h>

constexpr uint32_t BLOCK_OLD = 0x1001'1AF4, BLOCK = 0x1042'1AF4; /* ids */

enum : uint32_t {
    CONFIGURATION_STATUS = 0x06,
    CONFIGURATION_CAPABILITIES = 0x34,
};
constexpr uint16_t STATUS_CAPABILITIES = 1 << 4;
constexpr uint8_t CAPABILITY_VENDOR = 9;
constexpr unsigned CAPABILITIES_MAX = 48; /* as many as there is room for */

/* Of a capability. */
enum : uint32_t {
    AT_NEXT = 1,
    AT_KIND = 3,
    AT_AREA = 4,
    AT_OFFSET = 8,
    AT_LENGTH = 12,
    AT_FACTOR = 16
};
enum : uint8_t { KIND_COMMON = 1, KIND_NOTIFY = 2, KIND_SETTINGS = 4 };

/* Of the common registers. */
enum : uint32_t {
    COMMON_FEATURES_SELECT = 0x00,
    COMMON_FEATURES = 0x04,
    COMMON_DRIVER_SELECT = 0x08,
    COMMON_DRIVER = 0x0C,
    COMMON_STATUS = 0x14,
    COMMON_QUEUE_SELECT = 0x16,
    COMMON_QUEUE_SIZE = 0x18,
    COMMON_QUEUE_ENABLE = 0x1C,
    COMMON_QUEUE_NOTIFY = 0x1E,
    COMMON_DESCRIPTORS = 0x20,
    COMMON_AVAILABLE = 0x28,
    COMMON_USED = 0x30,
    COMMON_SIZE = 0x38,
};
constexpr uint32_t SETTINGS_SIZE = 12;

static uint8_t status_get(const struct virtio_block *block) {
    return device_read8(block->registers + COMMON_STATUS);
}

/* A reset takes the device its time. */
static void status_set(const struct virtio_block *block, uint8_t status) {
    device_write8(block->registers + COMMON_STATUS, status);
    for (uint32_t i = 0; status == 0 && i < block->patience && status_get(block) != 0; i++) {
    }
}

static uint32_t features_get(const struct virtio_block *block, uint32_t half) {
    device_write32(block->registers + COMMON_FEATURES_SELECT, half);
    return device_read32(block->registers + COMMON_FEATURES);
}

static void features_set(const struct virtio_block *block, uint32_t half, uint32_t features) {
    device_write32(block->registers + COMMON_DRIVER_SELECT, half);
    device_write32(block->registers + COMMON_DRIVER, features);
}

static uint32_t setting_get(const struct virtio_block *block, uint32_t offset) {
    return device_read32(block->settings + offset);
}

static void put_address(const struct virtio_block *block, uint32_t offset, const void *at) {
    device_write32(block->registers + offset, (uint32_t)(uintptr_t)at);
    device_write32(block->registers + offset + 4, (uint32_t)((uint64_t)(uintptr_t)at >> 32));
}

static bool queue_start(struct virtio_block *block) {
    device_write16(block->registers + COMMON_QUEUE_SELECT, 0);
    if (device_read16(block->registers + COMMON_QUEUE_SIZE) < VIRTIO_QUEUE) {
        return false;
    }
    device_write16(block->registers + COMMON_QUEUE_SIZE, VIRTIO_QUEUE);
    put_address(block, COMMON_DESCRIPTORS, block->descriptors);
    put_address(block, COMMON_AVAILABLE, &block->available);
    put_address(block, COMMON_USED, &block->used);
    device_write16(block->registers + COMMON_QUEUE_ENABLE, 1);
    return true;
}

static void notify(const struct virtio_block *block) {
    device_write16(block->notify, 0);
}

/* ---- where the registers are ---- */

struct place {
    uintptr_t capability; /* 0: none of this kind */
    struct pci_area area; /* settled; only what the capability names */
};

static uintptr_t capability_find(uintptr_t function, uint8_t kind) {
    if ((device_read16(function + CONFIGURATION_STATUS) & STATUS_CAPABILITIES) == 0) {
        return 0;
    }
    uint8_t at = device_read8(function + CONFIGURATION_CAPABILITIES) & 0xFC;
    for (unsigned i = 0; at != 0 && i < CAPABILITIES_MAX; i++) {
        if (device_read8(function + at) == CAPABILITY_VENDOR &&
            device_read8(function + at + AT_KIND) == kind) {
            return function + at;
        }
        at = device_read8(function + at + AT_NEXT) & 0xFC;
    }
    return 0;
}

static bool place_find(struct pci_bus *bus, uintptr_t function, uint8_t kind, uint32_t size,
                       struct place *out) {
    struct pci_area area;
    out->capability = capability_find(function, kind);
    if (out->capability == 0 ||
        !pci_area_settle(bus, function, device_read8(out->capability + AT_AREA), &area)) {
        return false;
    }
    uint32_t offset = device_read32(out->capability + AT_OFFSET);
    uint32_t length = device_read32(out->capability + AT_LENGTH);
    out->area = (struct pci_area){area.address + offset, length};
    return range_within(offset, length, area.size) && length >= size;
}

/* After the common registers are known: they say where queue 0 is notified. */
static bool notify_find(struct virtio_block *block, const struct place *place) {
    device_write16(block->registers + COMMON_QUEUE_SELECT, 0);
    uint64_t factor = device_read32(place->capability + AT_FACTOR);
    uint64_t offset = factor * device_read16(block->registers + COMMON_QUEUE_NOTIFY);
    block->notify = place->area.address + offset;
    return range_within(offset, sizeof(uint16_t), place->area.size);
}

bool virtio_block_open_pci(struct virtio_block *block, struct pci_bus *bus, uintptr_t function,
                           uint32_t id) {
    static const struct virtio_way way = {
        .status_get = status_get,
        .status_set = status_set,
        .features_get = features_get,
        .features_set = features_set,
        .setting_get = setting_get,
        .queue_start = queue_start,
        .notify = notify,
    };
    struct place common, settings, notification;
    if ((id != BLOCK && id != BLOCK_OLD) ||
        !place_find(bus, function, KIND_COMMON, COMMON_SIZE, &common) ||
        !place_find(bus, function, KIND_SETTINGS, SETTINGS_SIZE, &settings) ||
        !place_find(bus, function, KIND_NOTIFY, sizeof(uint16_t), &notification)) {
        return false;
    }
    pci_enable(function);
    memset(block, 0, sizeof(*block));
    block->way = &way;
    block->registers = common.area.address;
    block->settings = settings.area.address;
    return notify_find(block, &notification) && virtio_block_start(block);
}
