/* SPDX-License-Identifier: MIT */
/*
 * The reader of virtual disks over a pretended device of both versions, which checks the order of
 * what it is told, and over devices that refuse, fail, or never answer.
 */
#include <boot/device.h>
#include <boot/virtio_block.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <test/check.h>

const uint64_t device_space_end = UINT64_C(1) << 32;

constexpr uintptr_t REGISTERS = 0x1000'0000;
constexpr uint32_t SECTORS = 5000, SECTOR = 512;

static struct {
    uint32_t version, device, queue_most, size_max;
    bool standard, keeps_features, fails, deaf;
    uint32_t status, feature_half, driver_half, driver[2], page;
    uint64_t addresses[3];
    bool ready;
    uint16_t next;
    unsigned requests, resets, barriers;
} device;

static uint8_t disk[SECTORS * SECTOR];

static uint32_t feature_bits(void) {
    return device.feature_half == 0 ? (device.size_max > 0 ? 2 : 0) | 1u << 28 : device.standard;
}

uint32_t device_read32(uintptr_t address) {
    switch (address - REGISTERS) {
    case 0x000:
        return 0x7472'6976;
    case 0x004:
        return device.version;
    case 0x008:
        return device.device;
    case 0x010:
        return feature_bits();
    case 0x034:
        return device.queue_most;
    case 0x070:
        return device.status;
    case 0x100:
        return SECTORS;
    case 0x104:
        return 0;
    case 0x108:
        return device.size_max;
    default:
        CHECK(!"a register that there is");
        return 0;
    }
}

/* ---- the device at work ---- */

static void *memory(uint64_t address) {
    return (void *)(uintptr_t)address;
}

static void serve(void) {
    const struct virtio_descriptor *descriptors = memory(device.addresses[0]);
    const struct virtio_available *available = memory(device.addresses[1]);
    struct virtio_used *used = memory(device.addresses[2]);
    CHECK((device.status & 7) == 7 && device.ready && available->flags == 1);
    CHECK(available->index == (uint16_t)(device.next + 1));
    uint16_t head = available->ring[device.next % VIRTIO_QUEUE];
    const struct virtio_descriptor *first = &descriptors[head];
    const struct virtio_descriptor *data = &descriptors[first->next];
    const struct virtio_descriptor *last = &descriptors[data->next];
    const struct virtio_request *request = memory(first->address);
    CHECK(first->flags == 1 && first->size == 16 && data->flags == 3 && last->flags == 2);
    CHECK(request->type == 0 && request->sector + data->size / SECTOR <= SECTORS);
    CHECK(device.size_max == 0 || data->size <= device.size_max);
    if (!device.fails) {
        memcpy(memory(data->address), disk + request->sector * SECTOR, data->size);
    }
    *(uint8_t *)memory(last->address) = device.fails;
    used->ring[device.next % VIRTIO_QUEUE].head = head;
    used->ring[device.next % VIRTIO_QUEUE].size = data->size + 1;
    used->index = ++device.next;
    device.requests++;
}

static void reset(void) {
    device.status = 0;
    device.ready = false;
    device.next = 0;
    device.resets++;
}

static void status_write(uint32_t value) {
    if (value == 0) {
        reset();
        return;
    }
    if ((value & 8) != 0) {
        CHECK(device.driver[1] == 1 && (device.driver[0] & ~2u) == 0);
    }
    device.status = device.keeps_features ? value : value & ~8u;
}

/* The legacy layout: all from one page on, the used ring in the next. */
static void page_write(uint32_t page) {
    CHECK(device.version == 1 && device.page == 4096);
    device.addresses[0] = (uint64_t)page * 4096;
    device.addresses[1] = device.addresses[0] + VIRTIO_QUEUE * 16;
    device.addresses[2] = device.addresses[0] + 4096;
    device.ready = true;
}

static void address_write(uint32_t offset, uint32_t value) {
    uint64_t *address = &device.addresses[(offset - 0x80) / 16];
    CHECK(device.version == 2);
    *address = (offset & 4) != 0 ? (*address & UINT32_MAX) | (uint64_t)value << 32
                                 : (*address & ~(uint64_t)UINT32_MAX) | value;
}

