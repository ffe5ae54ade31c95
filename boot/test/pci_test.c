/* SPDX-License-Identifier: MIT */
/*
 * A pretended PCI bus that nobody has set up: addresses that functions are given, and a virtio disk
 * behind capabilities, sound ones and such that lead astray.
 */
#include <boot/device.h>
#include <boot/virtio_block.h>
#include <stdlib.h>
#include <string.h>
#include <test/check.h>

constexpr uint64_t CONFIGURATION = 0x3000'0000, MEMORY = 0x4000'0000, MEMORY_SIZE = 0x1000'0000;
constexpr uint32_t BUS_SIZE = 0x10'0000, SECTORS = 64, SECTOR = 512;
constexpr uint32_t DISK_AREA = 0x4000, COMMON_AT = 0, SETTINGS_AT = 0x2000, NOTIFY_AT = 0x3000;

/* Configuration space of two functions: 1, the disk; 5, one that has an address. */
static uint8_t spaces[2][4096];
static uint32_t sizes[2][6]; /* of base address registers; 0: none */
static uint8_t area[DISK_AREA];
static uint8_t disk[SECTORS * SECTOR];

const uint64_t device_space_end = UINT64_C(4) << 30;
static bool deaf;      /* serves nothing */
static unsigned stray; /* accesses to where nothing is */
static uint16_t served;
static uint32_t features;

static uint8_t *space_at(uintptr_t address) {
    uint64_t offset = address - CONFIGURATION;
    return offset / 4096 == 1   ? &spaces[0][offset % 4096]
           : offset / 4096 == 5 ? &spaces[1][offset % 4096]
                                : nullptr;
}

static uint64_t disk_area(void) {
    uint32_t base;
    memcpy(&base, &spaces[0][0x10 + 4 * 4], 4);
    return base & ~15u;
}

static uint8_t *memory_at(uintptr_t address) {
    return disk_area() != 0 && address - disk_area() < DISK_AREA ? &area[address - disk_area()]
                                                                 : nullptr;
}

static uint32_t read(uintptr_t address, size_t size) {
    uint32_t value = UINT32_MAX;
    bool configuration = address - CONFIGURATION < BUS_SIZE;
    const uint8_t *from = configuration ? space_at(address) : memory_at(address);
    if (from != nullptr) {
        value = 0;
        memcpy(&value, from, size);
        if (!configuration && address - disk_area() == COMMON_AT + 4) {
            value = features;
        }
    }
    stray += from == nullptr && !configuration;
    return value;
}

static void base_write(unsigned function, unsigned index, uint32_t value) {
    uint32_t size = sizes[function][index];
    uint32_t flags = index == 4 && function == 0 ? 0xC : 0; /* 64 bits, prefetchable */
    value = size == 0 ? (function == 0 && index == 5 ? value : 0) : (value & -size) | flags;
    memcpy(&spaces[function][0x10 + 4 * index], &value, 4);
}

/* A request, whatever is asked: the sectors' bytes. */
static void serve(void) {
    uint64_t at[3];
    memcpy(at, &area[COMMON_AT + 0x20], sizeof(at));
    const struct virtio_descriptor *chain = (const void *)(uintptr_t)at[0];
    struct virtio_used *used = (struct virtio_used *)(uintptr_t)at[2];
    const struct virtio_request *request = (const void *)(uintptr_t)chain[0].address;
    CHECK((area[COMMON_AT + 0x14] & 15) == 15 && area[COMMON_AT + 0x1C] == 1);
    memcpy((void *)(uintptr_t)chain[1].address, disk + request->sector * SECTOR, chain[1].size);
    *(uint8_t *)(uintptr_t)chain[2].address = 0;
    used->index = ++served;
}

static void write(uintptr_t address, uint32_t value, size_t size) {
    bool configuration = address - CONFIGURATION < BUS_SIZE;
    uint8_t *to = configuration ? space_at(address) : memory_at(address);
    stray += to == nullptr && !configuration;
    if (to == nullptr) {
        return;
    }
    uint64_t offset = configuration ? (address - CONFIGURATION) % 4096 : address - disk_area();
    if (configuration && offset >= 0x10 && offset < 0x28) {
        base_write((address - CONFIGURATION) / 4096 == 5, (unsigned)(offset - 0x10) / 4, value);
        return;
    }
    memcpy(to, &value, size);
    if (!configuration && offset == COMMON_AT) {
        features = value == 1; /* the upper half says: of the standard */
    } else if (!configuration && offset == NOTIFY_AT + 3 * 4 && !deaf) {
        serve();
    }
}

uint8_t device_read8(uintptr_t address) {
    return (uint8_t)read(address, 1);
}

uint16_t device_read16(uintptr_t address) {
    return (uint16_t)read(address, 2);
}

uint32_t device_read32(uintptr_t address) {
    return read(address, 4);
}

void device_write8(uintptr_t address, uint8_t value) {
    write(address, value, 1);
}

