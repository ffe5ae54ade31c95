/* SPDX-License-Identifier: MIT */
/*
 * A request is a chain of three descriptors, always the same ones:
 *
 *     0: what is wanted (device reads) -> 1: the data (device writes) -> 2: how it went (writes)
 *
 * The device is done when its index in the used ring has come as far as ours in the available ring.
 */
#include <base/checked.h>
#include <base/string.h>
#include <boot/device.h>
#include <boot/disk.h>
#include <boot/virtio_block.h>

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
    REGISTER_INTERRUPT_ACKNOWLEDGE = 0x064,
    REGISTER_STATUS = 0x070,
    REGISTER_DESCRIPTORS = 0x080, /* low half, high half: like the next two */
    REGISTER_AVAILABLE = 0x090,
    REGISTER_USED = 0x0A0,
    REGISTER_CAPACITY = 0x100,
    REGISTER_SIZE_MAX = 0x108,
};

enum : uint32_t { STATUS_KNOWN = 1, STATUS_DRIVER = 2, STATUS_LIVE = 4, STATUS_FEATURES = 8 };
enum : uint16_t { DESCRIPTOR_NEXT = 1, DESCRIPTOR_WRITE = 2, AVAILABLE_QUIET = 1 };

constexpr uint32_t MAGIC = 0x7472'6976, DEVICE_BLOCK = 2, LEGACY = 1, STANDARD = 2;
constexpr uint32_t FEATURE_SIZE_MAX = 1 << 1;         /* of bits 0 to 31 */
constexpr uint32_t FEATURE_STANDARD = 1 << (32 - 32); /* of bits 32 to 63 */
constexpr uint32_t PAGE = 4096, READ = 0, SECTORS_MOST = 2048;
constexpr uint32_t PATIENCE = 1'000'000'000;

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

static void status_add(const struct virtio_block *block, uint32_t bit) {
    put(block, REGISTER_STATUS, get(block, REGISTER_STATUS) | bit);
}

static bool is_disk(const struct virtio_block *block) {
    uint32_t version = get(block, REGISTER_VERSION);
    return get(block, REGISTER_MAGIC) == MAGIC && (version == LEGACY || version == STANDARD) &&
           get(block, REGISTER_DEVICE) == DEVICE_BLOCK;
}

static uint32_t features_read(const struct virtio_block *block, uint32_t half) {
    put(block, REGISTER_FEATURES_SELECT, half);
    return get(block, REGISTER_FEATURES);
}

static void features_write(const struct virtio_block *block, uint32_t half, uint32_t features) {
    put(block, REGISTER_DRIVER_SELECT, half);
    put(block, REGISTER_DRIVER, features);
}

/* Nothing is asked of it but to tell how much it reads at once. */
static bool features_agree(struct virtio_block *block, bool legacy) {
    uint32_t low = features_read(block, 0) & FEATURE_SIZE_MAX;
    features_write(block, 0, low);
    if (!legacy) {
        if ((features_read(block, 1) & FEATURE_STANDARD) == 0) {
            return false;
        }
        features_write(block, 1, FEATURE_STANDARD);
        status_add(block, STATUS_FEATURES);
        if ((get(block, REGISTER_STATUS) & STATUS_FEATURES) == 0) {
            return false;
        }
    }
    uint32_t most = low != 0 ? get(block, REGISTER_SIZE_MAX) / DISK_SECTOR_SIZE : SECTORS_MOST;
    block->sectors_most = most < SECTORS_MOST ? most : SECTORS_MOST;
    block->sector_count =
        (uint64_t)get(block, REGISTER_CAPACITY + 4) << 32 | get(block, REGISTER_CAPACITY);
    return most > 0;
}

static bool queue_start(const struct virtio_block *block, bool legacy) {
    put(block, REGISTER_QUEUE_SELECT, 0);
    if (get(block, REGISTER_QUEUE_MOST) < VIRTIO_QUEUE) {
        return false;
    }
    put(block, REGISTER_QUEUE_SIZE, VIRTIO_QUEUE);
    if (legacy) {
        uint64_t page = (uintptr_t)block / PAGE;
        put(block, REGISTER_QUEUE_ALIGN, PAGE);
        put(block, REGISTER_QUEUE_PAGE, page <= UINT32_MAX ? (uint32_t)page : 0);
        return page <= UINT32_MAX;
    }
    put_address(block, REGISTER_DESCRIPTORS, block->descriptors);
    put_address(block, REGISTER_AVAILABLE, &block->available);
    put_address(block, REGISTER_USED, &block->used);
    put(block, REGISTER_QUEUE_READY, 1);
    return true;
}

bool virtio_block_open(struct virtio_block *block, uintptr_t registers) {
    memset(block, 0, sizeof(*block));
    block->registers = registers;
    block->patience = PATIENCE;
    if (!is_disk(block)) {
        return false;
    }
    bool legacy = get(block, REGISTER_VERSION) == LEGACY;
    block->available.flags = AVAILABLE_QUIET;
    put(block, REGISTER_STATUS, 0);
    status_add(block, STATUS_KNOWN);
    status_add(block, STATUS_DRIVER);
    if (legacy) {
        put(block, REGISTER_PAGE_SIZE, PAGE);
    }
    if (!features_agree(block, legacy) || !queue_start(block, legacy)) {
        virtio_block_close(block);
        return false;
    }
    status_add(block, STATUS_LIVE);
    return true;
}

void virtio_block_close(struct virtio_block *block) {
    put(block, REGISTER_STATUS, 0);
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
    put(block, REGISTER_NOTIFY, 0);
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
