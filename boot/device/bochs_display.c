/* SPDX-License-Identifier: MIT */
/* The display's mode: what it is told to show, it tells back. */
#include <boot/bochs_display.h>
#include <boot/device.h>

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

constexpr uint32_t DISPLAY_ID = 0x1111'1234;
constexpr uint16_t ENABLED = 1, LINEAR = 0x40;
constexpr uint32_t WIDTH_MAX = 16384, WIDTH_MIN = 640, HEIGHT_MIN = 480;

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

static bool display_start(struct pci_bus *bus, uintptr_t function, uint32_t width, uint32_t height,
                          struct framebuffer *out) {
    struct pci_area pixels, registers;
    if (!pci_area_settle(bus, function, 0, &pixels) ||
        !pci_area_settle(bus, function, 2, &registers)) {
        return false;
    }
    pci_enable(function);
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

void bochs_display_start(struct pci_bus *bus, uint32_t width, uint32_t height,
                         struct framebuffer *out) {
    for (unsigned i = 0; i < PCI_FUNCTIONS; i++) {
        uint32_t id;
        uintptr_t function = pci_function(bus, i, &id);
        if (function != 0 && id == DISPLAY_ID && display_start(bus, function, width, height, out)) {
            return;
        }
    }
    *out = (struct framebuffer){};
}