void device_write32(uintptr_t address, uint32_t value) {
    uint32_t offset = (uint32_t)(address - REGISTERS);
    switch (offset) {
    case 0x014:
        device.feature_half = value;
        break;
    case 0x020:
        device.driver[device.driver_half] = value;
        break;
    case 0x024:
        device.driver_half = value;
        break;
    case 0x028:
        device.page = value;
        break;
    case 0x030:
        CHECK(value == 0);
        break;
    case 0x038:
        CHECK(value == VIRTIO_QUEUE);
        break;
    case 0x03C:
        CHECK(value == 4096);
        break;
    case 0x040:
        page_write(value);
        break;
    case 0x044:
        device.ready = value == 1;
        break;
    case 0x050:
        if (!device.deaf) {
            serve();
        }
        break;
    case 0x070:
        status_write(value);
        break;
    default:
        CHECK(offset >= 0x80 && offset < 0xB0);
        address_write(offset, value);
    }
}

void device_barrier(void) {
    device.barriers++;
}

/* ---- what is tested ---- */

static struct virtio_block *block; /* where old devices reach */

static void device_make(uint32_t version) {
    memset(&device, 0, sizeof(device));
    device.version = version;
    device.device = 2;
    device.queue_most = 1024;
    device.standard = true;
    device.keeps_features = true;
}

static void test_reading(uint32_t version, uint32_t size_max) {
    uint8_t *to = malloc((size_t)SECTORS * SECTOR);
    device_make(version);
    device.size_max = size_max;
    CHECK(virtio_block_open(block, REGISTERS) && block->sector_count == SECTORS);
    CHECK(virtio_block_read(block, 0, SECTORS, to));
    CHECK(memcmp(to, disk, sizeof(disk)) == 0);
    for (uint32_t i = 0; i < 70'000; i += 7) { /* the indices come round */
        CHECK(virtio_block_read(block, i % SECTORS, 1, to));
        CHECK(memcmp(to, disk + i % SECTORS * SECTOR, SECTOR) == 0);
    }
    CHECK(!virtio_block_read(block, SECTORS, 1, to));
    CHECK(!virtio_block_read(block, UINT64_MAX, 2, to));
    CHECK(virtio_block_read(block, SECTORS, 0, to));
    virtio_block_close(block);
    CHECK(device.status == 0 && !virtio_block_read(block, 0, 1, to));
    free(to);
}

static bool opens(void) {
    bool good = virtio_block_open(block, REGISTERS);
    CHECK(good || device.status == 0);
    return good;
}

static void test_refused(void) {
    device_make(3);
    CHECK(!opens() && device.resets == 0);
    device_make(2);
    device.device = 0;
    CHECK(!opens() && device.resets == 0);
    device_make(2);
    device.standard = false;
    CHECK(!opens());
    device_make(2);
    device.keeps_features = false;
    CHECK(!opens());
    device_make(2);
    device.queue_most = 2;
    CHECK(!opens());
    device_make(1);
    device.size_max = 511;
    CHECK(!opens());
}

static void test_failing(void) {
    uint8_t to[SECTOR];
    device_make(2);
    device.fails = true;
    CHECK(opens() && !virtio_block_read(block, 0, 1, to) && device.status == 0);
    device_make(2);
    device.deaf = true;
    CHECK(opens());
    block->patience = 1000;
    CHECK(!virtio_block_read(block, 0, 1, to) && device.status == 0);
}

int main(void) {
    block = mmap(nullptr, sizeof(*block), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    CHECK(block != MAP_FAILED);
    for (size_t i = 0; i < sizeof(disk); i++) {
        disk[i] = (uint8_t)(i * 31 + i / SECTOR);
    }
    test_reading(1, 0);
    test_reading(2, 0);
    test_reading(1, 4096);
    test_reading(2, 1000);
    test_refused();
    test_failing();
    return check_finish("boot/virtio_block");
}