void device_write16(uintptr_t address, uint16_t value) {
    write(address, value, 2);
}

void device_write32(uintptr_t address, uint32_t value) {
    write(address, value, 4);
}

void device_barrier(void) {
}

/* ---- what is tested ---- */

static void put32(unsigned function, uint32_t offset, uint32_t value) {
    memcpy(&spaces[function][offset], &value, 4);
}

static void capability(uint32_t at, uint8_t next, uint8_t kind, uint32_t offset, uint32_t length) {
    memcpy(&spaces[0][at], (uint8_t[]){9, next, 20, kind, 4}, 5);
    put32(0, at + 8, offset);
    put32(0, at + 12, length);
}

static void make(void) {
    memset(spaces, 0, sizeof(spaces));
    memset(area, 0, sizeof(area));
    put32(0, 0, 0x1001'1AF4);
    spaces[0][6] = 1 << 4;
    spaces[0][0x34] = 0x40;
    capability(0x40, 0x54, 1, COMMON_AT, 0x38);
    capability(0x54, 0x68, 4, SETTINGS_AT, 60);
    capability(0x68, 0, 2, NOTIFY_AT, 0x1000);
    put32(0, 0x68 + 16, 4);
    sizes[0][4] = DISK_AREA;
    put32(0, 0x20, 0xC);
    put32(1, 0, 0x1111'1234);
    sizes[1][0] = 0x10'0000;
    put32(1, 0x10, MEMORY + 0x20'0000);
    sizes[1][2] = 0x1000;
    area[COMMON_AT + 0x18] = 128; /* the queue's size */
    area[COMMON_AT + 0x1E] = 3;   /* where it is notified */
    area[SETTINGS_AT] = SECTORS;
    served = 0;
    stray = 0;
}

static bool opens(struct virtio_block *block) {
    struct pci_bus bus;
    uint32_t id;
    pci_bus_init(&bus, CONFIGURATION, BUS_SIZE, MEMORY, MEMORY_SIZE);
    return virtio_block_open_pci(block, &bus, pci_function(&bus, 1, &id), id);
}

static void test_addresses(void) {
    struct pci_bus bus;
    struct pci_area first, second;
    uint32_t id;
    make();
    pci_bus_init(&bus, CONFIGURATION, BUS_SIZE, MEMORY, MEMORY_SIZE);
    CHECK(pci_function(&bus, 0, &id) == 0 && pci_function(&bus, 256, &id) == 0);
    uintptr_t display = pci_function(&bus, 5, &id), block = pci_function(&bus, 1, &id);
    CHECK(id == 0x1001'1AF4 && bus.next == MEMORY + 0x30'0000);
    CHECK(pci_area_settle(&bus, display, 0, &first) && first.address == MEMORY + 0x20'0000 &&
          first.size == 0x10'0000);
    CHECK(pci_area_settle(&bus, display, 2, &second) && second.address == MEMORY + 0x30'0000);
    CHECK(pci_area_settle(&bus, block, 4, &first) && first.address == MEMORY + 0x30'4000 &&
          first.size == DISK_AREA);
    CHECK(pci_area_settle(&bus, block, 4, &second) && second.address == first.address);
    CHECK(!pci_area_settle(&bus, block, 0, &second) && !pci_area_settle(&bus, block, 6, &second));
    sizes[1][3] = 0x4000'0000; /* more than there is */
    CHECK(!pci_area_settle(&bus, display, 3, &second));
    sizes[1][3] = 0;
}

static void test_disk(void) {
    static struct virtio_block block;
    uint8_t to[2 * SECTOR];
    make();
    CHECK(opens(&block) && block.sector_count == SECTORS && (spaces[0][4] & 6) == 6);
    CHECK(virtio_block_read(&block, 7, 2, to) && memcmp(to, disk + 7 * SECTOR, sizeof(to)) == 0);
    CHECK(!virtio_block_read(&block, SECTORS - 1, 2, to) && served == 1);
    virtio_block_close(&block);
    CHECK(area[COMMON_AT + 0x14] == 0 && stray == 0);
}

/* Each byte of the capabilities with each value: whatever they say, nothing outside is touched. */
static void test_damage(void) {
    static struct virtio_block block;
    unsigned opened = 0;
    deaf = true;
    for (uint32_t at = 0x34; at < 0x80; at++) {
        for (uint32_t value = 0; value < 256; value++) {
            make();
            spaces[0][at] = (uint8_t)value;
            opened += opens(&block);
            CHECK(stray == 0);
        }
    }
    CHECK(opened > 1000 && opened < (0x80 - 0x34) * 256);
}

int main(void) {
    for (size_t i = 0; i < sizeof(disk); i++) {
        disk[i] = (uint8_t)(i * 7 + i / SECTOR);
    }
    test_addresses();
    test_disk();
    test_damage();
    return check_finish("boot/pci");
}
