/* SPDX-License-Identifier: MIT */
/*
 * A function's base addresses are sized by writing ones and looking which bits stay. One that holds
 * an address already keeps it: firmware has been there.
 */
#include <base/checked.h>
#include <boot/bochs_display.h>
#include <boot/device.h>

enum : uint32_t {
    CONFIGURATION_ID = 0x00,
    CONFIGURATION_COMMAND = 0x04,
    CONFIGURATION_BASES = 0x10,
};

/* 16-bit registers in base 2. */
enum : uint32_t {
    REGISTER_ID = 0x500,
    REGISTER_WIDTH = 0x502,
    REGISTER_HEIGHT = 0x504,
    REGISTER_DEPTH = 0x506,
    REGISTER_ENABLE = 0x508,
    REGISTER_VIRTUAL_WIDTH = 0x50C,
    REGISTER_X = 0x510,
    REGISTER_Y = 0x512,
};

constexpr uint32_t DISPLAY_ID = 0x1111'1234, MEMORY_ENABLED = 2;
constexpr uint32_t FUNCTION_SIZE = 4096, FUNCTIONS = 256;
constexpr uint32_t BASE_PORTS = 1, BASE_WIDE = 4, BASE_FLAGS = 15;
constexpr uint16_t ENABLED = 1, LINEAR = 0x40;
constexpr uint32_t WIDTH_MAX = 16384, WIDTH_MIN = 640, HEIGHT_MIN = 480;

struct base {
    uint64_t address;
    uint32_t size;
};

/* How much a base address register covers; 0: it is none, or of ports. */
static uint32_t base_measure(uintptr_t at) {
    uint32_t before = device_read32(at);
    device_write32(at, UINT32_MAX);
    uint32_t mask = device_read32(at);
    device_write32(at, before);
    return (mask & BASE_PORTS) != 0 ? 0 : -(mask & ~BASE_FLAGS);
}

/* Gives a function's base an address of the window, unless it has one. */
static bool base_settle(uintptr_t function, unsigned index, const struct pci_window *window,
                        uint64_t *next, struct base *out) {
    uintptr_t at = function + CONFIGURATION_BASES + 4 * index;
    out->size = base_measure(at);
    if (out->size == 0) {
        return false;
    }
    uint32_t value = device_read32(at);
    bool wide = (value & BASE_WIDE) != 0;
    out->address = (value & ~BASE_FLAGS) | (wide ? (uint64_t)device_read32(at + 4) << 32 : 0);
    if (out->address != 0) {
        return true;
    }
    out->address = align_up(*next, out->size);
    *next = out->address + out->size;
    if (!range_within(out->address - window->memory, out->size, window->memory_size)) {
        return false;
    }
    device_write32(at, (uint32_t)out->address);
    if (wide) {
        device_write32(at + 4, 0);
    }
    return true;
}

static void set(uint64_t registers, uint32_t offset, uint32_t value) {
    device_write16(registers + offset, (uint16_t)value);
}

static void mode_set(uint64_t registers, uint32_t width, uint32_t height) {
    set(registers, REGISTER_ENABLE, 0);
    set(registers, REGISTER_WIDTH, width);
    set(registers, REGISTER_HEIGHT, height);
    set(registers, REGISTER_DEPTH, 32);
    set(registers, REGISTER_VIRTUAL_WIDTH, width);
    set(registers, REGISTER_X, 0);
    set(registers, REGISTER_Y, 0);
    set(registers, REGISTER_ENABLE, ENABLED | LINEAR);
}

static bool display_start(uintptr_t function, const struct pci_window *window, uint32_t width,
                          uint32_t height, struct framebuffer *out) {
    uint64_t next = window->memory;
    struct base pixels, registers;
    bool placed = base_settle(function, 0, window, &next, &pixels) &&
                  base_settle(function, 2, window, &next, &registers);
    if (!placed) {
        return false;
    }
    uint32_t command = device_read32(function + CONFIGURATION_COMMAND) & 0xFFFF;
    device_write32(function + CONFIGURATION_COMMAND, command | MEMORY_ENABLED);
    if (width > WIDTH_MAX || height > WIDTH_MAX || width * height > pixels.size / 4) {
        width = WIDTH_MIN;
        height = HEIGHT_MIN;
    }
    mode_set(registers.address, width, height);
    width = device_read16(registers.address + REGISTER_WIDTH);
    height = device_read16(registers.address + REGISTER_HEIGHT);
    *out = (struct framebuffer){
        .address = pixels.address,
        .size = width * height * 4,
        .width = width,
        .height = height,
        .scanline = width * 4,
        .type = BOOTINFO_ARGB,
    };
    return out->size > 0 && out->size <= pixels.size;
}

void bochs_display_start(const struct pci_window *window, uint32_t width, uint32_t height,
                         struct framebuffer *out) {
    uint64_t size = window->configuration_size;
    *out = (struct framebuffer){};
    for (uint32_t i = 0; i < FUNCTIONS && (i + 1) * FUNCTION_SIZE <= size; i++) {
        uintptr_t function = window->configuration + (uint64_t)i * FUNCTION_SIZE;
        if (device_read32(function + CONFIGURATION_ID) == DISPLAY_ID &&
            display_start(function, window, width, height, out)) {
            return;
        }
    }
    *out = (struct framebuffer){};
}
