/* SPDX-License-Identifier: MIT */
/*
 * The display that shows memory, over a pretended configuration device: what it is told, and
 * devices that have no such file, fail, or never answer.
 */
#include "fixture.h"
#include <boot/device.h>
#include <boot/ramfb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <test/check.h>

const uint64_t device_space_end = UINT64_C(1) << 32;
constexpr uintptr_t REGISTERS = 0x902'0000;
constexpr uint16_t DIRECTORY = 0x19, ITEM = 0x2A;

struct transfer {
    uint32_t control, size;
    uint64_t address;
};

static struct {
    uint32_t features, files, file_size;
    bool other, fails, deaf;
    uint16_t item;
    unsigned at, barriers;
    uint32_t high;
    uint8_t mode[28];
    unsigned modes;
} device;

void device_barrier(void) {
    device.barriers++;
}

uint8_t device_read8(uintptr_t address) {
    static const uint8_t signature[] = "QEMU";
    CHECK(address == REGISTERS);
    unsigned at = device.at++;
    return at >= 4            ? 0
           : device.item == 0 ? (uint8_t)(signature[at] ^ device.other)
           : device.item == 1 ? (uint8_t)(device.features >> 8 * at)
                              : 0;
}

uint16_t device_read16(uintptr_t address) {
    CHECK(!"read so");
    return 0;
}

uint32_t device_read32(uintptr_t address) {
    CHECK(!"read so");
    return 0;
}

void device_write8(uintptr_t address, uint8_t value) {
    CHECK(!"written so");
}

void device_write16(uintptr_t address, uint16_t value) {
    CHECK(address == REGISTERS + 8);
    device.item = __builtin_bswap16(value);
    device.at = 0;
}

/* A count, then files of 64 bytes, of which the last is the display's. */
static uint8_t directory_byte(unsigned at) {
    static const char name[] = "etc/ramfb";
    if (at < 4) {
        return (uint8_t)(device.files >> 8 * (3 - at));
    }
    unsigned file = (at - 4) / 64, within = (at - 4) % 64;
    bool last = file + 1 == device.files;
    return within < 4                  ? (uint8_t)(device.file_size >> 8 * (3 - within))
           : within == 5               ? (uint8_t)(last ? ITEM : 7)
           : within < 8                ? 0
           : within - 8 < sizeof(name) ? (uint8_t)(name[within - 8] + (last ? 0 : within == 16))
                                       : 0;
}

static void serve(struct transfer *told) {
    uint32_t control = __builtin_bswap32(told->control), size = __builtin_bswap32(told->size);
    uint8_t *memory = (uint8_t *)(uintptr_t)__builtin_bswap64(told->address);
    if (control & 8) {
        device.item = (uint16_t)(control >> 16);
        device.at = 0;
    }
    if (control & 2) {
        CHECK(device.item == DIRECTORY);
        for (uint32_t i = 0; i < size; i++) {
            memory[i] = directory_byte(device.at++);
        }
    }
    if (control & 16) {
        CHECK(device.item == ITEM && size == sizeof(device.mode) && device.at == 0);
        memcpy(device.mode, memory, sizeof(device.mode));
        device.modes++;
        told->control = device.fails ? __builtin_bswap32(1) : 0;
        return;
    }
    told->control = 0;
}

/* Described before it is begun, with a barrier between. */
void device_write32(uintptr_t address, uint32_t value) {
    CHECK(device.barriers > 0);
    if (address == REGISTERS + 16) {
        device.high = __builtin_bswap32(value);
        return;
    }
    CHECK(address == REGISTERS + 20);
    device.barriers = 0;
    if (!device.deaf) {
        serve(
            (struct transfer *)(uintptr_t)((uint64_t)device.high << 32 | __builtin_bswap32(value)));
    }
}

static struct framebuffer start(uint32_t width, uint32_t height) {
    struct framebuffer out;
    ramfb_start(REGISTERS, width, height, &out);
    return out;
}

static void reset(void) {
    memset(&device, 0, sizeof(device));
    device.features = 3;
    device.files = 5;
    device.file_size = 28;
}

static uint64_t told(unsigned at, unsigned size) {
    uint64_t value = 0;
    for (unsigned i = 0; i < size; i++) {
        value = value << 8 | device.mode[at + i];
    }
    return value;
}

static void test_mode(void) {
    reset();
    struct framebuffer screen = start(800, 600);
    CHECK(screen.address != 0 && screen.width == 800 && screen.height == 600);
    CHECK(screen.scanline == 3200 && screen.size == 800 * 600 * 4 && screen.type == BOOTINFO_ARGB);
    CHECK(told(0, 8) == screen.address && told(8, 4) == 0x34325258 && told(12, 4) == 0);
    CHECK(told(16, 4) == 800 && told(20, 4) == 600 && told(24, 4) == 3200 && device.modes == 1);
}

/* Sizes that there is no memory for, or that would not fit into numbers. */
static void test_large(void) {
    static const uint32_t sizes[][2] = {{16384, 16384}, {65536, 65536}, {UINT32_MAX, 1}};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        reset();
        struct framebuffer screen = start(sizes[i][0], sizes[i][1]);
        CHECK(screen.width == 640 && screen.height == 480 && told(16, 4) == 640);
    }
}

static void test_none(void) {
    reset();
    device.other = true;
    CHECK(start(640, 480).address == 0);
    reset();
    device.features = 1; /* no transfers */
    CHECK(start(640, 480).address == 0);
    reset();
    device.files = 0;
    CHECK(start(640, 480).address == 0);
    reset();
    device.files = UINT32_MAX; /* and never the one that is looked for */
    CHECK(start(640, 480).address == 0);
    reset();
    device.file_size = 27;
    CHECK(start(640, 480).address == 0);
    reset();
    device.fails = true;
    CHECK(start(640, 480).address == 0 && device.modes == 1);
    reset();
    device.deaf = true;
    CHECK(start(640, 480).address == 0);
}

int main(void) {
    machine_reset();
    test_mode();
    test_large();
    test_none();
    machine_reset();
    return check_finish("ramfb");
}
